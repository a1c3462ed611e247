#include "common/runtime/dry_run.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <utility>

#include <fmt/format.h>

#include "common/events/topics.h"
#include "common/exchanges/text.h"
#include "common/json/value.h"
#include "common/kafka/admin.h"
#include "common/kafka/partition_reader.h"
#include "common/log/log.h"
#include "common/runtime/connections.h"
#include "common/runtime/sink_item.h"
#include "common/runtime/stop_signals.h"

namespace shopwire::runtime {
namespace {

constexpr std::chrono::milliseconds kTimeout{20'000};
constexpr std::chrono::milliseconds kReadTimeout{120'000};
constexpr std::chrono::milliseconds kPause{500};
constexpr std::int64_t kChunk = 1'000;  // offsets at a time
constexpr std::size_t kNativeIdsMax = 2'000'000;

constexpr int kAttempts = 10;

// Partitions change their leader, and a new one has none for a moment: a few tries.
template <class Question>
auto patiently(const Question& question) {
    auto answer = question();
    for (int i = 1; i < kAttempts && !answer && answer.error().kind == ErrorKind::kTransient; ++i) {
        if (wait_for_stop_signal(kPause)) return decltype(answer)(cancelled());
        answer = question();
    }
    return answer;
}

// Nothing comes back from there.
class Offline final : public http::Transport {
 public:
    Result<http::Response> send(const http::Request& request, std::stop_token) override {
        return rejected(request.operation + " reads: a dry run that is offline sends nothing");
    }
};

// A gate that owns what stands behind it: for a connection with a transport of its own.
class OwnGate final : public http::Transport {
 public:
    OwnGate(std::unique_ptr<http::Transport> inner, exchanges::WriteGate::Reads reads, exchanges::WriteGate::Seen seen)
        : inner_(std::move(inner)), gate_(*inner_, std::move(reads), std::move(seen)) {}
    Result<http::Response> send(const http::Request& request, std::stop_token stop) override {
        return gate_.send(request, std::move(stop));
    }

 private:
    const std::unique_ptr<http::Transport> inner_;
    exchanges::WriteGate gate_;
};

class DryRun {
 public:
    DryRun(const ConnectorSpec& spec, const RunOptions& options, const config::Installation& installation,
           MakeTransport outlet, std::ostream& out)
        : spec_(spec),
          options_(options),
          installation_(installation),
          outlet_(std::move(outlet)),
          out_(out),
          mask_(spec.mask, options.personal ? exchanges::Mask::Personal::kShown : exchanges::Mask::Personal::kStars) {}

    Status run() {
        connections_.reload();
        if (connections_.all().empty()) return rejected("no connection of this system is configured");
        auto reader = kafka::PartitionReader::create(installation_.kafka, kTimeout);
        if (!reader) return std::unexpected(reader.error());
        reader_ = *std::move(reader);
        if (const Status found = find_positions(); !found) return found;
        if (const Status read = read_native_ids(); !read) return read;
        log::info("dry run",
                  {{"reads", options_.dry_run == "reads"}, {"partitions", static_cast<std::int64_t>(next_.size())}});
        for (;;) {
            if (const Status read = read_on(); !read) return read;
            if (options_.once || wait_for_stop_signal(kPause)) return {};
        }
    }

 private:
    std::unique_ptr<http::Transport> gated(http::CurlOptions curl) {
        std::unique_ptr<http::Transport> inner;
        if (options_.dry_run == "offline")
            inner = std::make_unique<Offline>();
        else
            inner = outlet_(std::move(curl));
        return std::make_unique<OwnGate>(std::move(inner), spec_.reads, [this](const http::Request& request) {
            const std::lock_guard lock(mutex_);
            requests_.push_back(request);
        });
    }

    Result<std::vector<kafka::Partition>> partitions_of(const std::vector<std::string>& topics) const {
        const auto known = patiently([&] { return kafka::list_topics(installation_.kafka, "shopwire.", kTimeout); });
        if (!known) return std::unexpected(known.error());
        std::vector<kafka::Partition> out;
        for (const std::string& topic : topics) {
            const auto found = known->find(topic);
            if (found == known->end()) return rejected("there is no topic " + topic + "; a dry run creates none");
            for (std::int32_t i = 0; i < found->second; ++i) out.push_back({.topic = topic, .number = i});
        }
        return out;
    }

    // Where the service stands, else the oldest record that is there; or a time.
    Status find_positions() {
        std::vector<std::string> topics;
        for (const events::Lane lane : {events::Lane::kOrders, events::Lane::kGoods})
            topics.push_back(events::command_topic(spec_.system, lane));
        const auto partitions = partitions_of(topics);
        if (!partitions) return std::unexpected(partitions.error());
        const auto ends = patiently([&] { return reader_->ends(*partitions, kTimeout); });
        if (!ends) return std::unexpected(ends.error());
        for (const auto& [partition, end] : *ends) next_[partition] = end.earliest;
        Result<kafka::Offsets> from;
        if (options_.since.empty()) {
            const std::string group = "shopwire." + std::string(spec_.system);
            from =
                patiently([&] { return kafka::committed_offsets(installation_.kafka, group, *partitions, kTimeout); });
        } else {
            const Result<std::int64_t> since = parse_utc(options_.since);
            if (!since) return within("--since", since.error());
            from = patiently([&] { return reader_->offsets_at(*partitions, *since, kTimeout); });
        }
        if (!from) return std::unexpected(from.error());
        for (const auto& [partition, offset] : *from) next_[partition] = std::max(next_[partition], offset);
        return {};
    }

    // The journal knows under which id the system has what an earlier command made.
    Status read_native_ids() {
        const auto partitions = partitions_of({events::sink_state_topic("effects", spec_.system)});
        if (!partitions) return std::unexpected(partitions.error());
        const auto ends = patiently([&] { return reader_->ends(*partitions, kTimeout); });
        if (!ends) return std::unexpected(ends.error());
        for (const auto& [partition, end] : *ends) {
            const auto read = reader_->read(
                partition, end.earliest, end.end,
                [this](const kafka::Record& record) -> Status {
                    internal::v1::Effect effect;
                    if (!record.value || !effect.ParseFromString(*record.value) || effect.native_id().empty())
                        native_ids_.erase(record.key);
                    else if (native_ids_.size() < kNativeIdsMax)
                        native_ids_[record.key] = effect.native_id();
                    return {};
                },
                kReadTimeout);
            if (!read) return std::unexpected(read.error());
        }
        return {};
    }

    Status read_on() {
        std::vector<kafka::Partition> partitions;
        for (const auto& [partition, offset] : next_) partitions.push_back(partition);
        const auto ends = patiently([&] { return reader_->ends(partitions, kTimeout); });
        if (!ends) return std::unexpected(ends.error());
        for (auto& [partition, offset] : next_) {
            const kafka::PartitionEnds& end = ends->at(partition);
            offset = std::max(offset, end.earliest);
            while (offset < end.end) {
                std::vector<kafka::Record> records;
                const auto read = reader_->read(
                    partition, offset, std::min(end.end, offset + kChunk),
                    [&records](const kafka::Record& record) -> Status {
                        records.push_back(record);
                        return {};
                    },
                    kReadTimeout);
                if (!read) return std::unexpected(read.error());
                offset = *read;
                take(std::move(records));
                if (!options_.once && wait_for_stop_signal(std::chrono::milliseconds(0))) return cancelled();
            }
        }
        return {};
    }

    // Batches as the service makes them of what waits: one connection, one action, each key once.
    void take(std::vector<kafka::Record> records) {
        std::vector<Item> items;
        for (kafka::Record& record : records) {
            const std::string where = fmt::format("{}[{}]@{}", record.topic, record.partition, record.offset);
            Result<Item> item = decode_item(std::move(record));
            if (item)
                items.push_back(*std::move(item));
            else
                tell({}, where, "error", "it would be set aside: " + item.error().message);
        }
        std::vector<Item> batch;
        for (std::size_t i = 0; i < items.size(); ++i) {
            const bool replaced =
                std::any_of(items.begin() + static_cast<std::ptrdiff_t>(i) + 1, items.end(), [&](const Item& newer) {
                    return newer.unit == items[i].unit && supersedes(newer.command, items[i].command);
                });
            if (replaced) continue;
            if (!batch.empty() && !fits(batch, items[i])) apply(std::exchange(batch, {}));
            batch.push_back(std::move(items[i]));
        }
        if (!batch.empty()) apply(std::move(batch));
    }

    bool fits(const std::vector<Item>& batch, const Item& item) const {
        const auto rule = std::ranges::find(spec_.actions, item.command.action_case(), &ActionRule::action);
        if (rule == spec_.actions.end() || batch.size() >= static_cast<std::size_t>(rule->batch_max)) return false;
        return batch.front().connection == item.connection &&
               batch.front().command.action_case() == item.command.action_case() &&
               std::ranges::none_of(batch, [&](const Item& other) { return other.unit == item.unit; });
    }

    void apply(std::vector<Item> batch) {
        const ConnectionPtr connection = connections_.find(batch.front().connection);
        const bool known = std::ranges::find(spec_.actions, batch.front().command.action_case(), &ActionRule::action) !=
                           spec_.actions.end();
        if (!connection || !connection->connector.sink || !known) {
            const std::string why = !known        ? "the system has no such action: it would be set aside"
                                    : !connection ? "no such connection is configured: it would wait"
                                                  : "the connection takes no commands: it would wait";
            for (const Item& item : batch) tell(item, place_of(item), "error", why);
            return;
        }
        std::vector<events::Command> commands;
        for (Item& item : batch) {
            if (item.command.native_id().empty())
                if (const auto found = native_ids_.find(item.journal_key); found != native_ids_.end())
                    item.command.set_native_id(found->second);
            commands.push_back(item.command);
        }
        const std::vector<Result<Applied>> answers = connection->connector.sink->apply(commands, {});
        std::vector<http::Request> requests;
        {
            const std::lock_guard lock(mutex_);
            requests.swap(requests_);
        }
        for (const http::Request& request : requests) tell(batch, request);
        if (!requests.empty()) return;  // its answer can only be that nothing was sent
        for (std::size_t i = 0; i < batch.size() && i < answers.size(); ++i) tell(batch[i], answers[i]);
    }

    static std::string place_of(const Item& item) {
        return fmt::format("{}[{}]@{}", item.record.topic, item.record.partition, item.record.offset);
    }

    static void write_item(json::Writer& writer, const Item& item, std::string_view place) {
        writer.key("connection").string(item.connection).key("action");
        writer.string(action_name(item.command.action_case())).key("key").string(item.command.key());
        writer.key("command").string(item.command.id()).key("record").string(place);
    }

    void tell(const std::vector<Item>& batch, const http::Request& request) {
        json::Writer writer;
        writer.begin_object();
        write_item(writer, batch.front(), place_of(batch.front()));
        if (batch.size() > 1) {
            writer.key("commands").begin_array();
            for (const Item& item : batch) writer.string(item.command.id());
            writer.end_array();
        }
        writer.key("request").begin_object();
        exchanges::write_request(writer, mask_.request(request));
        writer.end_object().end_object();
        out_ << writer.take() << std::endl;
    }

    void tell(const Item& item, const Result<Applied>& answer) {
        if (!answer) return tell(item, place_of(item), "error", answer.error().message);
        std::string word = commands::v1::Outcome_Name(answer->result.outcome());
        if (!answer->result.error().empty()) word += ": " + mask_.text(answer->result.error());
        tell(item, place_of(item), "outcome", word);
    }

    void tell(const Item& item, std::string_view place, std::string_view name, std::string_view text) {
        json::Writer writer;
        writer.begin_object();
        write_item(writer, item, place);
        writer.key(name).string(text).end_object();
        out_ << writer.take() << std::endl;
    }

    const ConnectorSpec& spec_;
    const RunOptions& options_;
    const config::Installation& installation_;
    const MakeTransport outlet_;
    std::ostream& out_;
    const exchanges::Mask mask_;
    std::mutex mutex_{};
    std::vector<http::Request> requests_{};  // guarded by mutex_: that were not sent, of the batch in hand
    const std::unique_ptr<metrics::Registry> registry_ = metrics::Registry::create();
    const std::unique_ptr<http::Transport> transport_ = gated({});
    Connections connections_{spec_,
                             installation_,
                             options_.config_folder,
                             system_clock(),
                             *transport_,
                             *registry_,
                             [this](http::CurlOptions curl) { return gated(std::move(curl)); },
                             true};
    std::unique_ptr<kafka::PartitionReader> reader_{};
    kafka::Offsets next_{};
    std::map<std::string, std::string> native_ids_{};  // by journal key
};

}  // namespace

int dry_run(const ConnectorSpec& spec, const RunOptions& options, const config::Installation& installation,
            const MakeTransport& outlet, std::ostream& out) {
    const Status done = DryRun(spec, options, installation, outlet, out).run();
    if (done || done.error().kind == ErrorKind::kCancelled) return 0;
    log::error("dry run failed", {{"error", done.error()}});
    return done.error().kind == ErrorKind::kRejected ? 2 : 1;
}

}  // namespace shopwire::runtime

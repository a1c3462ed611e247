#include "common/state/store.h"

#include <cassert>
#include <cstring>
#include <map>
#include <set>
#include <utility>

#include "common/core/clock.h"
#include "common/log/log.h"
#include "common/state/backend.h"

namespace shopwire::state {
namespace {

constexpr std::size_t kRestoreRecordsMax = 2'000;  // per local write
constexpr std::size_t kRestoreBytesMax = 1024 * 1024;
constexpr std::chrono::seconds kEndsTimeout{10};

void append_big_endian(std::string& text, std::int32_t number) {
    const auto bits = static_cast<std::uint32_t>(number);
    for (const int shift : {24, 16, 8, 0}) text.push_back(static_cast<char>((bits >> shift) & 0xff));
}

// Topic names have no NUL, so no store's range touches another's.
std::string prefix_of(char area, std::string_view topic, std::int32_t partition) {
    std::string prefix(1, area);
    prefix += topic;
    prefix.push_back('\0');
    append_big_endian(prefix, partition);
    return prefix;
}

constexpr char kDataArea = 'd';
constexpr char kPositionArea = 'p';

// How far the local data go, and when that was written.
struct Position {
    std::int64_t offset = 0;
    std::int64_t saved_at_ms = 0;

    std::string text() const { return std::to_string(offset) + " " + std::to_string(saved_at_ms); }
    static std::optional<Position> parse(const std::string& text) {
        Position position;
        std::size_t used = 0;
        try {
            position.offset = std::stoll(text, &used);
            position.saved_at_ms = std::stoll(text.substr(used));
        } catch (const std::exception&) {
            return std::nullopt;
        }
        return position;
    }
};

struct Pending {
    std::optional<std::string> value{};
    bool queued = false;  // in the open transaction
};
using Overlay = std::map<std::string, Pending, std::less<>>;

class OverlayStore final : public Store {
 public:
    OverlayStore(Backend& backend, std::string topic, StoreOptions options)
        : backend_(backend), topic_(std::move(topic)), options_(options) {}

    Result<std::optional<std::string>> get(std::int32_t partition, std::string_view key) const override {
        const auto open = overlays_.find(partition);
        if (open == overlays_.end()) return not_open(partition);
        if (const auto found = open->second.find(key); found != open->second.end()) return found->second.value;
        return backend_.get(data_key(partition, key));
    }

    void put(std::int32_t partition, std::string key, std::string value) override {
        change(partition, std::move(key), std::move(value));
    }
    void remove(std::int32_t partition, std::string key) override { change(partition, std::move(key), std::nullopt); }

    Status scan(std::int32_t partition, std::string_view prefix,
                const std::function<bool(std::string_view key, std::string_view value)>& each) const override {
        const auto open = overlays_.find(partition);
        if (open == overlays_.end()) return not_open(partition);
        const Overlay& overlay = open->second;
        const std::string base_prefix = data_key(partition, prefix);
        const std::size_t key_at = base_prefix.size() - prefix.size();
        const auto base = backend_.seek(base_prefix);
        auto above = overlay.lower_bound(prefix);
        while (true) {
            const bool has_base = base->valid() && base->key().starts_with(base_prefix);
            const bool has_above = above != overlay.end() && above->first.starts_with(prefix);
            if (!has_base && !has_above) return base->status();
            const std::string_view base_key = has_base ? base->key().substr(key_at) : std::string_view();
            if (has_above && (!has_base || above->first <= base_key)) {
                if (has_base && above->first == base_key) base->next();  // hidden by the overlay
                if (above->second.value && !each(above->first, *above->second.value)) return {};
                ++above;
            } else {
                if (!each(base_key, base->value())) return {};
                base->next();
            }
        }
    }

    Status flush(kafka::Transaction& transaction) override {
        for (auto& [partition, overlay] : overlays_) {
            for (auto& [key, pending] : overlay) {
                if (pending.queued) continue;
                Status sent =
                    transaction.send({.topic = topic_, .partition = partition, .key = key, .value = pending.value});
                if (!sent) return within("writing the changelog", std::move(sent).error());
                pending.queued = true;
            }
        }
        return {};
    }

    Status committed(const kafka::Transaction::Committed& where) override {
        const std::int64_t now_ms = system_clock().now_ms();
        std::vector<Change> changes;
        for (const auto& [partition, overlay] : overlays_) {
            for (const auto& [key, pending] : overlay) {
                if (pending.queued) changes.push_back({.key = data_key(partition, key), .value = pending.value});
            }
            if (const auto next = where.next.find({.topic = topic_, .number = partition}); next != where.next.end()) {
                changes.push_back(position_change(partition, {.offset = next->second, .saved_at_ms = now_ms}));
            }
        }
        if (changes.empty()) return {};
        if (Status written = backend_.write(changes); !written) {
            // Kafka has it and we do not: only a replay makes us right again.
            overlays_.clear();
            return within("storing what is committed; " + topic_ + " must be opened again", std::move(written).error());
        }
        for (auto& [partition, overlay] : overlays_) {
            std::erase_if(overlay, [](const auto& entry) { return entry.second.queued; });
        }
        return {};
    }

    void rollback() override {
        for (auto& [partition, overlay] : overlays_) overlay.clear();
    }

    Status open(const kafka::ClientConfig& config, std::int32_t partition, std::chrono::milliseconds timeout) override {
        overlays_.erase(partition);
        const kafka::Partition source{.topic = topic_, .number = partition};
        auto ends = kafka::read_ends(config, source, std::min<std::chrono::milliseconds>(timeout, kEndsTimeout));
        if (!ends) return std::unexpected(std::move(ends).error());
        auto from = start_of(partition, *ends);
        if (!from) return std::unexpected(std::move(from).error());
        if (Status restored = restore(config, source, *from, timeout); !restored) return restored;
        overlays_[partition] = {};
        return {};
    }

    void close(std::int32_t partition) override { overlays_.erase(partition); }
    bool is_open(std::int32_t partition) const override { return overlays_.contains(partition); }

 private:
    std::unexpected<Error> not_open(std::int32_t partition) const {
        return transient("reading state " + topic_ + ": partition " + std::to_string(partition) + " is not open");
    }

    std::string data_key(std::int32_t partition, std::string_view key) const {
        return prefix_of(kDataArea, topic_, partition).append(key);
    }

    Change position_change(std::int32_t partition, const Position& position) const {
        return {.key = prefix_of(kPositionArea, topic_, partition), .value = position.text()};
    }

    void change(std::int32_t partition, std::string key, std::optional<std::string> value) {
        const auto open = overlays_.find(partition);
        assert(open != overlays_.end() && "the partition must be open");
        open->second.insert_or_assign(std::move(key), Pending{.value = std::move(value)});
    }

    // Where to go on reading.  Local data that the topic cannot complete any more are wiped.
    Result<Position> start_of(std::int32_t partition, const kafka::PartitionEnds& ends) {
        const Position earliest{.offset = ends.earliest, .saved_at_ms = system_clock().now_ms()};
        auto saved = backend_.get(prefix_of(kPositionArea, topic_, partition));
        if (!saved) return std::unexpected(std::move(saved).error());
        const auto position = *saved ? Position::parse(**saved) : std::nullopt;
        const std::string_view fault = *saved ? fault_of(position, ends) : "";
        if (position && fault.empty()) return *position;
        if (!fault.empty()) {
            log::warning("rebuilding local state from its changelog",
                         {{"topic", topic_}, {"partition", std::int64_t{partition}}, {"reason", fault}});
        }
        // The position goes first: data without one are wiped here, a position without its data would be believed.
        for (const char area : {kPositionArea, kDataArea}) {
            if (Status erased = backend_.erase(prefix_of(area, topic_, partition)); !erased) {
                return std::unexpected(std::move(erased).error());
            }
        }
        return earliest;
    }

    std::string_view fault_of(const std::optional<Position>& position, const kafka::PartitionEnds& ends) const {
        if (!position) return "unreadable position";
        if (position->offset < ends.earliest) return "older than what the topic holds";
        if (position->offset > ends.end) return "the topic was made anew";
        const std::int64_t age_ms = system_clock().now_ms() - position->saved_at_ms;
        if (age_ms > options_.local_age_max.count()) return "so old that compaction may have dropped tombstones";
        return {};
    }

    Status restore(const kafka::ClientConfig& config, const kafka::Partition& source, Position position,
                   std::chrono::milliseconds timeout) {
        std::vector<Change> changes;
        std::size_t bytes = 0;
        const auto save = [&] {
            changes.push_back(position_change(source.number, position));
            Status written = backend_.write(changes);
            changes.clear();
            bytes = 0;
            return written;
        };
        auto next = kafka::read_partition(
            config, source, position.offset,
            [&](const kafka::Record& record) -> Status {
                bytes += record.key.size() + (record.value ? record.value->size() : 0);
                changes.push_back({.key = data_key(source.number, record.key), .value = record.value});
                position.offset = record.offset + 1;
                return changes.size() >= kRestoreRecordsMax || bytes >= kRestoreBytesMax ? save() : Status();
            },
            timeout);
        if (next) position = {.offset = *next, .saved_at_ms = system_clock().now_ms()};
        // Also after an error: the next attempt goes on from here.
        Status saved = save();
        if (!next) return within("restoring state", std::move(next).error());
        return saved;
    }

    Backend& backend_;
    const std::string topic_;
    const StoreOptions options_;
    std::map<std::int32_t, Overlay> overlays_;  // of the open partitions
};

}  // namespace

std::string end_of_prefix(std::string_view prefix) {
    std::string end(prefix);
    while (!end.empty() && static_cast<unsigned char>(end.back()) == 0xff) end.pop_back();
    if (!end.empty()) end.back() = static_cast<char>(static_cast<unsigned char>(end.back()) + 1);
    return end;
}

Result<std::unique_ptr<Database>> Database::open(const std::string& folder) { return open_rocks(folder); }
std::unique_ptr<Database> Database::in_memory() { return make_memory(); }

std::unique_ptr<Store> Store::create(Database& database, std::string topic, StoreOptions options) {
    return std::make_unique<OverlayStore>(static_cast<Backend&>(database), std::move(topic), options);
}

}  // namespace shopwire::state

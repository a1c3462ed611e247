#include "common/state/store.h"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <map>
#include <unordered_map>
#include <utility>

#include "common/core/clock.h"
#include "common/kafka/partition_reader.h"
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
void append_prefix(std::string& text, char area, std::string_view topic, std::int32_t partition) {
    text.push_back(area);
    text += topic;
    text.push_back('\0');
    append_big_endian(text, partition);
}
std::string prefix_of(char area, std::string_view topic, std::int32_t partition) {
    std::string prefix;
    append_prefix(prefix, area, topic, partition);
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

struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
};
using Entries = std::unordered_map<std::string, std::optional<std::string>, TextHash, std::equal_to<>>;
using Sorted = std::vector<Entries::const_pointer>;

// What is not on disk yet.
struct Overlay {
    Entries changed{};  // since the last flush
    Entries sent{};     // before it: in the open transaction

    const std::optional<std::string>* find(std::string_view key) const {
        if (const auto found = changed.find(key); found != changed.end()) return &found->second;
        if (const auto found = sent.find(key); found != sent.end()) return &found->second;
        return nullptr;
    }
    Sorted sorted(std::string_view prefix) const {
        Sorted out;
        for (const auto& entry : changed)
            if (entry.first.starts_with(prefix)) out.push_back(&entry);
        for (const auto& entry : sent)
            if (entry.first.starts_with(prefix) && !changed.contains(entry.first)) out.push_back(&entry);
        std::ranges::sort(out, {}, [](Entries::const_pointer entry) -> const std::string& { return entry->first; });
        return out;
    }
    void mark_sent(Entries::const_iterator entry) {
        auto placed = sent.insert(changed.extract(entry));
        if (!placed.inserted) placed.position->second = std::move(placed.node.mapped());
    }
};

class OverlayStore final : public Store {
 public:
    OverlayStore(Backend& backend, std::string topic, StoreOptions options)
        : backend_(backend), topic_(std::move(topic)), options_(options) {}

    Result<std::optional<std::string>> get(std::int32_t partition, std::string_view key) const override {
        const auto open = overlays_.find(partition);
        if (open == overlays_.end()) return not_open(partition);
        if (const std::optional<std::string>* found = open->second.find(key)) return *found;
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
        const Sorted overlay = open->second.sorted(prefix);
        const std::string base_prefix = data_key(partition, prefix);
        const std::size_t key_at = base_prefix.size() - prefix.size();
        const auto base = backend_.seek(base_prefix);
        auto above = overlay.begin();
        while (true) {
            const bool has_base = base->valid() && base->key().starts_with(base_prefix);
            const bool has_above = above != overlay.end();
            if (!has_base && !has_above) return base->status();
            const std::string_view base_key = has_base ? base->key().substr(key_at) : std::string_view();
            if (has_above && (!has_base || (*above)->first <= base_key)) {
                const auto& [key, value] = **above;
                if (has_base && key == base_key) base->next();  // hidden by the overlay
                if (value && !each(key, *value)) return {};
                ++above;
            } else {
                if (!each(base_key, base->value())) return {};
                base->next();
            }
        }
    }

    Status flush(kafka::Transaction& transaction) override {
        return flush_to([&transaction](const kafka::Record& record) { return transaction.send(record); });
    }
    void flush(std::vector<kafka::Record>& out) override {
        [[maybe_unused]] const Status queued = flush_to([&out](const kafka::Record& record) {
            out.push_back(record);
            return Status();
        });
    }

    Status persist(const kafka::Transaction::Committed& where) const override {
        const std::int64_t now_ms = system_clock().now_ms();
        std::vector<Change> changes;
        for (const auto& [partition, overlay] : overlays_) {
            for (const auto& [key, value] : overlay.sent)
                changes.push_back({.key = data_key(partition, key), .value = value});
            if (const auto next = where.next.find({.topic = topic_, .number = partition}); next != where.next.end())
                changes.push_back(position_change(partition, {.offset = next->second, .saved_at_ms = now_ms}));
        }
        if (changes.empty()) return {};
        std::ranges::sort(changes, {}, &Change::key);  // each is put beside the one before instead of searched for
        if (Status written = backend_.write(changes); !written)
            return within("storing what is committed; " + topic_ + " must be opened again", std::move(written).error());
        return {};
    }
    void settle() override {
        for (auto& [partition, overlay] : overlays_) overlay.sent.clear();
    }

    Status committed(const kafka::Transaction::Committed& where) override {
        Status stored = persist(where);
        if (stored)
            settle();
        else
            overlays_.clear();  // Kafka has it and we do not: only a replay makes us right again
        return stored;
    }

    void rollback() override {
        for (auto& [partition, overlay] : overlays_) overlay = {};
    }

    Status open(const kafka::ClientConfig& config, const std::set<std::int32_t>& partitions,
                std::chrono::milliseconds timeout) override {
        std::vector<kafka::Partition> wanted;
        for (const std::int32_t partition : partitions)
            if (!is_open(partition)) wanted.push_back({.topic = topic_, .number = partition});
        if (wanted.empty()) return {};
        const auto ends_timeout = std::min<std::chrono::milliseconds>(timeout, kEndsTimeout);
        auto reader = kafka::PartitionReader::create(config, ends_timeout);
        if (!reader) return within("opening state " + topic_, std::move(reader).error());
        auto ends = (*reader)->ends(wanted, ends_timeout);
        if (!ends) return within("opening state " + topic_, std::move(ends).error());
        for (const auto& [source, bounds] : *ends) {
            auto from = start_of(source.number, bounds);
            if (!from) return std::unexpected(std::move(from).error());
            if (Status restored = restore(**reader, source, *from, bounds.end, timeout); !restored) return restored;
            overlays_[source.number] = {};
        }
        return {};
    }

    void close(std::int32_t partition) override { overlays_.erase(partition); }
    bool is_open(std::int32_t partition) const override { return overlays_.contains(partition); }

 private:
    std::unexpected<Error> not_open(std::int32_t partition) const {
        return transient("reading state " + topic_ + ": partition " + std::to_string(partition) + " is not open");
    }

    std::string data_key(std::int32_t partition, std::string_view key) const {
        std::string text;
        text.reserve(1 + topic_.size() + 1 + sizeof partition + key.size());
        append_prefix(text, kDataArea, topic_, partition);
        return text.append(key);
    }

    Change position_change(std::int32_t partition, const Position& position) const {
        return {.key = prefix_of(kPositionArea, topic_, partition), .value = position.text()};
    }

    void change(std::int32_t partition, std::string key, std::optional<std::string> value) {
        const auto open = overlays_.find(partition);
        assert(open != overlays_.end() && "the partition must be open");
        open->second.changed.insert_or_assign(std::move(key), std::move(value));
    }

    // What cannot be sent stays changed.
    template <class Send>
    Status flush_to(const Send& send) {
        kafka::Record record{.topic = topic_};
        for (auto& [partition, overlay] : overlays_) {
            record.partition = partition;
            while (!overlay.changed.empty()) {
                const auto entry = overlay.changed.cbegin();
                record.key = entry->first;
                record.value = entry->second;
                if (Status sent = send(record); !sent) return within("writing the changelog", std::move(sent).error());
                overlay.mark_sent(entry);
            }
        }
        return {};
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

    Status restore(kafka::PartitionReader& reader, const kafka::Partition& source, Position position, std::int64_t end,
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
        auto next = reader.read(
            source, position.offset, end,
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

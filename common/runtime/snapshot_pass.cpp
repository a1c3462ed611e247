#include "common/runtime/snapshot_pass.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "common/core/ids.h"
#include "common/core/optional.h"
#include "common/events/codec.h"
#include "common/events/topics.h"
#include "common/log/log.h"
#include "common/runtime/crash_point.h"
#include "common/runtime/sink_item.h"

namespace shopwire::runtime {
namespace {

constexpr std::size_t kMemoryMax = std::size_t{64} * 1024 * 1024;
constexpr std::size_t kRowsMax = 2'000'000;
constexpr std::size_t kChunk = 1'000;
constexpr std::size_t kJudgeFrom = 10;  // fewer rows than this say nothing about a ratio

bool is_zero_stock(const events::Event& event) {
    if (!event.has_stock()) return false;
    const events::v1::Stock& stock = event.stock();
    const events::v1::Decimal& number = stock.has_free() ? stock.free() : stock.on_hand();
    return events::from_proto(number) <= Decimal{};
}

struct Body {
    std::string native_id{};
    std::string sku{};
};

Body body_of(const events::Event& event) {
    switch (event.body_case()) {
        case events::Event::kProduct: return {event.product().native_id(), event.product().sku()};
        case events::Event::kStock: return {event.stock().native_id(), event.stock().sku()};
        case events::Event::kPrice: return {event.price().native_id(), event.price().sku()};
        case events::Event::kCustomer: return {event.customer().native_id(), {}};
        case events::Event::kOrder: return {event.order().native_id(), {}};
        case events::Event::kRefund: return {event.refund().native_id(), {}};
        case events::Event::kDocument: return {event.document().native_id(), {}};
        case events::Event::kShipment: return {event.shipment().native_id(), {}};
        case events::Event::kBalance: return {event.balance().customer_native_id(), {}};
        default: return {};
    }
}

std::string entity_name(const events::Event& event) {
    const std::optional<events::Entity> entity = events::entity_of(event);
    return entity ? std::string(events::name_of(*entity)) : std::string();
}

// What tells that this entity is gone, kept for the day when it is.
events::Event absence_of(const events::Event& event) {
    events::Event gone;
    gone.mutable_source()->set_location(event.source().location());
    const Body body = body_of(event);
    gone.mutable_deleted()->set_entity(entity_name(event));
    gone.mutable_deleted()->set_native_id(body.native_id);
    gone.mutable_deleted()->set_sku(body.sku);
    return gone;
}

}  // namespace

Status StagedTexts::add(const std::string& text) {
    ++count_;
    if (!file_ && memory_bytes_ + text.size() <= kMemoryMax) {
        memory_bytes_ += text.size();
        memory_.push_back(text);
        return {};
    }
    if (!file_) file_.reset(std::tmpfile());
    if (!file_) return transient("staging a snapshot: no temporary file");
    const auto size = static_cast<std::uint32_t>(text.size());
    const bool written = std::fwrite(&size, sizeof size, 1, file_.get()) == 1 &&
                         (text.empty() || std::fwrite(text.data(), text.size(), 1, file_.get()) == 1);
    if (!written) return transient("staging a snapshot: writing the temporary file");
    return {};
}

Status StagedTexts::read(const std::function<Status(std::string)>& each) {
    for (std::string& text : memory_) {
        if (const Status ok = each(std::move(text)); !ok) return ok;
    }
    if (!file_) return {};
    std::rewind(file_.get());
    std::uint32_t size = 0;
    while (std::fread(&size, sizeof size, 1, file_.get()) == 1) {
        std::string text(size, '\0');
        if (size > 0 && std::fread(text.data(), size, 1, file_.get()) != 1) {
            return transient("staging a snapshot: reading the temporary file");
        }
        if (const Status ok = each(std::move(text)); !ok) return ok;
    }
    if (std::ferror(file_.get()) != 0) return transient("staging a snapshot: reading the temporary file");
    return {};
}

SnapshotPass::SnapshotPass(const StreamIdentity& identity, kafka::Producer& producer, StateAccess& state, Clock& clock,
                           RuntimeMetrics& metrics)
    : identity_(identity),
      producer_(producer),
      state_(state),
      clock_(clock),
      metrics_(metrics),
      started_at_ms_(clock.now_ms()) {}

SnapshotPass::KeyHash SnapshotPass::hash_of(const std::string& key) {
    const std::hash<std::string> hash;
    return {hash(key), hash(key + "\x01second")};
}

std::string SnapshotPass::row_prefix() const {
    return events::join_key({identity_.merchant, identity_.connection, identity_.stream}) + "/";
}

std::string SnapshotPass::row_key(const events::Event& event) const {
    return row_prefix() + events::join_key({event.source().location(), entity_name(event), events::key_of(event),
                                            body_of(event).native_id});
}

Status SnapshotPass::begin() {
    const auto each = [this](std::string_view key, std::string_view value) {
        internal::v1::SnapshotRow row;
        if (!row.ParseFromArray(value.data(), static_cast<int>(value.size()))) return;
        Row& known = rows_[hash_of(std::string(key))];
        std::copy_n(row.content_hash().data(), std::min<std::size_t>(16, row.content_hash().size()),
                    known.hash.begin());
        known.delivered = row.content_hash().size() == known.hash.size();
        known.zero = row.zero();
    };
    const Status scanned = state_.scan_snapshots(identity_.slot, row_prefix(), each);
    rows_before_ = rows_.size();
    return scanned;
}

Status SnapshotPass::stage(std::vector<Change> changes, std::int64_t read_started_at_ms) {
    const std::int64_t now_ms = clock_.now_ms();
    const Sighting sighting{.merchant = identity_.merchant,
                            .connection = identity_.connection,
                            .system = identity_.system,
                            .origin = events::v1::ORIGIN_SNAPSHOT,
                            .observed_at_ms = now_ms,
                            .read_started_at_ms = read_started_at_ms};
    for (Change& change : changes) {
        const Status complete = change.event ? complete_event(*change.event, sighting) : Status{};
        if (!change.event || !complete) {
            if (change.event) {
                const Body body = body_of(*change.event);
                change = {.raw = change.event->SerializeAsString(),
                          .event = std::unexpected(complete.error()),
                          .failed_key = body.native_id.empty() ? body.sku : body.native_id};
            }
            if (const Status aside = set_aside(std::move(change)); !aside) return aside;
            continue;
        }
        drift_.add(Status{});
        const events::Event& event = *change.event;
        if (event.has_stock()) locations_.insert(event.source().location());
        const auto [found, added] = rows_.try_emplace(hash_of(row_key(event)));
        if (rows_.size() > kRowsMax) return rejected(fmt::format("staging a snapshot: more than {} rows", kRowsMax));
        Row& row = found->second;
        const std::string& hash = event.source().content_hash();
        const bool same =
            row.delivered && hash.size() == row.hash.size() && std::equal(hash.begin(), hash.end(), row.hash.begin());
        if (!row.seen && !added && !row.zero && is_zero_stock(event)) ++lost_;
        row.seen = true;
        if (same && !identity_.told_elsewhere) continue;
        if (const Status staged = staged_.add(event.SerializeAsString()); !staged) return staged;
    }
    return {};
}

Status SnapshotPass::set_aside(Change change) {
    if (change.failed_key.empty())
        ++failed_unknown_;
    else
        spared_.insert(events::fold_sku(change.failed_key));
    const Sighting sighting{
        .merchant = identity_.merchant, .connection = identity_.connection, .system = identity_.system};
    ChangeRecord letter = to_change_record(std::move(change), sighting, "read", clock_.now_ms());
    drift_.add(letter.status);
    return letters_.add(taken(letter.record.value));
}

Status SnapshotPass::emit_letters(std::stop_token stop) {
    std::vector<kafka::Record> letters;
    const auto send = [&]() -> Status {
        metrics_.dead_letters("read").add(static_cast<double>(letters.size()));
        return letters.empty() ? Status{} : producer_.send_all(std::exchange(letters, {}), stop);
    };
    const Status read = letters_.read([&](std::string text) -> Status {
        letters.push_back(dead_letter_record(identity_.merchant, identity_.connection, std::move(text)));
        return letters.size() < kChunk ? Status{} : send();
    });
    return read ? send() : read;
}

// Rows that were something and would be told as gone.  One that was not understood is there all the same.
Result<std::size_t> SnapshotPass::count_vanished() const {
    if (failed_unknown_ > 0) return std::size_t{0};
    const auto is_lost = [](const Row& row) { return !row.seen && !row.zero; };
    auto vanished =
        static_cast<std::size_t>(std::ranges::count_if(rows_, [&](const auto& row) { return is_lost(row.second); }));
    if (spared_.empty() || vanished == 0) return vanished;
    const Status scanned =
        state_.scan_snapshots(identity_.slot, row_prefix(), [&](std::string_view key, std::string_view value) {
            const auto known = rows_.find(hash_of(std::string(key)));
            if (known == rows_.end() || !is_lost(known->second)) return;
            internal::v1::SnapshotRow row;
            events::Event gone;
            if (row.ParseFromArray(value.data(), static_cast<int>(value.size())) && gone.ParseFromString(row.event()) &&
                is_spared(gone.deleted()))
                --vanished;
        });
    if (!scanned) return std::unexpected(scanned.error());
    return vanished;
}

Status SnapshotPass::judge(std::int64_t loss_accepted) const {
    if (Status judged = drift_.judge(identity_.stream, identity_.drift_max_percent); !judged) return judged;
    const Result<std::size_t> vanished = count_vanished();
    if (!vanished) return std::unexpected(vanished.error());
    const std::size_t lost = *vanished + lost_;
    const double bound = static_cast<double>(rows_before_) * identity_.vanished_ratio_max;
    if (rows_before_ < kJudgeFrom || static_cast<double>(lost) <= bound) return {};
    if (std::cmp_less_equal(lost, loss_accepted)) return {};
    return rejected(fmt::format(
        "judging a snapshot of stream {0}: {1} of {2} rows would vanish or become zero; if that is right: shopwire "
        "sync {3} {0} --accept-loss {1}",
        identity_.stream, lost, rows_before_, connection_id(identity_.merchant, identity_.connection)));
}

Status SnapshotPass::finish(std::int64_t loss_accepted, std::stop_token stop) {
    const std::string id = connection_id(identity_.merchant, identity_.connection);
    tell_failed(id);
    if (const Status judged = judge(loss_accepted); !judged) {
        metrics_.stream(id, identity_.stream).refused->add();
        log::error("snapshot refused", {{"connection", id}, {"stream", identity_.stream}, {"error", judged.error()}});
        return judged;
    }
    if (const Status emitted = emit_letters(stop); !emitted) return emitted;
    if (const Status emitted = emit_changed(stop); !emitted) return emitted;
    // A row whose translation failed is there all the same.  Without its key it may be any of those that look gone.
    if (failed_unknown_ == 0) {
        if (const Status emitted = emit_vanished(stop); !emitted) return emitted;
    }
    if (const Status flushed = flush_chunk(stop); !flushed) return flushed;
    // A marker would say of every article that its number is the one of before.
    return drift_.failed == 0 ? send_markers(stop) : Status{};
}

// Dead letters are counted one by one; what they switch off stands here.
void SnapshotPass::tell_failed(const std::string& id) const {
    metrics_.stream(id, identity_.stream).rows_failed->set(static_cast<double>(drift_.failed));
    if (drift_.failed == 0) return;
    log::warning("rows of a snapshot were not understood: it releases no order",
                 {{"connection", id},
                  {"stream", identity_.stream},
                  {"rows", static_cast<std::int64_t>(drift_.failed)},
                  {"of_unknown_key", static_cast<std::int64_t>(failed_unknown_)}});
}

Status SnapshotPass::emit_changed(std::stop_token stop) {
    return staged_.read([this, stop](const std::string& text) -> Status {
        events::Event event;
        if (!event.ParseFromString(text)) return rejected("emitting a snapshot: a staged event is damaged");
        internal::v1::SnapshotRow row;
        row.set_event(absence_of(event).SerializeAsString());
        row.set_zero(is_zero_stock(event));
        const std::string key = row_key(event);
        chunk_.push_back(events::to_record(event, clock_.now_ms()));
        chunk_doubts_.push_back({.store = SlotStore::kSnapshots, .key = key, .value = row.SerializeAsString()});
        row.set_content_hash(event.source().content_hash());
        chunk_rows_.push_back({.store = SlotStore::kSnapshots, .key = key, .value = row.SerializeAsString()});
        return chunk_.size() < kChunk ? Status{} : flush_chunk(stop);
    });
}

bool SnapshotPass::is_spared(const events::v1::Deleted& gone) const {
    return spared_.contains(events::fold_sku(gone.native_id())) || spared_.contains(events::fold_sku(gone.sku()));
}

Status SnapshotPass::emit_vanished(std::stop_token stop) {
    std::vector<std::pair<std::string, std::string>> gone;
    const Status scanned = state_.scan_snapshots(identity_.slot, row_prefix(),
                                                 [this, &gone](std::string_view key, std::string_view value) {
                                                     const auto row = rows_.find(hash_of(std::string(key)));
                                                     if (row == rows_.end() || !row->second.seen)
                                                         gone.emplace_back(key, value);
                                                 });
    if (!scanned) return scanned;
    const Sighting sighting{.merchant = identity_.merchant,
                            .connection = identity_.connection,
                            .system = identity_.system,
                            .origin = events::v1::ORIGIN_SNAPSHOT,
                            .observed_at_ms = clock_.now_ms(),
                            .read_started_at_ms = started_at_ms_};
    for (const auto& [key, value] : gone) {
        internal::v1::SnapshotRow row;
        events::Event event;
        if (row.ParseFromString(value) && event.ParseFromString(row.event())) {
            if (is_spared(event.deleted())) continue;
            if (event.deleted().entity() == events::name_of(events::Entity::kStock)) {
                locations_.insert(event.source().location());
            }
            if (complete_event(event, sighting)) chunk_.push_back(events::to_record(event, clock_.now_ms()));
            row.clear_content_hash();
            chunk_doubts_.push_back({.store = SlotStore::kSnapshots, .key = key, .value = row.SerializeAsString()});
        }
        chunk_rows_.push_back({.store = SlotStore::kSnapshots, .key = key, .value = std::nullopt});
        if (chunk_rows_.size() < kChunk) continue;
        if (const Status flushed = flush_chunk(stop); !flushed) return flushed;
    }
    return {};
}

// Before it is sent a row is saved without its hash: after a crash nobody knows what readers have, so the next pass
// emits it again whatever it reads, also when the value went back to the one of before.
Status SnapshotPass::flush_chunk(std::stop_token stop) {
    if (chunk_rows_.empty()) return {};
    const std::size_t count = chunk_.size();
    if (const Status saved = state_.save(identity_.slot, std::exchange(chunk_doubts_, {}), stop); !saved) return saved;
    crash_point("source.before_produce");
    if (const Status sent = producer_.send_all(std::exchange(chunk_, {}), stop); !sent) return sent;
    crash_point("source.after_delivery");
    crash_point("snapshot.before_rows_save");
    if (const Status saved = state_.save(identity_.slot, std::exchange(chunk_rows_, {}), stop); !saved) return saved;
    crash_point("snapshot.after_rows_save");
    emitted_ += count;
    return {};
}

Status SnapshotPass::send_markers(std::stop_token stop) {
    std::vector<kafka::Record> markers;
    for (const std::string& location : locations_) {
        events::Event marker;
        marker.mutable_source()->set_location(location);
        marker.mutable_marker()->set_pass_id(uuid7(started_at_ms_));
        const Sighting sighting{.merchant = identity_.merchant,
                                .connection = identity_.connection,
                                .system = identity_.system,
                                .origin = events::v1::ORIGIN_SNAPSHOT,
                                .observed_at_ms = clock_.now_ms(),
                                .read_started_at_ms = started_at_ms_};
        if (const Status complete = complete_event(marker, sighting); !complete) return complete;
        for (std::int32_t partition = 0; partition < identity_.router_partitions; ++partition) {
            kafka::Record record = events::to_record(marker, clock_.now_ms());
            record.partition = partition;
            markers.push_back(std::move(record));
        }
    }
    if (markers.empty()) return {};
    crash_point("snapshot.before_marker");
    return producer_.send_all(std::move(markers), stop);
}

}  // namespace shopwire::runtime

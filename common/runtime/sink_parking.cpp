// Keys and connections that wait while others go on.  Their records stand in the parked store, in the order in which
// they came; memory holds one entry per key, and what is being tried again.
#include <algorithm>

#include "common/log/log.h"
#include "common/runtime/sink_core.h"

namespace shopwire::runtime {

namespace pb = internal::v1;
namespace cmd = commands::v1;

namespace {

constexpr std::size_t kLoadMax = 256;        // records of one key in memory at once
constexpr std::size_t kDrainItemsMax = 512;  // of one connection, while its parked records come back

}  // namespace

bool SinkCore::is_parked(const Item& item) const {
    const auto unit = units_.find(item.unit);
    if (unit == units_.end() || unit->second.parked == 0) return false;
    const Result<std::optional<std::string>> found = parked_.get(item.slot, parked_key_of(item));
    return found && found->has_value();
}

void SinkCore::park(std::unique_ptr<Item> item, const ParkReason& reason, bool announce) {
    Target& target = target_of(item->connection);
    Unit& unit = unit_of(*item);
    discard_parked_older(*item);
    if (item->cleared && !item->in_doubt) write_journal(*item, pb::EFFECT_STATE_REJECTED, nullptr);
    const bool is_new = item->parked_key.empty();
    if (is_new) {
        item->parked_key = parked_key_of(*item);
        mark_done(*item);
        ++unit.parked;
        ++target.parked;
        if (target.parked == static_cast<std::size_t>(options_.runtime.parked_per_connection_max)) {
            log::error("parked records reached their bound", {{"connection", item->connection}});
        }
    } else if (unit.loaded > 0) {
        --unit.loaded;
    }
    if (reason.whole_connection) unit.drain = true;
    parked_.put(item->slot, item->parked_key, to_parked(*item, reason, clock_.now_ms()).SerializeAsString());
    writes_.parks = true;
    writes_.urgent = true;
    if (announce && is_new) {
        events::CommandResult result;
        result.set_outcome(cmd::OUTCOME_PARKED);
        result.set_error(reason.text);
        write_result(*item, complete_result(std::move(result), item->command, options_.system, clock_.now_ms()));
        count(*item, Count::kParked);
    }
    refresh_parked_gauge(target);
    leave(*item);
}

// The head failed for good, or its attempts ran out: the whole key waits behind it.
void SinkCore::park_unit(std::unique_ptr<Item> item, const Error& error) {
    const std::string key = item->unit;
    const int attempts = item->attempts;
    log::warning("key parked", {{"connection", item->connection}, {"reason", error}});
    Unit& unit = unit_of(*item);
    unit.drain = false;
    unit.attempts = attempts;
    unit.retry_at = error.kind == ErrorKind::kRejected || error.kind == ErrorKind::kAmbiguous
                        ? Clock::Monotonic::max()
                        : clock_.monotonic() + options_.runtime.backoff_max;
    std::deque<std::unique_ptr<Item>> behind = std::exchange(unit.waiting, {});
    park(std::move(item), {.text = error.with_words(), .kind = std::string(name_of(error.kind))}, true);
    for (std::unique_ptr<Item>& other : behind) {
        park(std::move(other), {.text = "waits behind a parked record", .kind = "behind"}, true);
    }
    offer(key);
}

// Everything of this connection that is not being called right now.
void SinkCore::park_target(const std::string& connection) {
    Target& target = target_of(connection);
    call_off(target, target.slot);
    target.ready.clear();
    for (const std::string& key : target.drain) {
        if (const auto unit = units_.find(key); unit != units_.end()) unit->second.draining = false;
    }
    target.drain.clear();
    std::vector<std::string> keys;
    for (auto& [key, unit] : units_) {
        if (unit.connection != connection) continue;
        unit.queued = false;
        keys.push_back(key);
    }
    for (const std::string& key : keys) {
        const auto found = units_.find(key);
        if (found == units_.end()) continue;
        std::deque<std::unique_ptr<Item>> waiting = std::exchange(found->second.waiting, {});
        for (std::unique_ptr<Item>& item : waiting) {
            park(std::move(item), {.text = target.stopped, .kind = "stopped", .whole_connection = true}, true);
        }
    }
}

// Of an absolute state only the newest is worth keeping, so that a long stop stays within bounds.
void SinkCore::discard_parked_older(const Item& newer) {
    const ActionRule* rule = rule_of(newer.command);
    const auto unit = units_.find(newer.unit);
    if (rule == nullptr || rule->write != ActionRule::Write::kAbsolute) return;
    if (unit == units_.end() || unit->second.busy || unit->second.parked == unit->second.loaded) return;
    std::set<std::string> loaded;
    for (const std::unique_ptr<Item>& item : unit->second.waiting) loaded.insert(item->parked_key);
    for (const auto& [key, value] : parked_records(newer.unit, newer.slot)) {
        if (key == newer.parked_key || loaded.contains(key)) continue;
        Result<Item> older = from_parked(key, value, newer.slot);
        if (!older || !supersedes(newer.command, older->command)) continue;
        const std::size_t in_memory = unit->second.loaded;
        ++items_;
        ++target_of(newer.connection).items;
        discard(std::make_unique<Item>(std::move(*older)), "a newer command took its place");
        unit->second.loaded = in_memory;
    }
}

std::vector<std::pair<std::string, std::string>> SinkCore::parked_records(const std::string& key,
                                                                          std::int32_t slot) const {
    std::vector<std::pair<std::string, std::string>> records;
    const Status scanned = parked_.scan(slot, key + "/", [&records](std::string_view name, std::string_view value) {
        records.emplace_back(name, value);
        return records.size() < kLoadMax;
    });
    if (!scanned) log::error("reading parked records", {{"error", scanned.error()}});
    return records;
}

void SinkCore::restore_slot(std::int32_t slot) {
    const Clock::Monotonic now = clock_.monotonic();
    const auto each = [this, slot, now](std::string_view, std::string_view value) {
        Parked parked;
        if (!parked.ParseFromArray(value.data(), static_cast<int>(value.size()))) return true;
        const auto [found, added] = units_.try_emplace(parked.key());
        Unit& unit = found->second;
        Target& target = target_of(parked.connection());
        target.slot = slot;
        ++target.parked;
        ++unit.parked;
        unit.connection = parked.connection();
        unit.drain = unit.drain || parked.whole_connection();
        if (unit.drain && target.running()) queue_drain(parked.key(), unit);
        if (!added) return true;
        unit.slot = slot;
        unit.busy = orphan_units_.contains(parked.key());
        unit.attempts = static_cast<int>(parked.attempts());
        if (parked.error_kind() == name_of(ErrorKind::kTransient)) {
            unit.retry_at = now + options_.runtime.backoff_max;
            timers_.emplace(unit.retry_at, parked.key());
        }
        return true;
    };
    if (const Status scanned = parked_.scan(slot, "", each); !scanned) {
        log::error("restoring parked records", {{"slot", slot}, {"error", scanned.error()}});
    }
    for (auto& [connection, target] : targets_) refresh_parked_gauge(target);
}

// The oldest records of a key, before what waits in memory.
void SinkCore::load_parked(const std::string& key) {
    const auto found = units_.find(key);
    if (found == units_.end() || found->second.loaded > 0) return;
    Unit& unit = found->second;
    Target& target = target_of(unit.connection);
    std::deque<std::unique_ptr<Item>> loaded;
    for (const auto& [name, value] : parked_records(key, unit.slot)) {
        Result<Item> item = from_parked(name, value, unit.slot);
        if (!item) {
            write_dead_letter("decode", kafka::Record{.key = name, .value = value}, nullptr, item.error());
            parked_.remove(unit.slot, name);
            --unit.parked;
            --target.parked;
            continue;
        }
        // What ran out of attempts gets one more; what only waited gets all.
        const bool exhausted = item->parked_reason == name_of(ErrorKind::kTransient);
        item->attempts = exhausted ? std::max(0, options_.runtime.attempts_max - 1) : 0;
        loaded.push_back(std::make_unique<Item>(std::move(*item)));
    }
    unit.loaded = loaded.size();
    items_ += loaded.size();
    target.items += loaded.size();
    for (; !loaded.empty(); loaded.pop_back()) unit.waiting.push_front(std::move(loaded.back()));
}

// After a failure only the newest state of each field group is tried; the older ones are answered.
void SinkCore::drop_superseded(const std::string& key) {
    const auto found = units_.find(key);
    if (found == units_.end() || found->second.drain) return;
    std::deque<std::unique_ptr<Item>>& waiting = found->second.waiting;
    for (std::size_t i = 0; i < waiting.size();) {
        if (waiting[i]->parked_key.empty()) {
            ++i;
            continue;
        }
        const bool superseded = std::any_of(
            waiting.begin() + static_cast<std::ptrdiff_t>(i) + 1, waiting.end(),
            [&](const std::unique_ptr<Item>& newer) { return supersedes(newer->command, waiting[i]->command); });
        if (!superseded) {
            ++i;
            continue;
        }
        std::unique_ptr<Item> gone = std::move(waiting[i]);
        waiting.erase(waiting.begin() + static_cast<std::ptrdiff_t>(i));
        discard(std::move(gone), "a newer command took its place");
    }
}

void SinkCore::queue_drain(const std::string& key, Unit& unit) {
    if (unit.draining) return;
    unit.draining = true;
    target_of(unit.connection).drain.push_back(key);
}

void SinkCore::drain(Target& target) {
    while (!target.drain.empty() && target.items < kDrainItemsMax) {
        const std::string key = std::move(target.drain.front());
        target.drain.pop_front();
        const auto found = units_.find(key);
        if (found == units_.end()) continue;
        Unit& unit = found->second;
        unit.draining = false;
        if (unit.busy || !unit.waiting.empty() || unit.parked == 0) continue;  // `offer` brings it back when it is idle
        load_parked(key);
        offer(key);
    }
}

std::vector<Parked> SinkCore::parked_list(std::size_t max, const std::string& connection) const {
    std::vector<Parked> list;
    const std::string prefix = connection.empty() ? "" : connection + "/";  // as keys of it begin
    for (const auto& [slot, tenure] : slots_) {
        if (list.size() >= max) break;
        const Status scanned = parked_.scan(slot, prefix, [&](std::string_view, std::string_view value) {
            Parked parked;
            const bool is_read = parked.ParseFromArray(value.data(), static_cast<int>(value.size()));
            if (is_read && (connection.empty() || parked.connection() == connection)) list.push_back(std::move(parked));
            return list.size() < max;
        });
        if (!scanned) log::error("listing parked records", {{"error", scanned.error()}});
    }
    return list;
}

bool SinkCore::retry_parked(const std::string& key) {
    const auto found = units_.find(key);
    if (found == units_.end() || found->second.parked == 0) return false;
    Unit& unit = found->second;
    if (!target_of(unit.connection).running()) return false;
    if (unit.busy || unit.loaded > 0) return true;  // it is being tried
    unit.retry_at = Clock::Monotonic::max();
    load_parked(key);
    drop_superseded(key);
    offer(key);
    return true;
}

bool SinkCore::discard_parked(const std::string& key) {
    const auto found = units_.find(key);
    if (found == units_.end() || found->second.parked == 0) return false;
    if (found->second.busy || found->second.loaded > 0) return false;
    load_parked(key);
    std::deque<std::unique_ptr<Item>> items = std::exchange(found->second.waiting, {});
    for (std::unique_ptr<Item>& item : items) {
        if (item->parked_key.empty())
            found->second.waiting.push_back(std::move(item));
        else
            discard(std::move(item), "discarded by a person");
    }
    offer(key);
    return true;
}

void SinkCore::refresh_parked_gauge(Target& target) { target.metrics->parked->set(static_cast<double>(target.parked)); }

}  // namespace shopwire::runtime

// What goes in: connections, slots, records, answers.
#include "common/runtime/sink_core.h"

#include <algorithm>
#include <cassert>

#include "common/log/log.h"
#include "common/runtime/event_records.h"

namespace shopwire::runtime {

SinkCore::SinkCore(Options options, state::Store& effects, state::Store& parked, Clock& clock, RuntimeMetrics& metrics)
    : options_(std::move(options)), effects_(effects), parked_(parked), clock_(clock), metrics_(metrics) {}

SinkCore::Target& SinkCore::target_of(const std::string& connection) {
    const auto [found, added] = targets_.try_emplace(connection);
    if (added) {
        found->second.metrics = &metrics_.connection(connection);
        found->second.metrics->up->set(0);
    }
    return found->second;
}

SinkCore::Unit& SinkCore::unit_of(const Item& item) {
    const auto [found, added] = units_.try_emplace(item.unit);
    if (added) {
        found->second.connection = item.connection;
        found->second.slot = item.slot;
        found->second.busy = orphan_units_.contains(item.unit);
        target_of(item.connection).slot = item.slot;
    }
    return found->second;
}

const ActionRule* SinkCore::rule_of(const events::Command& command) const {
    const auto found = std::ranges::find(options_.rules, command.action_case(), &ActionRule::action);
    return found == options_.rules.end() ? nullptr : &*found;
}

// What cannot be read is not taken for absent: an order may have been sent.
std::optional<std::string> SinkCore::stored_journal(const Item& item) const {
    Result<std::optional<std::string>> text = effects_.get(item.slot, item.journal_key);
    if (text) return *std::move(text);
    if (fault_.empty()) fault_ = "reading the journal: " + text.error().message;
    return std::nullopt;
}

std::optional<Effect> SinkCore::journal_of(const Item& item) const {
    const std::optional<std::string> text = stored_journal(item);
    if (!text) return std::nullopt;
    Effect effect;
    if (effect.ParseFromString(*text)) return effect;
    if (fault_.empty()) fault_ = "reading the journal: " + item.journal_key + " is no entry of ours";
    return std::nullopt;
}

std::chrono::milliseconds SinkCore::leave_window() const {
    return std::max(options_.runtime.session_timeout, options_.runtime.write_settle) / 2;
}

void SinkCore::configure(const std::string& connection, int concurrency) {
    Target& target = target_of(connection);
    target.concurrency = std::max(1, concurrency);
    if (target.configured) return;
    target.configured = true;
    if (target.stopped.empty()) resume_connection(connection);
}

void SinkCore::unconfigure(const std::string& connection) {
    Target& target = target_of(connection);
    target.configured = false;
    target.metrics->up->set(0);
    park_target(connection);
}

void SinkCore::stop_connection(const std::string& connection, const std::string& why, bool for_auth) {
    Target& target = target_of(connection);
    // What a person pauses stays so, also when a refused key works again.
    if (!target.stopped.empty() && (for_auth || !target.stopped_for_auth)) return;
    target.stopped = why.empty() ? "stopped" : why;
    target.stopped_for_auth = for_auth;
    target.last_error = why;
    target.metrics->up->set(0);
    if (options_.on_state) options_.on_state(connection, target.stopped);
    log::warning("connection stopped", {{"connection", connection}, {"reason", why}});
    park_target(connection);
}

void SinkCore::resume_connection(const std::string& connection) {
    Target& target = target_of(connection);
    if (!target.stopped.empty()) log::info("connection resumed", {{"connection", connection}});
    target.stopped.clear();
    target.stopped_for_auth = false;
    target.failures = 0;
    target.wait_until = {};
    if (!target.configured) return;
    if (options_.on_state) options_.on_state(connection, target.stopped);
    target.metrics->up->set(1);
    for (auto& [key, unit] : units_) {
        if (unit.connection == connection && unit.parked > unit.loaded && unit.drain) queue_drain(key, unit);
    }
}

void SinkCore::heal_connection(const std::string& connection) {
    if (target_of(connection).stopped_for_auth) resume_connection(connection);
}

void SinkCore::open_slot(std::int32_t slot) {
    slots_[slot] = {.since = clock_.monotonic(), .since_ms = clock_.now_ms()};
    restore_slot(slot);
    for (auto& [connection, target] : targets_)
        if (target.slot == slot && !target.running()) target.metrics->up->set(0);
}

void SinkCore::withdraw(std::int32_t slot) {
    for (auto& [connection, target] : targets_) call_off(target, slot);
    for (auto& [key, unit] : units_) {
        if (unit.slot != slot) continue;
        for (const std::unique_ptr<Item>& item : unit.waiting)
            if (item->cleared && !item->in_doubt) take_back(*item);
    }
}

void SinkCore::close_slot(std::int32_t slot) {
    forget_slot(slot);
    slots_.erase(slot);
    // What stands still here may run at its next owner, which tells it: the lowest of all replicas counts.
    for (auto& [connection, target] : targets_)
        if (target.slot == slot) target.metrics->up->set(1);
    std::erase_if(known_, [slot](const auto& entry) { return entry.second.slot == slot && !entry.second.answer; });
    for (auto& [id, orphan] : orphans_) orphan.lost = orphan.lost || orphan.slot == slot;
}

void SinkCore::forget_closed_slots() {
    std::erase_if(known_, [this](const auto& entry) { return !slots_.contains(entry.second.slot); });
}

void SinkCore::reset() {
    writes_ = {};
    for (const auto& [slot, tenure] : slots_) forget_slot(slot);
    for (const auto& [slot, tenure] : slots_) restore_slot(slot);
}

// A call under way will be answered; of the others nothing was sent.
void SinkCore::forget_batches(std::int32_t slot) {
    for (auto batch = batches_.begin(); batch != batches_.end();) {
        Batch& lost = batch->second;
        if (lost.slot != slot) {
            ++batch;
            continue;
        }
        const bool calling = lost.stage == Batch::Stage::kCalling;
        Orphan orphan{.slot = slot, .connection = lost.connection, .lookup = lost.lookup};
        for (const std::unique_ptr<Item>& item : lost.items) {
            OutcomeKey key{item->journal_key, item->command.sequence()};
            if (!calling) {
                if (!lost.lookup) known_.insert_or_assign(std::move(key), Known{.slot = slot});
                continue;
            }
            orphan.keys.push_back(std::move(key));
            orphan.units.push_back(item->unit);
            orphan_units_.insert(item->unit);
        }
        if (calling)
            orphans_.emplace(batch->first, std::move(orphan));
        else
            target_of(lost.connection).forget(batch->first);
        batch = batches_.erase(batch);
    }
}

// Every item goes; what we know of calls that were made stays.
void SinkCore::forget_slot(std::int32_t slot) {
    const auto key_of = [](const Item& item) { return OutcomeKey{item.journal_key, item.command.sequence()}; };
    for (auto& [key, known] : uncommitted_) {
        if (known.slot == slot) known_.insert_or_assign(key, std::move(known));
    }
    std::erase_if(uncommitted_, [slot](const auto& entry) { return entry.second.slot == slot; });
    forget_batches(slot);
    for (auto unit = units_.begin(); unit != units_.end();) {
        if (unit->second.slot != slot) {
            ++unit;
            continue;
        }
        for (const std::unique_ptr<Item>& item : unit->second.waiting) {
            // Our own attempt failed and surely did not land: its SENDING means nothing.
            if (item->cleared && !item->in_doubt) known_.insert_or_assign(key_of(*item), Known{.slot = slot});
        }
        unit = units_.erase(unit);
    }
    items_ = 0;
    for (const auto& [key, unit] : units_) items_ += unit.waiting.size();
    for (const auto& [id, batch] : batches_) items_ += batch.items.size();
    for (auto& [connection, target] : targets_) {
        if (target.slot != slot) continue;
        target.ready.clear();
        target.drain.clear();
        target.items = 0;
        target.parked = 0;
        refresh_parked_gauge(target);
    }
}

void SinkCore::read(const kafka::Record& record) {
    ++progress_;
    Result<Item> decoded = decode_item(record);
    if (!decoded) {
        write_dead_letter("decode", record, nullptr, decoded.error());
        writes_.done.emplace_back(kafka::Partition{record.topic, record.partition}, record.offset);
        return;
    }
    auto item = std::make_unique<Item>(std::move(*decoded));
    Target& target = target_of(item->connection);
    target.slot = item->slot;
    ++items_;
    ++target.items;
    count(*item, Count::kRead);
    const ActionRule* rule = rule_of(item->command);
    if (rule == nullptr) {
        const Error error{.kind = ErrorKind::kRejected,
                          .message = "applying a command: this system has no such action"};
        write_dead_letter("apply", item->record, &item->command, error);
        finish(std::move(item), commands::v1::OUTCOME_REJECTED, error.message);
        return;
    }
    if (judge(journal_of(*item), *item, rule->write) == Verdict::kDrop) return drop(std::move(item), Count::kRepeated);
    if (is_parked(*item)) return drop(std::move(item), Count::kRepeated);
    enqueue(std::move(item));
}

void SinkCore::enqueue(std::unique_ptr<Item> item) {
    Target& target = target_of(item->connection);
    Unit& unit = unit_of(*item);
    if (!target.running()) {
        return park(std::move(item),
                    {.text = target.configured ? target.stopped : "not configured",
                     .kind = "stopped",
                     .whole_connection = true},
                    true);
    }
    const bool more_parked = unit.parked > unit.loaded;
    const bool must_follow = more_parked && (unit.drain || unit.loaded > 0);
    if (must_follow || target.items > options_.items_per_connection_max) {
        if (!more_parked) unit.drain = true;
        return park(std::move(item), {.text = "the queue is full", .kind = "full", .whole_connection = true}, false);
    }
    coalesce(unit, *item);
    const std::string key = item->unit;
    unit.waiting.push_back(std::move(item));
    if (more_parked) {  // the newest state is tried in place of what failed
        load_parked(key);
        drop_superseded(key);
    }
    offer(key);
}

// The newest state replaces older ones that wait.  It takes over their waits: else a stream of updates would never get
// to send.
void SinkCore::coalesce(Unit& unit, Item& item) {
    const ActionRule* rule = rule_of(item.command);
    if (rule == nullptr || rule->write != ActionRule::Write::kAbsolute) return;
    for (auto older = unit.waiting.begin(); older != unit.waiting.end();) {
        const bool replaced = (*older)->command.action_case() == item.command.action_case() &&
                              (*older)->parked_key.empty() && supersedes(item.command, (*older)->command);
        if (!replaced) {
            ++older;
            continue;
        }
        item.attempts = std::max(item.attempts, (*older)->attempts);
        item.due = std::max(item.due, (*older)->due);
        item.cleared = item.cleared || (*older)->cleared;
        item.in_doubt = item.in_doubt || (*older)->in_doubt;
        item.waited = item.waited || (*older)->waited;
        discard(std::move(*older), "a newer command took its place");
        older = unit.waiting.erase(older);
    }
}

void SinkCore::complete(Completion completion) {
    ++progress_;
    --calling_;
    if (const auto orphan = orphans_.extract(completion.id)) {
        target_of(orphan.mapped().connection).forget(completion.id);
        adopt_orphan(std::move(orphan.mapped()), std::move(completion));
        return;
    }
    auto node = batches_.extract(completion.id);
    assert(!node.empty());
    if (node.empty()) return;
    Batch batch = std::move(node.mapped());
    target_of(batch.connection).forget(completion.id);
    for (std::size_t i = 0; i < batch.items.size(); ++i) {
        std::unique_ptr<Item>& item = batch.items[i];
        if (completion.not_sent) {
            give_back(std::move(item));
            continue;
        }
        Answer answer = i < completion.answers.size()
                            ? std::move(completion.answers[i])
                            : Answer(ambiguous("applying a command: the connector gave no answer for it"));
        const bool final = answer ? answer->has_value() : answer.error().kind == ErrorKind::kRejected;
        if (final && !batch.lookup) {
            uncommitted_.emplace_back(OutcomeKey{item->journal_key, item->command.sequence()},
                                      Known{.slot = batch.slot, .answer = answer});
        }
        react(std::move(item), std::move(answer), batch.lookup);
    }
}

void SinkCore::adopt_orphan(Orphan orphan, Completion completion) {
    for (std::size_t i = 0; i < orphan.keys.size() && !orphan.lookup; ++i) {
        Known known{.slot = orphan.slot};
        if (!completion.not_sent) {
            if (i >= completion.answers.size()) continue;
            const Answer& answer = completion.answers[i];
            const bool surely_nothing =
                !answer && (answer.error().kind == ErrorKind::kTransient ||
                            answer.error().kind == ErrorKind::kRateLimited || answer.error().kind == ErrorKind::kAuth);
            const bool final = answer || answer.error().kind == ErrorKind::kRejected;
            if (!final && !surely_nothing) continue;  // in doubt: the journal's SENDING tells the rest
            if (final) known.answer = answer;
        }
        if (orphan.lost && !known.answer) continue;  // the journal may hold another owner's SENDING by now
        known_.insert_or_assign(orphan.keys[i], std::move(known));
    }
    for (const std::string& key : orphan.units) {
        orphan_units_.erase(key);
        const auto unit = units_.find(key);
        if (unit == units_.end()) continue;
        unit->second.busy = false;
        offer(key);
    }
}

void SinkCore::committed(Clock::Monotonic begun) {
    uncommitted_.clear();
    for (auto& [id, batch] : batches_) {
        if (batch.stage != Batch::Stage::kJournaling) continue;
        batch.stage = Batch::Stage::kReady;
        batch.send_before = begun + options_.runtime.session_timeout / 2;
        batch.leave_before = begun + leave_window();
    }
}

std::vector<SinkCore::TargetState> SinkCore::targets() const {
    std::vector<TargetState> states;
    states.reserve(targets_.size());
    for (const auto& [connection, target] : targets_) {
        states.push_back({.connection = connection,
                          .stopped = target.configured ? target.stopped : "not configured",
                          .stopped_for_auth = target.stopped_for_auth,
                          .items = target.items,
                          .parked = target.parked,
                          .in_flight = target.in_flight(),
                          .last_error = target.last_error});
    }
    return states;
}

}  // namespace shopwire::runtime

// What an answer means: one reaction per kind of error, and what is written down.
#include <algorithm>

#include "common/log/log.h"
#include "common/runtime/event_records.h"
#include "common/runtime/sink_core.h"
#include "common/tracing/tracing.h"

namespace shopwire::runtime {

namespace pb = internal::v1;
namespace cmd = commands::v1;

namespace {

constexpr int kBreakerAfter = 5;
constexpr std::chrono::milliseconds kBreakerMax{30'000};

Count count_of(cmd::Outcome outcome) {
    switch (outcome) {
        case cmd::OUTCOME_UNCHANGED: return Count::kUnchanged;
        case cmd::OUTCOME_REJECTED: return Count::kRejected;
        case cmd::OUTCOME_PARKED: return Count::kParked;
        case cmd::OUTCOME_STALE: return Count::kStale;
        case cmd::OUTCOME_DISCARDED: return Count::kDiscarded;
        default: return Count::kApplied;
    }
}

}  // namespace

void SinkCore::react(std::unique_ptr<Item> item, Answer answer, bool lookup) {
    if (!answer) return failed(std::move(item), answer.error(), lookup);
    target_of(item->connection).failures = 0;
    if (!*answer) return not_found(std::move(item));
    if (lookup && found_older(*item, **answer)) return give_back(std::move(item));
    applied(std::move(item), std::move(**answer));
}

// What was found is the effect of an older command: that one is done, and this one is still to be sent, as an update.
bool SinkCore::found_older(Item& item, const Applied& found) {
    std::optional<Effect> journal = journal_of(item);
    if (!journal || journal->sequence() >= item.command.sequence()) return false;
    journal->set_state(pb::EFFECT_STATE_APPLIED);
    journal->set_native_id(found.result.native_id());
    effects_.put(item.slot, item.journal_key, journal->SerializeAsString());
    writes_.urgent = true;
    item.cleared = true;
    item.in_doubt = false;
    item.due = {};
    return true;
}

void SinkCore::applied(std::unique_ptr<Item> item, Applied done) {
    const std::int64_t now_ms = clock_.now_ms();
    const Sighting sighting{.merchant = item->command.merchant(),
                            .connection = item->command.connection(),
                            .system = options_.system,
                            .origin = events::v1::ORIGIN_REPAIR,
                            .observed_at_ms = now_ms,
                            .read_started_at_ms = item->called_at_ms};
    for (Change& change : done.seen) {
        ChangeRecord record =
            to_change_record(std::move(change), sighting, "read", now_ms, events::traceparent_of(item->record));
        if (!record.status) metrics_.dead_letters("read").add();
        writes_.records.push_back(std::move(record.record));
    }
    finish(std::move(item), std::move(done.result));
}

void SinkCore::not_found(std::unique_ptr<Item> item) {
    if (++item->lookups < options_.runtime.lookup_attempts) {
        return defer(std::move(item), options_.runtime.lookup_delay);
    }
    // It may still be under way at the remote: it is created again only once no earlier attempt can land any more.
    const ActionRule& rule = *rule_of(item->command);
    const Clock::Monotonic safe = item->sent + std::max(rule.settle, options_.runtime.write_settle);
    if (clock_.monotonic() < safe) {
        item->lookups = options_.runtime.lookup_attempts - 1;  // one more look by then
        return defer(std::move(item), safe - clock_.monotonic());
    }
    item->cleared = true;
    item->in_doubt = false;
    item->due = {};
    give_back(std::move(item));
}

void SinkCore::failed(std::unique_ptr<Item> item, const Error& error, bool lookup) {
    Target& target = target_of(item->connection);
    target.last_error = error.with_words();
    switch (error.kind) {
        case ErrorKind::kTransient: return tried(std::move(item), error);
        case ErrorKind::kRateLimited:
            target.wait_until = std::max(
                target.wait_until, clock_.monotonic() + error.retry_after.value_or(options_.runtime.backoff_first));
            return give_back(std::move(item));
        case ErrorKind::kAmbiguous: return ambiguous_outcome(std::move(item), error, lookup);
        case ErrorKind::kAuth: {
            stop_connection(item->connection, error.message, true);
            return park(
                std::move(item),
                {.text = error.with_words(), .kind = std::string(name_of(error.kind)), .whole_connection = true}, true);
        }
        case ErrorKind::kRejected:
            if (lookup) return ambiguous_outcome(std::move(item), error, true);
            return refused(std::move(item), error);
        case ErrorKind::kCancelled:
            // It may have been cut while it was sending.
            if (lookup) return give_back(std::move(item));
            item->attempts = std::max(0, item->attempts - 1);
            return ambiguous_outcome(std::move(item), error, false);
    }
}

void SinkCore::tried(std::unique_ptr<Item> item, const Error& error) {
    Target& target = target_of(item->connection);
    const config::RuntimeSettings& times = options_.runtime;
    if (++target.failures >= kBreakerAfter) {
        const auto pause = backoff(target.failures - kBreakerAfter, times.backoff_first,
                                   std::min(times.backoff_max, kBreakerMax), random_chance());
        target.wait_until = std::max(target.wait_until, clock_.monotonic() + pause);
    }
    if (++item->attempts >= times.attempts_max) return park_unit(std::move(item), error);
    const auto wait = backoff(item->attempts - 1, times.backoff_first, times.backoff_max, random_chance());
    defer(std::move(item), wait);
}

void SinkCore::ambiguous_outcome(std::unique_ptr<Item> item, Error error, bool lookup) {
    const ActionRule& rule = *rule_of(item->command);
    item->in_doubt = true;
    if (lookup) {  // the system itself cannot tell: a person decides
        write_journal(*item, pb::EFFECT_STATE_UNKNOWN, nullptr);
        error.kind = ErrorKind::kAmbiguous;
        return park_unit(std::move(item), error);
    }
    if (++item->attempts >=
        options_.runtime.attempts_max) {  // exhausted: looked up or settled again when it comes back
        error.kind = ErrorKind::kTransient;
        return park_unit(std::move(item), error);
    }
    if (rule.write == ActionRule::Write::kCreate) {
        item->cleared = false;
        item->waited = true;
        item->lookups = 0;
        item->sent = std::max(item->sent, clock_.monotonic());  // it may have left just before we hung up
        return defer(std::move(item), std::max(rule.settle, options_.runtime.lookup_delay));
    }
    item->cleared = true;
    defer(std::move(item), std::max(rule.settle, options_.runtime.write_settle));
}

void SinkCore::refused(std::unique_ptr<Item> item, const Error& error) {
    item->in_doubt = false;
    const ActionRule& rule = *rule_of(item->command);
    if (rule.on_reject == ActionRule::OnReject::kDeadLetter) {
        write_dead_letter("apply", item->record, &item->command, error);
        return finish(std::move(item), cmd::OUTCOME_REJECTED, error.with_words());
    }
    const auto unit = units_.find(item->unit);
    const bool newer_waits =
        unit != units_.end() && std::ranges::any_of(unit->second.waiting, [&item](const std::unique_ptr<Item>& other) {
            return supersedes(other->command, item->command);
        });
    write_journal(*item, pb::EFFECT_STATE_REJECTED, nullptr);
    if (newer_waits) return finish(std::move(item), cmd::OUTCOME_DISCARDED, error.with_words());
    park_unit(std::move(item), error);
}

void SinkCore::defer(std::unique_ptr<Item> item, Clock::Duration wait) {
    item->due = clock_.monotonic() + wait;
    give_back(std::move(item));
}

void SinkCore::give_back(std::unique_ptr<Item> item) {
    const Target& target = target_of(item->connection);
    if (!target.running()) {
        return park(std::move(item), {.text = target.stopped, .kind = "stopped", .whole_connection = true}, true);
    }
    Unit& unit = unit_of(*item);
    const std::string key = item->unit;
    unit.busy = false;
    item->active = false;
    unit.waiting.push_front(std::move(item));
    drop_superseded(key);
    const Item& head = *unit.waiting.front();
    const auto newer = std::ranges::find_if(unit.waiting, [this, &head](const std::unique_ptr<Item>& other) {
        return rule_of(head.command)->write == ActionRule::Write::kAbsolute && head.parked_key.empty() &&
               other->command.action_case() == head.command.action_case() && supersedes(other->command, head.command);
    });
    if (newer != unit.waiting.end()) {  // it came while the older one was under way, and takes its place
        std::unique_ptr<Item> heir = std::move(*newer);
        unit.waiting.erase(newer);
        coalesce(unit, *heir);
        unit.waiting.push_front(std::move(heir));
    }
    offer(key);
}

void SinkCore::finish(std::unique_ptr<Item> item, cmd::Outcome outcome, const std::string& error) {
    events::CommandResult result;
    result.set_outcome(outcome);
    result.set_error(error);
    finish(std::move(item), std::move(result));
}

void SinkCore::finish(std::unique_ptr<Item> item, events::CommandResult answer) {
    const std::int64_t now_ms = clock_.now_ms();
    const events::CommandResult result = complete_result(std::move(answer), item->command, options_.system, now_ms);
    switch (result.outcome()) {
        case cmd::OUTCOME_DISCARDED:
        case cmd::OUTCOME_PARKED: break;
        case cmd::OUTCOME_REJECTED: write_journal(*item, pb::EFFECT_STATE_REJECTED, nullptr); break;
        default: write_journal(*item, pb::EFFECT_STATE_APPLIED, &result); break;
    }
    write_result(*item, result);
    if (item->command.cause_observed_at_ms() > 0) {
        const std::int64_t age_ms = std::max<std::int64_t>(0, now_ms - item->command.cause_observed_at_ms());
        target_of(item->connection).metrics->business_age->observe(static_cast<double>(age_ms) / 1000);
    }
    count(*item, count_of(result.outcome()));
    settle_accounts(*item);
    leave(*item);
}

// This or a newer one was done before: no result, it was given then.
void SinkCore::drop(std::unique_ptr<Item> item, Count why) {
    count(*item, why);
    settle_accounts(*item);
    leave(*item);
}

// Gives up one that waits, without touching its unit's lists.
void SinkCore::discard(std::unique_ptr<Item> item, const std::string& why) {
    events::CommandResult result;
    result.set_outcome(cmd::OUTCOME_DISCARDED);
    result.set_error(why);
    write_result(*item, complete_result(std::move(result), item->command, options_.system, clock_.now_ms()));
    count(*item, Count::kDiscarded);
    settle_accounts(*item);
    --items_;
    --target_of(item->connection).items;
    ++progress_;
}

// The item will not be needed again once this transaction is committed.
void SinkCore::settle_accounts(const Item& item) {
    if (item.parked_key.empty()) return mark_done(item);
    parked_.remove(item.slot, item.parked_key);
    writes_.urgent = true;
    Target& target = target_of(item.connection);
    --target.parked;
    refresh_parked_gauge(target);
    const auto unit = units_.find(item.unit);
    if (unit == units_.end()) return;
    --unit->second.parked;
    if (unit->second.loaded > 0) --unit->second.loaded;
    if (unit->second.parked == 0) unit->second.drain = false;
}

void SinkCore::leave(const Item& item) {
    --items_;
    --target_of(item.connection).items;
    const auto unit = units_.find(item.unit);
    if (unit == units_.end()) return;
    if (item.active) unit->second.busy = false;
    offer(std::string(item.unit));
}

// From its last call to the outcome; what stands before that is the wait in Kafka, in a queue or for a limit.
void SinkCore::trace(const Item& item, const events::CommandResult& result) const {
    if (!tracing::is_on()) return;
    std::string traceparent = events::traceparent_of(item.record);
    if (!tracing::wants(traceparent)) return;
    const std::int64_t now_ms = clock_.now_ms();
    tracing::record({.traceparent = std::move(traceparent),
                     .name = std::string("apply ").append(action_name(item.command.action_case())),
                     .kind = tracing::Kind::kClient,
                     .start_ms = item.called_at_ms != 0 ? item.called_at_ms : now_ms,
                     .end_ms = now_ms,
                     .failed = result.outcome() == commands::v1::OUTCOME_REJECTED ||
                               result.outcome() == commands::v1::OUTCOME_PARKED,
                     .attributes = {{"shopwire.connection", item.connection},
                                    {"shopwire.key", result.key()},
                                    {"shopwire.outcome", commands::v1::Outcome_Name(result.outcome())},
                                    {"shopwire.native_id", result.native_id()}}});
}

void SinkCore::mark_done(const Item& item) {
    writes_.done.emplace_back(kafka::Partition{item.record.topic, item.record.partition}, item.record.offset);
}

void SinkCore::write_result(const Item& item, const events::CommandResult& result) {
    trace(item, result);
    writes_.records.push_back(events::to_record(result, clock_.now_ms(), events::traceparent_of(item.record)));
    writes_.urgent = true;
}

void SinkCore::write_journal(const Item& item, pb::EffectState state, const events::CommandResult* result) {
    Effect entry = journal_entry(journal_of(item), item.command, state, clock_.now_ms());
    if (result != nullptr) {
        if (!result->native_id().empty()) entry.set_native_id(result->native_id());
        *entry.mutable_result() = *result;
    }
    effects_.put(item.slot, item.journal_key, entry.SerializeAsString());
    writes_.urgent = true;
}

void SinkCore::write_dead_letter(std::string_view stage, const kafka::Record& record, const events::Command* command,
                                 const Error& error) {
    Failure failure{.stage = stage, .record = record, .error = error};
    if (command != nullptr) {
        failure.merchant = command->merchant();
        failure.connection = command->connection();
    }
    writes_.records.push_back(dead_letter(failure, clock_.now_ms()));
    writes_.urgent = true;
    metrics_.dead_letters(stage).add();
    log::warning("record set aside",
                 {{"stage", stage}, {"topic", record.topic}, {"offset", record.offset}, {"error", error}});
}

void SinkCore::count(const Item& item, Count what) {
    const auto& actions = target_of(item.connection).metrics->actions;
    const auto found = actions.find(item.command.action_case());
    if (found != actions.end()) found->second.count(what);
}

}  // namespace shopwire::runtime

// When something is sent: timers, fairness, batches.
#include <algorithm>
#include <utility>

#include "common/core/optional.h"
#include "common/runtime/sink_core.h"

namespace shopwire::runtime {
namespace {

constexpr int kBreakerAfter = 5;  // transient failures in a row: the remote itself is ill
constexpr int kAheadPerPlace = 2;  // batches that are journaled ahead, for each call that may be under way

}  // namespace

// Puts a unit where its head belongs: into its target's ready list, or on the timer.  Forgets one that has nothing
// left.
void SinkCore::offer(const std::string& key) {
    const auto found = units_.find(key);
    if (found == units_.end()) return;
    Unit& unit = found->second;
    if (unit.busy || unit.queued) return;
    if (unit.waiting.empty()) {
        if (unit.parked == 0) {
            units_.erase(found);
            return;
        }
        if (unit.drain) {
            queue_drain(key, unit);
        } else if (unit.retry_at != Clock::Monotonic::max()) {
            timers_.emplace(unit.retry_at, key);
        }
        return;
    }
    const Item& head = *unit.waiting.front();
    if (head.due > clock_.monotonic()) {
        timers_.emplace(head.due, key);
        return;
    }
    unit.queued = true;
    target_of(unit.connection).ready[head.command.action_case()].add(key);
}

void SinkCore::schedule(bool stopping) {
    if (stopping) return;
    const Clock::Monotonic now = clock_.monotonic();
    fire_timers(now);
    share_places(now);
    for (const auto& place : targets_in_turn()) {
        auto& [connection, target] = *place;
        if (!target.running()) continue;
        drain(target);
        start_batches(target, connection, now);
    }
    metrics_.commands_in_hand.set(static_cast<double>(items_));
}

void SinkCore::measure_age() {
    const std::int64_t now_ms = clock_.now_ms();
    std::map<std::string_view, std::int64_t> oldest;  // by connection, when the first event was seen
    const auto note = [&](const Item& item) {
        const std::int64_t seen_ms = item.command.cause_observed_at_ms();
        if (seen_ms <= 0 || !item.parked_key.empty()) return;  // what was parked may be old, and is counted there
        const auto [place, is_new] = oldest.try_emplace(item.connection, seen_ms);
        if (!is_new) place->second = std::min(place->second, seen_ms);
    };
    for (const auto& [key, unit] : units_)
        for (const auto& item : unit.waiting) note(*item);
    for (const auto& [id, batch] : batches_)
        for (const auto& item : batch.items) note(*item);
    for (auto& [connection, target] : targets_) {
        const auto found = oldest.find(connection);
        const std::int64_t age_ms = found == oldest.end() ? 0 : std::max<std::int64_t>(0, now_ms - found->second);
        target.metrics->oldest_age->set(static_cast<double>(age_ms) / 1000);
    }
}

void SinkCore::fire_timers(Clock::Monotonic now) {
    while (!timers_.empty() && timers_.begin()->first <= now) {
        const std::string key = std::move(timers_.begin()->second);
        timers_.erase(timers_.begin());
        ++progress_;
        const auto found = units_.find(key);
        if (found == units_.end()) continue;
        Unit& unit = found->second;
        // Its connection is stopped: it comes back with the others.
        if (!target_of(unit.connection).running() && unit.parked > 0) unit.drain = true;
        if (!unit.busy && unit.waiting.empty() && unit.parked > 0 && !unit.drain && unit.retry_at <= now &&
            target_of(unit.connection).running()) {
            unit.retry_at = Clock::Monotonic::max();
            load_parked(key);
            drop_superseded(key);
        }
        offer(key);
    }
}

int SinkCore::limit_of(const Target& target) const {
    return target.failures >= kBreakerAfter ? 1 : std::min(target.concurrency, share_);
}

// A call that waited for a worker would lose of the time in which it may be sent, so there are no more calls than
// workers. Who needs little has that, and the others share the rest evenly.
void SinkCore::share_places(Clock::Monotonic now) {
    std::vector<int> wanted;
    begun_ = 0;
    for (const auto& [connection, target] : targets_) {
        if (!target.running() || target.wait_until > now) continue;
        begun_ += target.begun.size();
        std::size_t work = target.begun.size();
        for (const auto& [action, units] : target.ready) work += units.size();
        const int most = target.failures >= kBreakerAfter ? 1 : target.concurrency;
        if (work > 0) wanted.push_back(static_cast<int>(std::min(work, static_cast<std::size_t>(most))));
    }
    std::ranges::sort(wanted);
    int left = options_.runtime.calls_max;
    share_ = left;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        const auto others = static_cast<int>(wanted.size() - i);
        const int even = std::max(1, (left + others - 1) / others);
        if (wanted[i] > even) {
            share_ = even;
            return;
        }
        left = std::max(0, left - wanted[i]);
    }
}

// There may be more of them than places, so the one that was served last comes last.
std::vector<std::map<std::string, SinkCore::Target>::iterator> SinkCore::targets_in_turn() {
    std::vector<std::map<std::string, Target>::iterator> turn;
    turn.reserve(targets_.size());
    const auto first = targets_.upper_bound(last_served_);
    for (auto target = first; target != targets_.end(); ++target) turn.push_back(target);
    for (auto target = targets_.begin(); target != first; ++target) turn.push_back(target);
    return turn;
}

void SinkCore::start_batches(Target& target, const std::string& connection, Clock::Monotonic now) {
    const int begun_max = options_.runtime.calls_max + ahead_;
    while (target.running() && fault_.empty() && target.wait_until <= now && std::cmp_less(begun_, begun_max)) {
        const auto action = next_action(target, now);
        if (!action) return;
        target.last_action = *action;
        fill_batch(target, connection, *action, now);
        const auto list = target.ready.find(*action);
        if (list != target.ready.end() && list->second.empty()) target.ready.erase(list);
    }
}

// The kind with the fewest batches begun comes next, and among equals they take turns: neither prices nor slow calls
// keep another kind waiting for all places.  A batch that can still grow is not made ahead of its place, unless another
// kind would take that place first, nor right after the one before it.
std::optional<events::Command::ActionCase> SinkCore::next_action(const Target& target, Clock::Monotonic now) const {
    const int begun = static_cast<int>(target.begun.size());
    const int limit = limit_of(target);
    const bool alone = target.ready.size() == 1;
    const int ahead = target.failures >= kBreakerAfter ? 0 : std::min(target.ahead, kAheadPerPlace * limit);
    if (begun >= limit + ahead) return std::nullopt;
    std::optional<events::Command::ActionCase> best;
    std::ptrdiff_t fewest = 0;
    auto next = target.ready.upper_bound(target.last_action);
    for (std::size_t i = 0; i < target.ready.size(); ++i, ++next) {
        if (next == target.ready.end()) next = target.ready.begin();
        const auto rule = std::ranges::find(options_.rules, next->first, &ActionRule::action);
        const bool full = next->second.size() >= static_cast<std::size_t>(std::max(1, rule->batch_max));
        const auto gather = target.gather_until.find(next->first);
        const bool gathered = gather == target.gather_until.end() || gather->second <= now;
        if (!full && (!gathered || (begun >= limit && alone))) continue;
        if (alone) return next->first;
        const std::ptrdiff_t of_it =
            std::ranges::count(target.begun, next->first, [](const auto& batch) { return batch.second; });
        if (!best || of_it < fewest) {
            best = next->first;
            fewest = of_it;
        }
    }
    return best;
}

void SinkCore::fill_batch(Target& target, const std::string& connection, events::Command::ActionCase action,
                          Clock::Monotonic now) {
    std::vector<std::unique_ptr<Item>> batch;
    const auto rule = std::ranges::find(options_.rules, action, &ActionRule::action);
    const bool single = rule->batch_max <= 1;
    auto batch_max = static_cast<std::size_t>(std::max(1, rule->batch_max));
    while (batch.size() < batch_max && target.running() && fault_.empty() && !target.ready[action].empty()) {
        const std::string key = single ? target.ready[action].take_oldest() : target.ready[action].take_next();
        const auto found = units_.find(key);
        if (found == units_.end()) continue;
        Unit& unit = found->second;
        unit.queued = false;
        if (unit.waiting.empty() || unit.waiting.front()->command.action_case() != action) {
            offer(key);  // a newer command changed its head meanwhile
            continue;
        }
        std::unique_ptr<Item> item = std::move(unit.waiting.front());
        unit.waiting.pop_front();
        unit.busy = true;
        item->active = true;
        // By the clock as it is now, as `offer` looks at it: in a slow turn one of the two would else call due what the
        // other puts off, for ever.
        switch (examine(*item, *rule, clock_.monotonic())) {
            case Next::kSend: batch.push_back(std::move(item)); break;
            case Next::kFind: {
                std::vector<std::unique_ptr<Item>> one;
                one.push_back(std::move(item));
                begin_batch(target, connection, std::move(one), true);
                if (static_cast<int>(target.begun.size()) >= limit_of(target)) batch_max = batch.size();
                break;
            }
            case Next::kLater: give_back(std::move(item)); break;
            case Next::kDrop: drop(std::move(item), Count::kRepeated); break;
            case Next::kKnown: {
                auto known = known_.extract(OutcomeKey{item->journal_key, item->command.sequence()});
                uncommitted_.emplace_back(known.key(), known.mapped());
                react(std::move(item), taken(known.mapped().answer), false);
                break;
            }
        }
    }
    if (batch.empty()) return;
    if (rule->gather.count() > 0) target.gather_until[action] = now + rule->gather;
    begin_batch(target, connection, std::move(batch), false);
}

SinkCore::Next SinkCore::examine(Item& item, const ActionRule& rule, Clock::Monotonic now) {
    const std::optional<Effect> journal = journal_of(item);
    if (item.command.native_id().empty() && journal) item.command.set_native_id(journal->native_id());
    const auto known = known_.find(OutcomeKey{item.journal_key, item.command.sequence()});
    if (known != known_.end() && !known->second.answer) {
        item.cleared = true;
        known_.erase(known);
    }
    if (!fault_.empty()) return Next::kLater;
    const Verdict verdict = judge(journal, item, rule.write);
    if (verdict == Verdict::kDrop) return Next::kDrop;
    if (known_.contains(OutcomeKey{item.journal_key, item.command.sequence()})) return Next::kKnown;
    if (verdict == Verdict::kSend) {
        item.cleared = true;
        item.in_doubt = false;
        return Next::kSend;
    }
    const Clock::Monotonic sent = journal ? last_send_of(item, *journal, now) : now;
    if (verdict == Verdict::kSettle) {
        item.cleared = true;
        item.due = sent + std::max(rule.settle, options_.runtime.write_settle);
        item.in_doubt = item.due > now;
        return item.in_doubt ? Next::kLater : Next::kSend;
    }
    item.in_doubt = true;
    if (!item.waited) {
        item.waited = true;
        item.sent = std::max(item.sent, sent);
        item.due = std::min(sent, now) + std::max(rule.settle, options_.runtime.lookup_delay);
    }
    return item.due <= now ? Next::kFind : Next::kLater;
}

// The latest moment at which the attempt in the journal may leave.  Of another owner or an earlier life: the end of its
// window, counted from when we took over by our own monotonic clock.  Of this one, with nothing remembered of it: now.
Clock::Monotonic SinkCore::last_send_of(const Item& item, const Effect& journal, Clock::Monotonic now) const {
    const auto slot = slots_.find(item.slot);
    if (slot == slots_.end() || journal.written_at_ms() >= slot->second.since_ms) return now;
    return slot->second.since + leave_window();
}

void SinkCore::begin_batch(Target& target, const std::string& connection, std::vector<std::unique_ptr<Item>> items,
                           bool lookup) {
    const std::uint64_t id = next_batch_++;
    ++begun_;
    Batch batch{.connection = connection, .slot = items.front()->slot, .lookup = lookup, .items = std::move(items)};
    target.begun.emplace(id, batch.items.front()->command.action_case());
    target.prepared.push_back(id);
    if (lookup) {  // reads only: needs no journal entry
        batch.stage = Batch::Stage::kReady;
    } else {
        for (const std::unique_ptr<Item>& item : batch.items) {
            if (!std::exchange(item->journaled, true)) item->journal_before = stored_journal(*item);
            write_journal(*item, internal::v1::EFFECT_STATE_SENDING, nullptr);
        }
        writes_.journals = true;
    }
    batches_.emplace(id, std::move(batch));
}

std::vector<SinkCore::Call> SinkCore::take_calls() {
    const Clock::Monotonic now = clock_.monotonic();
    std::vector<Call> calls;
    for (const auto& place : targets_in_turn()) {
        if (!place->second.prepared.empty()) take_calls(place->second, now, calls);
    }
    return calls;
}

void SinkCore::take_calls(Target& target, Clock::Monotonic now, std::vector<Call>& calls) {
    const std::deque<std::uint64_t> prepared = target.prepared;
    for (const std::uint64_t id : prepared) {
        const Batch& batch = batches_.at(id);
        if (batch.stage != Batch::Stage::kReady || now <= batch.send_before) continue;
        call_off(id);
        target.ahead /= 2;
        ahead_ /= 2;
    }
    while (target.in_flight() < limit_of(target) && calling_ < options_.runtime.calls_max && target.wait_until <= now) {
        const auto id = next_call(target);
        if (!id) return;
        calls.push_back(take_call(target, *id));
    }
}

// The oldest of the kind that has the fewest calls under way.
std::optional<std::uint64_t> SinkCore::next_call(const Target& target) const {
    std::map<events::Command::ActionCase, int> calling;
    for (const auto& [id, action] : target.begun) ++calling[action];
    for (const std::uint64_t id : target.prepared) --calling[target.begun.at(id)];
    std::optional<std::uint64_t> best;
    for (const std::uint64_t id : target.prepared) {
        if (batches_.at(id).stage != Batch::Stage::kReady) continue;
        if (!best || calling[target.begun.at(id)] < calling[target.begun.at(*best)]) best = id;
    }
    return best;
}

SinkCore::Call SinkCore::take_call(Target& target, std::uint64_t id) {
    Batch& batch = batches_.at(id);
    batch.stage = Batch::Stage::kCalling;
    std::erase(target.prepared, id);
    last_served_ = batch.connection;
    ++calling_;
    ahead_ = std::min(ahead_ + 1, options_.runtime.calls_max);
    target.ahead = std::min(target.ahead + 1, kAheadPerPlace * target.concurrency);
    Call call{.id = id,
              .slot = batch.slot,
              .connection = batch.connection,
              .lookup = batch.lookup,
              .send_before = batch.send_before,
              .leave_before = batch.leave_before};
    for (const std::unique_ptr<Item>& item : batch.items) {
        item->called_at_ms = clock_.now_ms();
        if (!batch.lookup) item->sent = batch.send_before;
        call.commands.push_back(item->command);
    }
    return call;
}

void SinkCore::call_off(Target& target, std::int32_t slot) {
    const std::deque<std::uint64_t> prepared = target.prepared;
    for (const std::uint64_t id : prepared) {
        if (batches_.at(id).slot == slot) call_off(id);
    }
}

// Nothing of it was sent: the journal says again what it said before.
void SinkCore::call_off(std::uint64_t id) {
    Batch batch = std::move(batches_.extract(id).mapped());
    target_of(batch.connection).forget(id);
    for (std::unique_ptr<Item>& item : batch.items) {
        if (!batch.lookup) take_back(*item);
        give_back(std::move(item));
    }
}

// Nothing of it is under way, nor can it be.
void SinkCore::take_back(Item& item) {
    if (!std::exchange(item.journaled, false)) return;
    if (item.journal_before)
        effects_.put(item.slot, item.journal_key, taken(item.journal_before));
    else
        effects_.remove(item.slot, item.journal_key);
    writes_.urgent = true;
}

std::optional<Clock::Monotonic> SinkCore::next_due() const {
    std::optional<Clock::Monotonic> due;
    if (!timers_.empty()) due = timers_.begin()->first;
    const Clock::Monotonic now = clock_.monotonic();
    for (const auto& [connection, target] : targets_) {
        const bool waits = !target.ready.empty() || !target.prepared.empty();
        if (target.wait_until > now && waits) due = std::min(due.value_or(target.wait_until), target.wait_until);
        for (const auto& [action, units] : target.ready) {
            const auto gather = target.gather_until.find(action);
            if (gather != target.gather_until.end() && gather->second > now)
                due = std::min(due.value_or(gather->second), gather->second);
        }
    }
    return due;
}

}  // namespace shopwire::runtime

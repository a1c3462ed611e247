// Slots come and go: all partitions of one number, of both lanes and of every store, together.
#include <algorithm>
#include <array>

#include "common/log/log.h"
#include "common/runtime/sink_loop.h"

namespace shopwire::runtime {
namespace {

constexpr std::chrono::seconds kOpenMax{60};
constexpr std::chrono::seconds kHandOverMax{10};
constexpr std::chrono::milliseconds kHandOverLook{5};

std::set<std::int32_t> slots_of(const kafka::Consumer::Partitions& partitions) {
    std::set<std::int32_t> slots;
    for (const kafka::Partition& partition : partitions) slots.insert(partition.number);
    return slots;
}

}  // namespace

void SinkLoop::track_from(const kafka::Offsets& offsets) {
    for (const auto& [partition, offset] : offsets) tracker_.start(partition, offset);
}

Result<kafka::Offsets> SinkLoop::assign(const kafka::Consumer::Partitions& partitions) {
    if (transaction_maker_.joinable()) transaction_maker_.join();
    if (!transaction_status_) {
        const bool stopping = transaction_status_.error().kind == ErrorKind::kTransient;
        if (!stopping) fail("taking the transactional id: " + transaction_status_.error().message);
        return std::unexpected(transaction_status_.error());
    }
    if (needs_init_) {
        if (const Status again = transaction_->init(kInitMax); !again) return std::unexpected(again.error());
        needs_init_ = false;
    }
    const Clock::Monotonic begun = clock_.monotonic();
    const std::set<std::int32_t> slots = slots_of(partitions);
    // KAFKA-10167: the offsets first, then the changelogs past their end.  Every start is stated, so that every commit
    // carries offsets: without them it would carry no group generation, and the broker could not refuse it from an
    // owner that was replaced.
    Result<kafka::Offsets> offsets = consumer_->starts(partitions, kCommittedMax);
    if (!offsets) return offsets;
    note_progress();
    if (const Status opened = open_slots(slots, false); !opened) return std::unexpected(opened.error());
    track_from(*offsets);
    for (const ConnectionPtr& connection : connections_.all()) configure_sink(core_, *connection);
    for (const std::int32_t slot : slots) core_.open_slot(slot);
    core_.forget_closed_slots();
    paused_ = false;
    {
        const std::scoped_lock lock(mutex_);
        slots_.insert(slots.begin(), slots.end());
    }
    assigned_ = true;
    if (options_.on_slots) options_.on_slots(this->slots());
    metrics_.rebalances.add();
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(clock_.monotonic() - begun);
    log::info("slots assigned", {{"count", static_cast<std::int64_t>(slots.size())}, {"restore_ms", took.count()}});
    return offsets;
}

// Each store is used by one thread at a time, and four at once.
Status SinkLoop::open_slots(const std::set<std::int32_t>& slots, bool again) {
    const std::scoped_lock lock(snapshots_mutex_);
    const std::array<state::Store*, 4> stores{effects_.get(), parked_.get(), cursors_.get(), snapshots_.get()};
    std::array<Status, 4> results{};
    {
        std::vector<std::jthread> threads;
        threads.reserve(stores.size());
        for (std::size_t i = 0; i < stores.size(); ++i) {
            threads.emplace_back([this, &slots, again, store = stores[i], &result = results[i]] {
                for (const std::int32_t slot : slots)
                    if (again) store->close(slot);
                result = store->open(options_.kafka, slots, kOpenMax);
            });
        }
    }
    for (const Status& result : results) {
        if (result) continue;
        log::error("restoring state", {{"error", result.error()}});
        return result;
    }
    return {};
}

// The next owner cannot know how a call of ours ends: it would wait until nothing can land any more, look it up, and
// meanwhile add its own calls to ours.  The whole group waits here, so it has a bound.
void SinkLoop::await_calls() {
    const Clock::Monotonic end = clock_.monotonic() + kHandOverMax;
    while (!leaving_ && core_.call_count() > 0 && clock_.monotonic() < end) {
        clock_.sleep_for(kHandOverLook, {});
        take_mail();
        note_progress();
    }
}

// False: a commit failed.  Then nothing may be committed any more, for the offsets would go past what that one lost.
bool SinkLoop::hand_over(const std::set<std::int32_t>& slots) {
    const auto settle = [&] {
        for (const std::int32_t slot : slots) core_.withdraw(slot);
        return core_.fault().empty() && commit_if_needed(true);
    };
    take_mail();
    if (!settle()) return false;
    await_calls();
    return settle();
}

void SinkLoop::release(const kafka::Consumer::Partitions& partitions, bool lost) {
    ++tenure_;
    note_progress();
    const std::set<std::int32_t> slots = slots_of(partitions);
    releasing_ = !lost && fatal().empty();
    const bool settled = releasing_ && hand_over(slots);
    releasing_ = false;
    if (!settled) {
        for (state::Store* store : {effects_.get(), parked_.get(), cursors_.get()}) store->rollback();
        if (transaction_ && transaction_->open()) {
            if (const Status aborted = transaction_->abort(); !aborted)
                log::warning("aborting", {{"error", aborted.error()}});
        }
        static_cast<void>(core_.take_writes());
    }
    answer_saves(cancelled("the slot moved"));
    for (const std::int32_t slot : slots) core_.close_slot(slot);
    for (const kafka::Partition& partition : partitions) tracker_.forget(partition);
    {
        const std::scoped_lock lock(snapshots_mutex_);
        snapshots_->rollback();  // of a commit that failed; else nothing is left
        snapshots_written_ = false;
        for (const std::int32_t slot : slots) {
            for (state::Store* store : {effects_.get(), parked_.get(), cursors_.get(), snapshots_.get()})
                store->close(slot);
        }
    }
    {
        const std::scoped_lock lock(mutex_);
        for (const std::int32_t slot : slots) slots_.erase(slot);
    }
    assigned_ = !this->slots().empty();
    if (options_.on_slots) options_.on_slots(this->slots());
    log::info(lost ? "slots lost" : "slots given up", {{"count", static_cast<std::int64_t>(slots.size())}});
}

}  // namespace shopwire::runtime

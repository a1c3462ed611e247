// One transaction: results, journal, parked records, cursors and offsets become visible together, or nothing does.
#include <algorithm>

#include "common/log/log.h"
#include "common/runtime/crash_point.h"
#include "common/runtime/sink_loop.h"

namespace shopwire::runtime {
namespace {

constexpr std::chrono::milliseconds kOffsetsOnlyAfter{500};  // nobody waits for those
// While calls are under way a result waits that long for a journal entry or another result to share its transaction.
constexpr std::chrono::milliseconds kResultsAfter{10};
constexpr Clock::Monotonic::duration kRestMost = std::chrono::milliseconds(50);
constexpr std::chrono::milliseconds kRetryFirst{200};
constexpr std::chrono::milliseconds kRetryMax{5'000};
constexpr int kRecoverAttempts = 50;

}  // namespace

bool SinkLoop::commit_if_needed(bool force) {
    const SinkCore::Writes& writes = core_.writes();
    if (writes.empty() && saves_.empty()) return true;
    if (writes.urgent && !commit_wanted_) commit_wanted_ = clock_.monotonic();
    const auto due = commit_due();
    if (saves_.empty() && !force && due && *due > clock_.monotonic()) return true;
    if (!assigned_.load()) {
        answer_saves(transient("saving state: no slot is assigned"));
        return true;
    }
    return commit();
}

// Calls wait for their journal entries, a lone result for nothing; what only moves offsets has time.  A transaction
// that took long tells of a busy broker: after it we rest as long, so that the next one is larger instead of one more.
std::optional<Clock::Monotonic> SinkLoop::commit_due() const {
    const SinkCore::Writes& writes = core_.writes();
    const Clock::Monotonic rested = last_commit_ + std::min(last_took_, kRestMost);
    if (writes.journals) return rested;
    if (writes.urgent)
        return core_.call_count() > 0 ? std::max(rested, commit_wanted_.value_or(clock_.monotonic()) + kResultsAfter)
                                      : rested;
    if (!writes.empty()) return last_commit_ + kOffsetsOnlyAfter;
    return std::nullopt;
}

bool SinkLoop::commit() {
    const Clock::Monotonic begun = clock_.monotonic();
    commit_wanted_.reset();
    const SinkCore::Writes writes = core_.take_writes();
    if (writes.journals) crash_point("sink.before_journal_commit");
    if (!writes.records.empty()) crash_point("sink.before_result_commit");
    if (writes.parks) crash_point("sink.before_parked_write");
    put_saves();
    const Result<kafka::Transaction::Committed> done = send_and_commit(writes);
    last_commit_ = clock_.monotonic();
    last_took_ = last_commit_ - begun;
    metrics_.transaction_duration.observe(std::chrono::duration<double>(last_took_).count());
    if (!done) {
        recover(done.error());
        return false;
    }
    if (writes.journals) crash_point("sink.after_journal_commit");
    if (!writes.records.empty()) crash_point("sink.after_result_commit");
    if (writes.parks) crash_point("sink.after_parked_write");
    committed(*done, begun);
    return true;
}

Result<kafka::Transaction::Committed> SinkLoop::send_and_commit(const SinkCore::Writes& writes) {
    if (!transaction_) return rejected("committing: there is no transaction");
    for (const kafka::Record& record : writes.records) {
        if (const Status sent = transaction_->send(record); !sent) return std::unexpected(sent.error());
    }
    for (state::Store* store : {effects_.get(), parked_.get(), cursors_.get()}) {
        if (const Status flushed = store->flush(*transaction_); !flushed) return std::unexpected(flushed.error());
    }
    if (snapshots_written_) {
        const std::scoped_lock lock(snapshots_mutex_);
        if (const Status flushed = snapshots_->flush(*transaction_); !flushed) return std::unexpected(flushed.error());
    }
    for (const auto& [partition, offset] : writes.done) tracker_.done(partition, offset);
    return transaction_->commit(tracker_.low(), *consumer_->group_metadata(), {});
}

void SinkLoop::committed(const kafka::Transaction::Committed& where, Clock::Monotonic begun) {
    Status status{};
    for (state::Store* store : {effects_.get(), parked_.get(), cursors_.get()}) {
        if (const Status ok = store->committed(where); !ok) status = ok;
    }
    if (snapshots_written_) {
        const std::scoped_lock lock(snapshots_mutex_);
        if (const Status ok = snapshots_->committed(where); !ok) status = ok;
        snapshots_written_ = false;
    }
    // The changelog has it; a local store that cannot take it is of no use any more.
    if (!status) fail("writing committed state: " + status.error().message);
    setbacks_ = 0;
    core_.committed(begun);
    answer_saves({});
}

void SinkLoop::put_saves() {
    for (const SavePtr& save : saves_) {
        if (!cursors_->is_open(save->slot)) {
            const std::scoped_lock lock(mutex_);
            save->answer = cancelled("the slot moved");
            answered_.notify_all();
            continue;
        }
        for (StateWrite& write : save->writes) {
            const bool is_row = write.store == SlotStore::kSnapshots;
            std::unique_lock<std::mutex> lock(snapshots_mutex_, std::defer_lock);
            if (is_row) lock.lock();
            snapshots_written_ = snapshots_written_ || is_row;
            state::Store& store = is_row ? *snapshots_ : *cursors_;
            if (write.value)
                store.put(save->slot, write.key, *write.value);
            else
                store.remove(save->slot, write.key);
        }
    }
}

void SinkLoop::answer_saves(const Status& status) {
    if (saves_.empty()) return;
    const std::scoped_lock lock(mutex_);
    for (const SavePtr& save : saves_) {
        if (!save->answer) save->answer = status;
    }
    saves_.clear();
    answered_.notify_all();
}

// Nothing of this transaction counts.  What is in memory goes; what is known of calls that were made stays in the core.
void SinkLoop::recover(const Error& error) {
    log::warning("transaction failed", {{"kind", name_of(error.kind)}, {"error", error}});
    metrics_.transactions_failed.add();
    answer_saves(transient("saving state: " + error.message));
    for (state::Store* store : {effects_.get(), parked_.get(), cursors_.get()}) store->rollback();
    if (snapshots_written_) {
        const std::scoped_lock lock(snapshots_mutex_);
        snapshots_->rollback();
        snapshots_written_ = false;
    }
    bool reopen = false;
    if (error.kind == ErrorKind::kTransient) {
        if (transaction_ && transaction_->open()) reopen = !transaction_->abort().has_value();
    } else {
        reopen = true;
    }
    if (releasing_) {  // the slots go anyway; the next assignment begins anew
        needs_init_ = reopen;
        return;
    }
    // What fails again and again, as without a right, shall not fill the log.
    if (setbacks_++ > 0) clock_.sleep_for(retry_wait(setbacks_ - 2), thread_.get_stop_token());
    for (int attempt = 0, in_vain = 0; in_vain < kRecoverAttempts; ++attempt) {
        note_progress();
        const bool open = !reopen || (transaction_ && transaction_->init(kInitMax));
        if (open && reread(reopen)) return;
        if (!clock_.sleep_for(retry_wait(attempt), thread_.get_stop_token())) break;
        if (!options_.is_refused || !options_.is_refused()) ++in_vain;
    }
    fail("recovering from a failed transaction: " + error.message);
}

std::chrono::milliseconds SinkLoop::retry_wait(int attempt) {
    return backoff(attempt, kRetryFirst, kRetryMax, random_chance());
}

// Back to the committed offsets.  After an unknown commit the stores read the changelog again, past what was fetched
// before.
bool SinkLoop::reread(bool reopen) {
    const kafka::Consumer::Partitions partitions = consumer_->assignment();
    const Result<kafka::Offsets> offsets = consumer_->starts(partitions, kCommittedMax);
    if (!offsets) {
        log::warning("fetching committed offsets", {{"error", offsets.error()}});
        return false;
    }
    track_from(*offsets);
    if (reopen) {
        if (const Status opened = open_slots(slots(), true); !opened) return false;
    }
    core_.reset();
    if (const Status sought = consumer_->seek(*offsets); !sought) {
        log::warning("seeking back", {{"error", sought.error()}});
        return false;
    }
    return true;
}

}  // namespace shopwire::runtime

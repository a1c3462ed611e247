// The thread that owns consumer, transaction and state: it feeds SinkCore with records and answers, commits what the
// core wants written, and hands the calls to workers.  Sources reach the state of their slots through it.
//
// `start` and `stop` from one thread; StateAccess, `ask` and the status getters from any.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <semaphore>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "common/kafka/consumer.h"
#include "common/kafka/offset_tracker.h"
#include "common/kafka/transaction.h"
#include "common/runtime/connections.h"
#include "common/runtime/sink_core.h"
#include "common/runtime/state_access.h"
#include "common/runtime/worker_pool.h"
#include "common/state/store.h"

namespace shopwire::runtime {

// A connection whose connector has no sink counts as not configured: its records park.
void configure_sink(SinkCore& core, const LiveConnection& connection);

class SinkLoop final : public StateAccess {
 public:
    struct Options {
        std::string system{};
        std::string pod{};  // static member and transactional id
        kafka::ClientConfig kafka{};
        config::RuntimeSettings runtime{};
        std::vector<ActionRule> rules{};
        // On the loop's thread: which slots are ours from now on.  Must not block.
        std::function<void(const std::set<std::int32_t>& slots)> on_slots{};
        std::function<bool()> is_refused{};  // Kafka refuses us what we need, which is told: that is waited for
    };
    SinkLoop(Options options, Connections& connections, state::Database& database, Clock& clock,
             RuntimeMetrics& metrics);
    ~SinkLoop() override;

    // `prepare` runs here while the loop joins its group; nothing is taken over before it returned.
    void start(const std::function<void()>& prepare = {});
    // Nothing new is sent; waits for what is under way, commits, leaves.  Bounded by `deadline`.
    void stop(std::chrono::milliseconds deadline);

    // Runs on the loop's thread, between two steps.  False: the loop did not answer in time.
    bool ask(std::function<void(SinkCore&)> question, std::chrono::milliseconds limit);
    void tell(std::function<void(SinkCore&)> order);
    // How far each partition is read: what lies before is done, in the core's hands or parked.  Inside a question
    // alone.
    kafka::Offsets read_to() const { return tracker_.next(); }

    bool assigned() const { return assigned_.load(); }
    std::set<std::int32_t> slots() const;
    // When the loop last turned, and how much it got done: for the watchdog.
    Clock::Monotonic last_turn() const { return Clock::Monotonic(Clock::Duration(last_turn_.load())); }
    // Why it cannot go on without a restart; empty while it can.
    std::string fatal() const;

    Result<std::optional<std::string>> load_cursor(std::int32_t slot, const std::string& key,
                                                   std::stop_token stop) override;
    Status save(std::int32_t slot, std::vector<StateWrite> writes, std::stop_token stop) override;
    Status scan_snapshots(std::int32_t slot, const std::string& prefix,
                          const std::function<void(std::string_view, std::string_view)>& each) override;

 private:
    static constexpr std::chrono::seconds kCommittedMax{10};
    static constexpr std::chrono::seconds kInitMax{10};  // who stops waits that long

    struct SaveRequest {
        std::int32_t slot = 0;
        std::vector<StateWrite> writes{};
        std::optional<Status> answer{};
    };
    // Shared: a caller that gave up waiting leaves the request behind.
    using SavePtr = std::shared_ptr<SaveRequest>;

    void run(std::stop_token stop);
    void connect(std::stop_token stop);
    void turn(bool stopping);
    void take_mail();
    void read_records(bool stopping);
    void press_back();
    void measure();
    void wake();
    void leave();

    // sink_commit.cpp
    bool commit_if_needed(bool force);  // false: a commit failed, and nothing counts that was to be written
    std::optional<Clock::Monotonic> commit_due() const;
    bool commit();
    Result<kafka::Transaction::Committed> send_and_commit(const SinkCore::Writes& writes);
    void committed(const kafka::Transaction::Committed& where, Clock::Monotonic begun);
    void recover(const Error& error);
    bool reread(bool reopen);
    void answer_saves(const Status& status);
    static std::chrono::milliseconds retry_wait(int attempt);
    void put_saves();

    // sink_slots.cpp
    Result<kafka::Offsets> assign(const kafka::Consumer::Partitions& partitions);
    Status open_slots(const std::set<std::int32_t>& slots, bool again);
    void release(const kafka::Consumer::Partitions& partitions, bool lost);
    bool hand_over(const std::set<std::int32_t>& slots);
    void await_calls();
    void note_progress();
    void track_from(const kafka::Offsets& offsets);

    // sink_calls.cpp
    void dispatch(std::vector<SinkCore::Call> calls);
    SinkCore::Completion execute(const SinkCore::Call& call, std::uint64_t tenure, std::stop_token stop);

    std::chrono::milliseconds poll_wait() const;
    void fail(const std::string& why);

    const Options options_;
    Connections& connections_;
    Clock& clock_;
    RuntimeMetrics& metrics_;
    const std::unique_ptr<state::Store> effects_;
    const std::unique_ptr<state::Store> parked_;
    const std::unique_ptr<state::Store> cursors_;
    const std::unique_ptr<state::Store> snapshots_;
    std::mutex snapshots_mutex_{};  // a scan of a million rows holds it; the loop takes it only when rows are written
    SinkCore core_;
    kafka::OffsetTracker tracker_{};
    std::unique_ptr<kafka::Transaction> transaction_{};
    std::unique_ptr<kafka::Consumer> consumer_{};
    Status transaction_status_{};
    std::jthread transaction_maker_{};  // init waits for the broker while the group is joined; sets the status
    bool paused_ = false;
    bool snapshots_written_ = false;
    bool releasing_ = false;  // inside a revocation
    bool leaving_ = false;  // the calls under way were waited for
    bool needs_init_ = false;  // the transactional id, before it is used again
    int setbacks_ = 0;  // transactions that failed in a row
    Clock::Monotonic last_commit_{};
    Clock::Monotonic next_measure_{};
    Clock::Monotonic::duration last_took_{};
    std::optional<Clock::Monotonic> commit_wanted_{};  // since when something urgent waits for the next transaction
    std::vector<SavePtr> saves_{};  // in the next transaction

    std::atomic<bool> assigned_{false};
    std::atomic<std::uint64_t> tenure_{0};  // counts revocations: a call of an older one is not begun
    std::atomic<std::int64_t> last_turn_{0};
    std::atomic<kafka::Consumer*> waker_{nullptr};  // consumer_, once it is there
    mutable std::mutex mutex_{};  // guards what follows
    std::condition_variable_any answered_{};
    std::vector<SinkCore::Completion> completions_{};
    std::vector<SavePtr> save_requests_{};
    std::vector<std::function<void(SinkCore&)>> orders_{};
    std::set<std::int32_t> slots_{};
    std::string fatal_{};
    bool left_ = false;
    std::unique_ptr<WorkerPool> pool_;
    std::binary_semaphore prepared_{0};
    std::jthread thread_{};  // last
};

}  // namespace shopwire::runtime

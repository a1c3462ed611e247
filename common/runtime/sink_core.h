// What the sink decides: which command is sent when, what its answer means, what is journaled, parked, dropped.
//
// Knows no Kafka client, no HTTP and no thread.  Its owner feeds records, answers and time, carries what it wants
// written in one transaction, and reports how that ended.  One thread.
//
// Nothing is sent before its journal entry SENDING is committed.  When a commit fails the owner resets the core and
// reads again from the committed offsets; answers that had come by then are remembered, so that no call is repeated
// whose outcome is known.
//
// Entries are written ahead of the calls, so that a free place never waits for a commit.  What could not be sent before
// its deadline, or whose connection stopped, goes back to where it came from: nothing of it left.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "common/config/installation.h"
#include "common/core/clock.h"
#include "common/kafka/record.h"
#include "common/runtime/connector.h"
#include "common/runtime/ready_list.h"
#include "common/runtime/runtime_metrics.h"
#include "common/runtime/sink_item.h"
#include "common/state/store.h"

namespace shopwire::runtime {

class SinkCore {
 public:
    struct Options {
        std::string system{};
        std::vector<ActionRule> rules{};
        config::RuntimeSettings runtime{};
        std::size_t items_per_connection_max = 5'000;  // in memory; more go to the parked store until there is room
        // Told whenever a connection stops or runs again.
        std::function<void(const std::string& connection, const std::string& stopped)> on_state{};
    };
    // All references outlive the core.
    SinkCore(Options options, state::Store& effects, state::Store& parked, Clock& clock, RuntimeMetrics& metrics);

    // --- connections ---
    // Until it is configured, the records of a connection park.
    void configure(const std::string& connection, int concurrency);
    void unconfigure(const std::string& connection);
    void stop_connection(const std::string& connection, const std::string& why, bool for_auth);
    void resume_connection(const std::string& connection);  // what parked meanwhile is drained in order
    void heal_connection(const std::string& connection);  // a probe succeeded: resumes what stopped for its key

    // --- slots ---
    void open_slot(std::int32_t slot);  // REQUIRES: both stores are open there.  Restores what is parked
    // Before it is given up in order: of what was not called, or surely did not land, the journal says again what it
    // said before.  Thus the next owner need not ask whether it landed.
    void withdraw(std::int32_t slot);
    // Drops it; answers of calls under way are remembered in case it comes back.  Another owner may have had it
    // meanwhile, so that "nothing was sent" holds no longer for what the journal says.
    void close_slot(std::int32_t slot);
    void forget_closed_slots();  // it did not come back
    // After a failed commit, when the stores are rolled back: drops and restores every open slot and all writes.
    void reset();

    // --- what goes in ---
    void read(const kafka::Record& record);
    struct Completion {
        std::uint64_t id = 0;
        std::vector<Answer> answers{};  // in the order of the call's commands
        bool not_sent = false;  // the deadline had passed or the slot moved: nothing left
    };
    void complete(Completion completion);
    // Starts what is due.  Call after feeding.  False with `stopping`: nothing new is started.
    void schedule(bool stopping = false);
    // What was taken is durable.  `begun`: when its commit began; deadlines count from there, for the process may have
    // slept meanwhile.
    void committed(Clock::Monotonic begun);

    // --- what comes out ---
    struct Writes {
        std::vector<kafka::Record> records{};
        std::vector<std::pair<kafka::Partition, std::int64_t>> done{};
        bool urgent = false;  // soon: results, what parks, what was set aside
        bool journals = false;  // at once: calls wait for it
        bool parks = false;
        bool empty() const { return records.empty() && done.empty() && !urgent; }
    };
    const Writes& writes() const { return writes_; }
    Writes take_writes() { return std::exchange(writes_, {}); }
    struct Call {
        std::uint64_t id = 0;
        std::int32_t slot = 0;
        std::string connection{};
        bool lookup = false;
        std::vector<events::Command> commands{};
        Clock::Monotonic send_before{};  // past it another owner may have the slot: the call is not begun
        Clock::Monotonic leave_before{};  // past it that owner may come to write itself: no request of it leaves
    };
    // Those whose journal entry is durable and for which there is a place.  What waited past its deadline goes back.
    std::vector<Call> take_calls();
    std::optional<Clock::Monotonic> next_due() const;

    // --- for operators ---
    struct TargetState {
        std::string connection{};
        std::string stopped{};  // empty: running
        bool stopped_for_auth = false;
        std::size_t items = 0;
        std::size_t parked = 0;
        int in_flight = 0;
        std::string last_error{};
    };
    std::vector<TargetState> targets() const;
    std::vector<Parked> parked_list(std::size_t max, const std::string& connection = {}) const;  // empty: of all
    bool retry_parked(const std::string& unit);  // now.  False: nothing of it is parked here
    bool discard_parked(const std::string& unit);  // for good; answered DISCARDED

    // Sets the age of the oldest command of each connection.  Goes over all that are in memory: not each turn.
    void measure_age();

    // Why nothing may be written or sent any more: the journal cannot be read.  Empty: all is well.
    const std::string& fault() const { return fault_; }
    std::size_t item_count() const { return items_; }
    std::size_t call_count() const { return batches_.size() + orphans_.size(); }
    // Attempts and deferrals that ended: the watchdog's sign of life.
    std::uint64_t progress() const { return progress_; }

 private:
    struct Target {  // one connection
        int concurrency = 0;
        std::int32_t slot = -1;
        bool configured = false;
        bool stopped_for_auth = false;
        std::string stopped{};
        std::map<std::uint64_t, events::Command::ActionCase> begun{};  // batches that are prepared or called
        std::deque<std::uint64_t> prepared{};  // of those, the ones that are not called yet, the oldest first
        int ahead = 0;  // how many of those more than there are places; what they waited in vain makes it smaller
        int failures = 0;  // transient ones in a row: past kBreakerAfter one call at a time
        Clock::Monotonic wait_until{};
        std::map<events::Command::ActionCase, ReadyList> ready{};
        std::map<events::Command::ActionCase, Clock::Monotonic> gather_until{};  // see ActionRule::gather
        events::Command::ActionCase last_action = events::Command::ACTION_NOT_SET;
        std::deque<std::string> drain{};  // units with parked records that are to come back in order
        std::size_t items = 0;
        std::size_t parked = 0;
        std::string last_error{};
        ConnectionMetrics* metrics = nullptr;
        bool running() const { return configured && stopped.empty(); }
        int in_flight() const { return static_cast<int>(begun.size() - prepared.size()); }  // calls under way
        void forget(std::uint64_t batch) {
            begun.erase(batch);
            std::erase(prepared, batch);
        }
    };
    struct Unit {  // one key of one connection
        std::string connection{};
        std::int32_t slot = 0;
        std::deque<std::unique_ptr<Item>> waiting{};
        bool busy = false;  // one of it is in a batch
        bool queued = false;  // stands in its target's ready list
        bool drain = false;  // what is parked comes back by itself, in order
        bool draining = false;  // stands in its target's drain list
        std::size_t parked = 0;
        std::size_t loaded = 0;  // of the parked ones, in memory
        int attempts = 0;  // of the parked head
        Clock::Monotonic retry_at = Clock::Monotonic::max();
    };
    struct Batch {
        std::string connection{};
        std::int32_t slot = 0;
        bool lookup = false;
        // kJournaling: its entries are not committed yet; kReady: they are, and it waits for a place.
        enum class Stage : std::uint8_t { kJournaling, kReady, kCalling } stage = Stage::kJournaling;
        Clock::Monotonic send_before = Clock::Monotonic::max();
        Clock::Monotonic leave_before = Clock::Monotonic::max();
        std::vector<std::unique_ptr<Item>> items{};
    };
    struct OutcomeKey {
        std::string journal_key{};
        std::uint64_t sequence = 0;
        friend auto operator<=>(const OutcomeKey&, const OutcomeKey&) = default;
    };
    struct Known {  // what a call brought, when its journal entry is not durable yet
        std::int32_t slot = 0;
        std::optional<Answer> answer{};  // none: nothing was sent, or it surely did not land
    };
    struct Orphan {  // a call whose slot was reset under it
        std::int32_t slot = 0;
        std::string connection{};
        bool lookup = false;
        bool lost = false;
        std::vector<OutcomeKey> keys{};
        std::vector<std::string> units{};
    };
    enum class Next : std::uint8_t { kSend, kFind, kLater, kDrop, kKnown };

    // sink_core.cpp
    Target& target_of(const std::string& connection);
    Unit& unit_of(const Item& item);
    const ActionRule* rule_of(const events::Command& command) const;
    std::optional<std::string> stored_journal(const Item& item) const;
    std::optional<Effect> journal_of(const Item& item) const;
    // How long after its journal entry a request may leave; the next owner waits it out before the settling.
    std::chrono::milliseconds leave_window() const;
    void enqueue(std::unique_ptr<Item> item);
    void coalesce(Unit& unit, Item& item);
    void forget_slot(std::int32_t slot);
    void forget_batches(std::int32_t slot);
    void adopt_orphan(Orphan orphan, Completion completion);

    // sink_schedule.cpp
    void offer(const std::string& key);
    void fire_timers(Clock::Monotonic now);
    void start_batches(Target& target, const std::string& connection, Clock::Monotonic now);
    std::optional<events::Command::ActionCase> next_action(const Target& target, Clock::Monotonic now) const;
    void take_calls(Target& target, Clock::Monotonic now, std::vector<Call>& calls);
    std::optional<std::uint64_t> next_call(const Target& target) const;
    Call take_call(Target& target, std::uint64_t id);
    void call_off(Target& target, std::int32_t slot);
    void call_off(std::uint64_t id);
    void take_back(Item& item);
    void fill_batch(Target& target, const std::string& connection, events::Command::ActionCase action,
                    Clock::Monotonic now);
    Next examine(Item& item, const ActionRule& rule, Clock::Monotonic now);
    Clock::Monotonic last_send_of(const Item& item, const Effect& journal, Clock::Monotonic now) const;
    void begin_batch(Target& target, const std::string& connection, std::vector<std::unique_ptr<Item>> items,
                     bool lookup);
    int limit_of(const Target& target) const;
    void share_places(Clock::Monotonic now);
    std::vector<std::map<std::string, Target>::iterator> targets_in_turn();

    // sink_outcome.cpp
    void react(std::unique_ptr<Item> item, Answer answer, bool lookup);
    void applied(std::unique_ptr<Item> item, Applied done);
    bool found_older(Item& item, const Applied& found);
    void not_found(std::unique_ptr<Item> item);
    void failed(std::unique_ptr<Item> item, const Error& error, bool lookup);
    void refused(std::unique_ptr<Item> item, const Error& error);
    void tried(std::unique_ptr<Item> item, const Error& error);
    void ambiguous_outcome(std::unique_ptr<Item> item, Error error, bool lookup);
    void defer(std::unique_ptr<Item> item, Clock::Duration wait);
    void give_back(std::unique_ptr<Item> item);
    void finish(std::unique_ptr<Item> item, commands::v1::Outcome outcome, const std::string& error);
    void finish(std::unique_ptr<Item> item, events::CommandResult result);
    void drop(std::unique_ptr<Item> item, Count why);
    void trace(const Item& item, const events::CommandResult& result) const;
    void write_result(const Item& item, const events::CommandResult& result);
    void write_journal(const Item& item, internal::v1::EffectState state, const events::CommandResult* result);
    void write_dead_letter(std::string_view stage, const kafka::Record& record, const events::Command* command,
                           const Error& error);
    void mark_done(const Item& item);
    void leave(const Item& item);
    void discard(std::unique_ptr<Item> item, const std::string& why);
    void settle_accounts(const Item& item);
    void count(const Item& item, Count what);

    // sink_parking.cpp
    void park(std::unique_ptr<Item> item, const ParkReason& reason, bool announce);
    void park_unit(std::unique_ptr<Item> item, const Error& error);
    void park_target(const std::string& connection);
    void discard_parked_older(const Item& newer);
    bool is_parked(const Item& item) const;
    void restore_slot(std::int32_t slot);
    void load_parked(const std::string& key);
    void drop_superseded(const std::string& key);
    void queue_drain(const std::string& key, Unit& unit);
    void drain(Target& target);
    std::vector<std::pair<std::string, std::string>> parked_records(const std::string& key, std::int32_t slot) const;
    void refresh_parked_gauge(Target& target);

    const Options options_;
    state::Store& effects_;
    state::Store& parked_;
    Clock& clock_;
    RuntimeMetrics& metrics_;
    struct Tenure {  // since when a slot is ours, by both clocks
        Clock::Monotonic since{};
        std::int64_t since_ms = 0;
    };
    std::map<std::int32_t, Tenure> slots_{};  // open ones
    std::map<std::string, Target> targets_{};
    std::unordered_map<std::string, Unit> units_{};
    std::multimap<Clock::Monotonic, std::string> timers_{};  // units to look at again
    std::map<std::uint64_t, Batch> batches_{};
    std::map<std::uint64_t, Orphan> orphans_{};
    std::set<std::string> orphan_units_{};
    std::map<OutcomeKey, Known> known_{};
    std::vector<std::pair<OutcomeKey, Known>> uncommitted_{};
    Writes writes_{};
    std::size_t items_ = 0;
    int calling_ = 0;  // calls under way, also those whose slot is gone
    int share_ = 1;  // the most places for calls that one connection may have
    int ahead_ = 0;  // batches that may wait for one of those places, of all connections
    std::size_t begun_ = 0;  // batches of connections that go on, called or not
    std::string last_served_{};  // the connection of the last call
    std::uint64_t next_batch_ = 1;
    std::uint64_t progress_ = 0;
    mutable std::string fault_{};  // set by whoever reads
};

}  // namespace shopwire::runtime

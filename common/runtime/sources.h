// Reads every stream of the connections whose slot is ours, when it is due; keeps their health: upkeep and
// probes.  Thread-safe.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "common/kafka/producer.h"
#include "common/runtime/connections.h"
#include "common/runtime/schedule.h"
#include "common/runtime/stream_plan.h"
#include "common/runtime/stream_reader.h"

namespace shopwire::runtime {

class Sources {
 public:
    // What a source may tell the sink about its connection; called from many threads.
    struct Verdicts {
        std::function<void(const std::string& connection, const std::string& why)> refused{};  // its key is not valid
        std::function<void(const std::string& connection)> usable{};  // a probe succeeded
    };
    // All references outlive this object.
    Sources(const ConnectorSpec& spec, const config::Installation& installation, Connections& connections,
            kafka::Producer& producer, StateAccess& state, Clock& clock, RuntimeMetrics& metrics, Verdicts verdicts);
    ~Sources();

    // Which slots are ours from now on; every stream begins anew at its durable cursor.  Does not block.
    void own(const std::set<std::int32_t>& slots);
    // After a reload: takes up new and changed connections, lets go of others.  Does not block.
    void refresh(const std::vector<std::string>& changed);
    // Reads a stream now.  kRejected: it cannot be read so.
    struct Taken {
        bool found = false;  // it is served here
        bool none = false;  // the connection is known here and has no such stream, whoever serves it
        Ticket ticket{};  // see StreamPlan::ask
        std::int64_t quiet_until_ms = 0;  // it is quiet, and read all the same; 0: it is not
    };
    Result<Taken> sync_now(const std::string& connection, const std::string& stream, const SyncRequest& request);
    // Connector::leave, while none of the streams whose work it takes back is read; these begin anew, durably, even
    // when it fails.  REQUIRES: the connection is stopped.
    Result<std::vector<std::string>> leave(const LiveConnection& connection, std::stop_token stop);
    // No new page; waits for what runs, bounded.
    void stop(std::chrono::milliseconds deadline);

    struct StreamState {
        std::string connection{};
        std::string stream{};
        std::int64_t last_success_ms = 0;
        std::string last_error{};
        StreamPlan::State plan{};
        PassProgress progress{};
        // Whom a reading is for that another process began and this one goes on with, until the next one begins.
        Ticket inherited{};
    };
    std::vector<StreamState> streams() const;
    // The numbers of tickets are those of this process.
    const std::string& run() const { return run_; }

 private:
    struct Task {
        std::string connection{};
        Stream stream{};
        std::atomic<bool> fresh{true};  // its slot came again: nothing remembered counts
        std::mutex running{};  // guards what follows; a run that was let go may still be ending
        std::unique_ptr<StreamReader> reader{};
        int failures = 0;
        mutable std::mutex shown{};  // guards what follows
        StreamPlan plan{};
        PassProgress progress{};
        Ticket inherited{};
        std::int64_t last_success_ms = 0;
        std::string last_error{};
    };
    // Shared: a run keeps its task while the slot is given away.
    using TaskPtr = std::shared_ptr<Task>;

    void add_connection(const LiveConnection& connection);
    void remove_connection(const std::string& id);
    void show_none(const std::string& id);
    Clock::Duration run_stream(Task& task, std::stop_token stop);
    Status open(Task& task, const LiveConnection& connection, std::stop_token stop);
    Clock::Duration unopened(Task& task, const Error& error);
    Status begin_page(Task& task, std::stop_token stop);
    Clock::Duration until_due(const Task& task) const;
    Clock::Duration answer(Task& task, const Result<bool>& stepped, std::stop_token stop);
    Clock::Duration react(Task& task, const Error& error, std::stop_token stop);
    static void tell_plan(Task& task, const std::function<void(StreamPlan&)>& what);
    Clock::Duration run_upkeep(const std::string& id, std::stop_token stop);
    Clock::Duration run_probe(const std::string& id, std::stop_token stop);
    std::string since_refusal(const std::string& stream) const;
    std::unique_ptr<StreamReader> make_reader(const LiveConnection& connection, const Stream& stream) const;

    const ConnectorSpec& spec_;
    const config::Installation& installation_;
    Connections& connections_;
    kafka::Producer& producer_;
    StateAccess& state_;
    Clock& clock_;
    RuntimeMetrics& metrics_;
    const Verdicts verdicts_;
    const std::string run_;
    mutable std::mutex mutex_{};  // guards what follows
    std::set<std::int32_t> slots_{};
    std::map<std::string, TaskPtr> tasks_{};  // by name
    std::set<std::string> served_{};  // connections with tasks
    bool stopped_ = false;
    Schedule schedule_;  // last: its runs use everything above
};

}  // namespace shopwire::runtime

// Runs named tasks when they are due, on a bounded pool; one run of a task at a time.  Thread-safe.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>

#include "common/core/clock.h"
#include "common/runtime/worker_pool.h"

namespace shopwire::runtime {

class Schedule {
 public:
    // Returns how long to wait until its next run.  Must not throw.
    using Task = std::function<Clock::Duration(std::stop_token)>;

    Schedule(Clock& clock, std::size_t threads_max);
    ~Schedule();  // asks what runs to stop and waits for it

    void add(const std::string& name, Clock::Duration first_wait, Task task);  // REQUIRES: no such task
    // Asks its run to stop and does not wait for it.
    void remove(const std::string& name);
    void remove_all();
    bool run_now(const std::string& name);  // False: no such task
    bool contains(const std::string& name) const;
    bool wait_idle(Clock::Duration limit);  // until nothing runs

 private:
    struct Entry {
        Task task{};
        Clock::Monotonic due{};
        bool running = false;
        bool again = false;
        std::stop_source stop{};
    };
    void dispatch(std::stop_token stop);
    void run(const std::string& name, const std::shared_ptr<Entry>& entry);

    Clock& clock_;
    mutable std::mutex mutex_{};  // guards what follows
    std::condition_variable_any wake_{};
    std::map<std::string, std::shared_ptr<Entry>> entries_{};  // shared: a run outlives its removal
    std::size_t running_ = 0;
    bool changed_ = false;  // the dispatcher has to look again
    std::unique_ptr<WorkerPool> pool_;
    std::jthread dispatcher_;
};

}  // namespace shopwire::runtime

// Threads for blocking calls: made on demand up to a bound, gone again when idle.  Thread-safe.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <list>
#include <mutex>
#include <stop_token>
#include <thread>

namespace shopwire::runtime {

class WorkerPool {
 public:
    using Job = std::move_only_function<void(std::stop_token)>;
    explicit WorkerPool(std::size_t threads_max);
    ~WorkerPool();  // asks running jobs to stop, runs what is queued with a stopped token, joins

    void submit(Job job);
    void request_stop();  // for the jobs; the pool goes on

 private:
    void work(std::list<std::jthread>::iterator self);

    const std::size_t threads_max_;
    std::stop_source stop_{};
    std::mutex mutex_{};  // guards what follows
    std::condition_variable wake_{};
    std::deque<Job> jobs_{};
    std::size_t idle_ = 0;
    bool closing_ = false;
    std::list<std::jthread> finished_{};  // to be joined
    std::list<std::jthread> threads_{};   // last: they use everything above
};

}  // namespace shopwire::runtime

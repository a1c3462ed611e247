#include "common/runtime/worker_pool.h"

#include <chrono>
#include <utility>

namespace shopwire::runtime {
namespace {

constexpr std::chrono::seconds kIdleMax{20};

}  // namespace

WorkerPool::WorkerPool(std::size_t threads_max) : threads_max_(threads_max) {}

WorkerPool::~WorkerPool() {
    stop_.request_stop();
    std::unique_lock lock(mutex_);
    closing_ = true;
    wake_.notify_all();
    wake_.wait(lock, [this] { return threads_.empty(); });
    std::list<std::jthread> finished = std::move(finished_);
    lock.unlock();
    finished.clear();
}

void WorkerPool::submit(Job job) {
    std::list<std::jthread> finished;  // joined outside of the lock
    const std::scoped_lock lock(mutex_);
    finished = std::exchange(finished_, {});
    jobs_.push_back(std::move(job));
    if (idle_ >= jobs_.size() || threads_.size() >= threads_max_) {
        wake_.notify_one();
        return;
    }
    const auto self = threads_.emplace(threads_.end());
    *self = std::jthread([this, self] { work(self); });
}

void WorkerPool::request_stop() { stop_.request_stop(); }

void WorkerPool::work(std::list<std::jthread>::iterator self) {
    std::unique_lock lock(mutex_);
    while (true) {
        if (jobs_.empty()) {
            ++idle_;
            const bool called = wake_.wait_for(lock, kIdleMax, [this] { return !jobs_.empty() || closing_; });
            --idle_;
            if (jobs_.empty() && (closing_ || !called)) break;
        }
        Job job = std::move(jobs_.front());
        jobs_.pop_front();
        lock.unlock();
        job(stop_.get_token());
        job = nullptr;
        lock.lock();
    }
    finished_.splice(finished_.end(), threads_, self);
    wake_.notify_all();
}

}  // namespace shopwire::runtime

#include "common/runtime/schedule.h"

#include <algorithm>

namespace shopwire::runtime {
namespace {

constexpr std::chrono::seconds kLookAgain{1};  // the clock may have jumped

}  // namespace

Schedule::Schedule(Clock& clock, std::size_t threads_max)
    : clock_(clock),
      pool_(std::make_unique<WorkerPool>(threads_max)),
      dispatcher_([this](std::stop_token stop) { dispatch(stop); }) {}

Schedule::~Schedule() {
    remove_all();
    dispatcher_.request_stop();
    if (dispatcher_.joinable()) dispatcher_.join();
    pool_.reset();
}

void Schedule::add(const std::string& name, Clock::Duration first_wait, Task task) {
    const std::scoped_lock lock(mutex_);
    auto entry = std::make_shared<Entry>();
    entry->task = std::move(task);
    entry->due = clock_.monotonic() + first_wait;
    entries_[name] = std::move(entry);
    changed_ = true;
    wake_.notify_all();
}

void Schedule::remove(const std::string& name) {
    const std::scoped_lock lock(mutex_);
    const auto found = entries_.find(name);
    if (found == entries_.end()) return;
    found->second->stop.request_stop();
    entries_.erase(found);
}

void Schedule::remove_all() {
    const std::scoped_lock lock(mutex_);
    for (const auto& [name, entry] : entries_) entry->stop.request_stop();
    entries_.clear();
}

bool Schedule::run_now(const std::string& name) {
    const std::scoped_lock lock(mutex_);
    const auto found = entries_.find(name);
    if (found == entries_.end()) return false;
    found->second->again = found->second->running;
    found->second->due = clock_.monotonic();
    changed_ = true;
    wake_.notify_all();
    return true;
}

bool Schedule::contains(const std::string& name) const {
    const std::scoped_lock lock(mutex_);
    return entries_.contains(name);
}

bool Schedule::wait_idle(Clock::Duration limit) {
    std::unique_lock lock(mutex_);
    return wake_.wait_for(lock, limit, [this] { return running_ == 0; });
}

void Schedule::dispatch(std::stop_token stop) {
    std::unique_lock lock(mutex_);
    while (!stop.stop_requested()) {
        const Clock::Monotonic now = clock_.monotonic();
        Clock::Duration wait = kLookAgain;
        for (const auto& [name, entry] : entries_) {
            if (entry->running) continue;
            if (entry->due > now) {
                wait = std::min(wait, entry->due - now);
                continue;
            }
            entry->running = true;
            ++running_;
            pool_->submit([this, name, entry](std::stop_token) { run(name, entry); });
        }
        wake_.wait_for(lock, stop, wait, [this] { return changed_; });
        changed_ = false;
    }
}

void Schedule::run(const std::string&, const std::shared_ptr<Entry>& entry) {
    const Clock::Duration wait =
        entry->stop.stop_requested() ? Clock::Duration{} : entry->task(entry->stop.get_token());
    const std::scoped_lock lock(mutex_);
    entry->running = false;
    --running_;
    entry->due = clock_.monotonic() + (entry->again ? Clock::Duration{} : wait);
    entry->again = false;
    changed_ = true;
    wake_.notify_all();
}

}  // namespace shopwire::runtime

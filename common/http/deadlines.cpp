#include "common/http/deadlines.h"

#include <algorithm>
#include <utility>

namespace shopwire::http {

Deadlines::Deadlines(std::chrono::milliseconds limit)
    : limit_(limit), thread_([this](const std::stop_token& stop) { run(stop); }) {}

Deadlines::Entry Deadlines::begin(SocketAddress peer, int server_port) {
    const auto deadline = std::chrono::steady_clock::now() + limit_;
    const std::lock_guard lock(mutex_);
    waiting_.push_back({.peer = std::move(peer), .server_port = server_port, .deadline = deadline});
    return std::prev(waiting_.end());
}

bool Deadlines::end(Entry entry) {
    const std::lock_guard lock(mutex_);
    const bool is_cut = entry->is_cut;
    (is_cut ? cut_ : waiting_).erase(entry);
    return is_cut;
}

// Looks now and then rather than being woken, since almost every body is there at once.
void Deadlines::run(const std::stop_token& stop) {
    const auto tick = std::clamp(limit_ / 8, std::chrono::milliseconds(10), std::chrono::milliseconds(1'000));
    std::unique_lock lock(mutex_);
    while (!stop.stop_requested()) {
        stopping_.wait_for(lock, stop, tick, [] { return false; });
        cut_late(std::chrono::steady_clock::now());
    }
}

void Deadlines::cut_late(std::chrono::steady_clock::time_point now) {
    while (!waiting_.empty() && waiting_.front().deadline <= now) {
        waiting_.front().is_cut = true;
        end_reading(waiting_.front().peer, waiting_.front().server_port);
        cut_.splice(cut_.end(), waiting_, waiting_.begin());
    }
}

}  // namespace shopwire::http

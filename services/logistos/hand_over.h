// Orders that were just sent, on their way from the sink to the tracking stream.  Thread-safe.
//
// In memory alone: a crash before the next tracking pass forgets them.  So it is used only where a dialect has no list
// of shipments, which is the durable way.
#pragma once

#include <deque>
#include <mutex>
#include <string>
#include <vector>

namespace shopwire::logistos {

struct Exported {
    std::string awb{};  // or what else tracking takes
    std::string order_number{};
};

class HandOver {
 public:
    static constexpr std::size_t kMax = 10'000;  // more forget the oldest

    void add(Exported exported) {
        const std::scoped_lock lock(mutex_);
        if (waiting_.size() >= kMax) waiting_.pop_front();
        waiting_.push_back(std::move(exported));
    }
    std::vector<Exported> waiting() const {
        const std::scoped_lock lock(mutex_);
        return {waiting_.begin(), waiting_.end()};
    }
    // Forgets those that `is_kept` says are durable now.
    void settle(const auto& is_kept) {
        const std::scoped_lock lock(mutex_);
        std::erase_if(waiting_, is_kept);
    }

 private:
    mutable std::mutex mutex_{};
    std::deque<Exported> waiting_{};
};

}  // namespace shopwire::logistos

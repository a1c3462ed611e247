#include "common/testing/fake_clock.h"

namespace shopwire::testing {

std::int64_t FakeClock::now_ms() const {
    const std::lock_guard lock(mutex_);
    return start_ms_ + std::chrono::duration_cast<std::chrono::milliseconds>(passed_).count();
}

Clock::Monotonic FakeClock::monotonic() const {
    const std::lock_guard lock(mutex_);
    // Not zero, since a machine's clock is not either: code that takes zero for "never" is found out.
    return Monotonic(std::chrono::hours(1)) + passed_;
}

bool FakeClock::sleep_for(Duration wait, std::stop_token stop) {
    if (stop.stop_requested()) return false;
    const std::lock_guard lock(mutex_);
    sleeps_.push_back(wait);
    if (wait > Duration::zero()) passed_ += wait;
    return true;
}

void FakeClock::advance(Duration by) {
    const std::lock_guard lock(mutex_);
    passed_ += by;
}

std::vector<Clock::Duration> FakeClock::sleeps() const {
    const std::lock_guard lock(mutex_);
    return sleeps_;
}

}  // namespace shopwire::testing

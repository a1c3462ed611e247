// A clock that stands still until a sleep or the test moves it.  Thread-safe.
#pragma once

#include <mutex>
#include <vector>

#include "common/core/clock.h"

namespace shopwire::testing {

class FakeClock final : public Clock {
 public:
    static constexpr std::int64_t kStartMs = 1'795'305'600'000;  // 2026-11-22T00:00:00Z

    explicit FakeClock(std::int64_t now_ms = kStartMs) : start_ms_(now_ms) {}

    std::int64_t now_ms() const override;
    Monotonic monotonic() const override;
    // Moves the time on by `wait` at once.  False, without moving: stop was requested.
    bool sleep_for(Duration wait, std::stop_token stop) override;

    void advance(Duration by);
    std::vector<Duration> sleeps() const;  // all waits so far, in order

 private:
    const std::int64_t start_ms_;
    mutable std::mutex mutex_;
    Duration passed_{0};
    std::vector<Duration> sleeps_{};
};

}  // namespace shopwire::testing

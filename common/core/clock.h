// Time comes in from outside, so that tests own it.  Implementations are thread-safe.
#pragma once

#include <chrono>
#include <cstdint>
#include <stop_token>
#include <string>
#include <string_view>

#include "common/core/error.h"

namespace shopwire {

class Clock {
 public:
    using Monotonic = std::chrono::time_point<std::chrono::steady_clock, std::chrono::nanoseconds>;
    using Duration = std::chrono::nanoseconds;

    virtual ~Clock() = default;
    virtual std::int64_t now_ms() const = 0;  // since 1970 in UTC; may jump
    // Counts while the machine sleeps too (CLOCK_BOOTTIME): deadlines of writes depend on that.
    virtual Monotonic monotonic() const = 0;
    // Returns early when stop is requested.  False: it was.
    virtual bool sleep_for(Duration wait, std::stop_token stop) = 0;
};

// The real one.  Lives as long as the process.
Clock& system_clock();

// min(first * 2^attempt, max), shifted down by up to a quarter by `chance` in [0, 1): callers that failed together come
// back apart.
std::chrono::milliseconds backoff(int attempt, std::chrono::milliseconds first, std::chrono::milliseconds max,
                                  double chance);

// A uniform number in [0, 1) of this thread's generator.
double random_chance();

// "2026-11-22T00:35:01.250Z".
std::string format_utc(std::int64_t unix_ms);
// "2026-11-22T00:35:01", optional fraction, optional "Z" or offset; without one it is UTC.
Result<std::int64_t> parse_utc(std::string_view text);

}  // namespace shopwire

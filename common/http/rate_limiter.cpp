#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <string>

#include "common/http/client.h"

namespace shopwire::http {
namespace {

using std::chrono::duration_cast;
using std::chrono::milliseconds;

constexpr double kSlowest = 1.0 / 64;  // of the configured rate: it is still noticed when the remote is well again
constexpr double kStep = 1.0 / 32;  // of the configured rate, per success
constexpr milliseconds kHalvingPause{1'000};  // requests in flight fail together: that is one sign, not many

// The bucket is kept as the time at which it is full again: a token is free when that time is less than `burst` tokens
// ahead.
class AdaptiveLimiter final : public RateLimiter {
 public:
    AdaptiveLimiter(Options options, Clock& clock) : options_(options), clock_(clock), rate_(options.per_second) {
        full_at_ = halved_at_ = closed_until_ = clock_.monotonic() - std::chrono::hours(1);
    }

    Status acquire(std::stop_token stop, Clock::Monotonic latest) override {
        const Clock::Monotonic begun = clock_.monotonic();
        const Clock::Monotonic deadline = std::min(latest, begun + options_.wait_max);
        {
            std::unique_lock lock(mutex_);
            if (!place_free_.wait_for(lock, stop, deadline - begun,
                                      [this] { return in_flight_ < options_.concurrency; })) {
                if (stop.stop_requested()) return cancelled("waiting for a place in flight: stopping");
                return rate_limited("waiting for a place in flight: none came in time");
            }
            ++in_flight_;
        }
        Status ok = wait_for_token(deadline, stop);
        if (!ok) give_place_back();
        return ok;
    }

    void release(Answer answer, std::optional<milliseconds> retry_after) override {
        {
            const std::lock_guard lock(mutex_);
            const Clock::Monotonic now = clock_.monotonic();
            if (answer == Answer::kOk) {
                rate_ = std::min(options_.per_second, rate_ + options_.per_second * kStep);
            } else {
                if (now - halved_at_ >= kHalvingPause) {
                    rate_ = std::max(options_.per_second * kSlowest, rate_ / 2);
                    halved_at_ = now;
                }
                if (retry_after) closed_until_ = std::max(closed_until_, now + *retry_after);
            }
        }
        give_place_back();
    }

 private:
    Status wait_for_token(Clock::Monotonic deadline, const std::stop_token& stop) {
        bool has_token = false;
        while (true) {
            Clock::Duration wait{0};
            {
                const std::lock_guard lock(mutex_);
                const Clock::Monotonic now = clock_.monotonic();
                const Clock::Monotonic at = std::max(closed_until_, has_token ? now : token_at(now));
                if (at > deadline)
                    return rate_limited("waiting for a turn: too long", duration_cast<milliseconds>(at - now));
                if (!has_token) full_at_ = std::max(full_at_, now) + interval();
                has_token = true;
                wait = at - now;
            }
            if (wait <= Clock::Duration::zero()) return {};
            // Looks again afterwards: meanwhile the remote may have asked for a pause.
            if (!clock_.sleep_for(wait, stop)) return cancelled("waiting for a turn: stopping");
        }
    }

    Clock::Duration interval() const {
        return duration_cast<Clock::Duration>(std::chrono::duration<double>(1 / rate_));
    }

    // When the next token is free.
    Clock::Monotonic token_at(Clock::Monotonic now) const {
        const auto ahead = duration_cast<Clock::Duration>(interval() * std::max(0.0, options_.burst - 1));
        return std::max(now, full_at_ - ahead);
    }

    void give_place_back() {
        {
            const std::lock_guard lock(mutex_);
            --in_flight_;
        }
        place_free_.notify_one();
    }

    const Options options_;
    Clock& clock_;
    std::mutex mutex_;
    std::condition_variable_any place_free_;
    double rate_;
    int in_flight_ = 0;
    Clock::Monotonic full_at_{};
    Clock::Monotonic halved_at_{};
    Clock::Monotonic closed_until_{};
};

}  // namespace

std::unique_ptr<RateLimiter> RateLimiter::create(Options options, Clock& clock) {
    // Nonsense in a configuration is refused where that is read; here it must only not divide by zero.
    options.per_second = std::max(options.per_second, 0.001);
    options.concurrency = std::max(options.concurrency, 1);
    return std::make_unique<AdaptiveLimiter>(options, clock);
}

}  // namespace shopwire::http

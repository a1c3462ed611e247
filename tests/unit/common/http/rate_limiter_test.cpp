#include <gmock/gmock.h>

#include <future>

#include "common/http/client.h"
#include "common/testing/fake_clock.h"

namespace shopwire::http {
namespace {

using Answer = RateLimiter::Answer;
using namespace std::chrono_literals;

class Limiter : public ::testing::Test {
 protected:
    void build(RateLimiter::Options options) { limiter_ = RateLimiter::create(options, clock_); }
    // The time that one request waits for its turn.
    Clock::Duration turn(Answer answer = Answer::kOk, std::optional<std::chrono::milliseconds> retry_after = {}) {
        const auto begin = clock_.monotonic();
        EXPECT_TRUE(limiter_->acquire({}));
        limiter_->release(answer, retry_after);
        return clock_.monotonic() - begin;
    }
    testing::FakeClock clock_;
    std::unique_ptr<RateLimiter> limiter_;
};

TEST_F(Limiter, LetsABurstPassAndThenOnePerInterval) {
    build({.per_second = 10, .burst = 3});
    EXPECT_EQ(turn(), 0s);
    EXPECT_EQ(turn(), 0s);
    EXPECT_EQ(turn(), 0s);
    EXPECT_EQ(turn(), 100ms);
    EXPECT_EQ(turn(), 100ms);
    clock_.advance(200ms);
    EXPECT_EQ(turn(), 0s);
    EXPECT_EQ(turn(), 0s);
    EXPECT_EQ(turn(), 100ms);
}

TEST_F(Limiter, SavesNoMoreThanTheBurst) {
    build({.per_second = 10, .burst = 2});
    clock_.advance(1h);
    EXPECT_EQ(turn() + turn(), 0s);
    EXPECT_EQ(turn(), 100ms);
}

TEST_F(Limiter, HalvesOnceForFailuresThatComeTogetherAndRecoversStepByStep) {
    build({.per_second = 32, .burst = 1, .concurrency = 4});
    for (int i = 0; i < 4; ++i) ASSERT_TRUE(limiter_->acquire({}));
    for (int i = 0; i < 4; ++i) limiter_->release(Answer::kSlowDown, {});
    EXPECT_EQ(turn() / 1us, 1'000'000 / 32);  // fixed by the request before it, at the old rate
    EXPECT_EQ(turn() / 1us, 1'000'000 / 16);
    EXPECT_EQ(turn() / 1us, 1'000'000 / 17);  // each success adds one a second
    for (int i = 0; i < 40; ++i) turn();
    EXPECT_EQ(turn() / 1us, 1'000'000 / 32);
}

TEST_F(Limiter, NeverSlowsDownToNothing) {
    build({.per_second = 64, .burst = 1});
    for (int i = 0; i < 40; ++i) {
        clock_.advance(2s);
        turn(Answer::kSlowDown);
    }
    turn(Answer::kSlowDown);
    EXPECT_LE(turn(Answer::kSlowDown), 1s);
}

TEST_F(Limiter, KeepsEverybodyAwayForTheTimeThatTheRemoteNamed) {
    build({.per_second = 1000, .burst = 1000});
    turn(Answer::kSlowDown, 30s);
    EXPECT_EQ(turn(), 30s);
    EXPECT_EQ(turn(), 0s);
}

TEST_F(Limiter, RefusesATurnThatWouldComeTooLate) {
    build({.per_second = 1000, .burst = 1000, .wait_max = 10s});
    turn(Answer::kSlowDown, 30s);
    const Status refused = limiter_->acquire({});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::kRateLimited);
    EXPECT_EQ(refused.error().retry_after, 30s);
    clock_.advance(25s);
    EXPECT_EQ(turn(), 5s);  // the refused one gave its place back
}

TEST_F(Limiter, RefusesWhenNoPlaceBecomesFreeInTime) {
    build({.per_second = 1000, .concurrency = 1, .wait_max = 20ms});
    ASSERT_TRUE(limiter_->acquire({}));
    EXPECT_EQ(limiter_->acquire({}).error().kind, ErrorKind::kRateLimited);
}

TEST_F(Limiter, LetsTheNextInWhenAPlaceBecomesFree) {
    build({.per_second = 1000, .concurrency = 1});
    ASSERT_TRUE(limiter_->acquire({}));
    auto second = std::async(std::launch::async, [&] { return limiter_->acquire({}); });
    limiter_->release(Answer::kOk, {});
    EXPECT_TRUE(second.get());
}

TEST_F(Limiter, LeavesBothWaitsWhenStopIsRequested) {
    build({.per_second = 1, .burst = 1, .concurrency = 1});
    ASSERT_TRUE(limiter_->acquire({}));
    std::stop_source stop;
    auto second = std::async(std::launch::async, [&] { return limiter_->acquire(stop.get_token()); });
    stop.request_stop();
    EXPECT_EQ(second.get().error().kind, ErrorKind::kCancelled);
    limiter_->release(Answer::kOk, {});
    EXPECT_EQ(limiter_->acquire(stop.get_token()).error().kind, ErrorKind::kCancelled);
    EXPECT_TRUE(limiter_->acquire({}));
}

}  // namespace
}  // namespace shopwire::http

#include "services/cli/drain.h"

#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <sstream>

#include "common/testing/fake_clock.h"

namespace shopwire::cli {
namespace {

// A service as it is found at each look; the last one stays.
class Drain : public ::testing::Test {
 protected:
    Hands hands() {
        return {.look = [this]() -> Result<Waiting> {
                    done_ += "look ";
                    const Waiting now = looks_.front();
                    if (looks_.size() > 1) looks_.pop_front();
                    return now;
                },
                .pause = [this]() -> Status {
                    done_ += "pause ";
                    return {};
                },
                .resume = [this]() -> Status {
                    done_ += "resume ";
                    return {};
                },
                .parked = [this]() -> Result<std::vector<ParkedRow>> {
                    std::vector<ParkedRow> rows;
                    rows.reserve(parked_.size());
                    for (const auto& [key, left] : parked_) rows.push_back({.key = key, .reason = "no SKU"});
                    return rows;
                },
                .discard = [this](const std::string& key) -> Status {
                    if (--parked_[key] == 0) parked_.erase(key);
                    return {};
                },
                .clock = clock_};
    }
    Status drained(std::int64_t wait_ms) { return drain(hands(), clock_.now_ms() + wait_ms, out_); }

    testing::FakeClock clock_{};
    std::deque<Waiting> looks_{};
    std::map<std::string, int> parked_{};  // how many times a key has to be discarded
    std::string done_{};
    std::ostringstream out_{};
};

TEST_F(Drain, PausesWhenNothingWaitsAndLooksAgain) {
    looks_ = {{.unread = 2}, {.under_way = 1}, {}};
    ASSERT_TRUE(drained(60'000));
    EXPECT_EQ(done_, "look look look pause look ");
    EXPECT_EQ(out_.str(),
              "waiting: 0 under way, 0 parked, 2 not read yet\nwaiting: 1 under way, 0 parked, 0 not read yet\n");
}

// Between the last look and the pause an order came in: it must not be left parked, nor unread.
TEST_F(Drain, RunsOnWhenSomethingCameInBeforeThePause) {
    looks_ = {{}, {.under_way = 1}, {.parked = 1}, {.under_way = 1}, {}, {.unread = 1}, {}, {}};
    ASSERT_TRUE(drained(60'000));
    EXPECT_EQ(done_, "look pause look look resume look look pause look resume look pause look ");
    EXPECT_TRUE(out_.str().contains("came in meanwhile: 0 under way, 1 parked, 0 not read yet; it runs on"))
        << out_.str();
}

TEST_F(Drain, TellsWhatWaitsWhenItsTimeIsOver) {
    looks_ = {{.parked = 2, .unread = 1}};
    parked_["m/erp/7"] = 1;
    const Status done = drained(10'000);
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().message,
              "3 records still wait (0 under way, 2 parked, 1 not read yet); the first is m/erp/7: no SKU");
    EXPECT_FALSE(done_.contains("pause"));
    looks_ = {{}, {.unread = 1}};  // it runs at the end, also when the time is over after the pause
    done_.clear();
    EXPECT_FALSE(drained(0));
    EXPECT_EQ(done_, "look pause look resume ");
}

TEST_F(Drain, GivesUpWhatWaitsAndWhatIsReadMeanwhile) {
    parked_ = {{"m/erp/7", 2}, {"m/erp/8", 1}};  // one has more records than are discarded at once
    looks_ = {{.parked = 2, .unread = 1}, {.parked = 1}, {}};
    const Result<std::size_t> keys = discard(hands());
    ASSERT_TRUE(keys);
    EXPECT_EQ(*keys, 2U);
    EXPECT_TRUE(parked_.empty());
    EXPECT_EQ(done_, "pause look look look ");
}

TEST_F(Drain, GivesUpGivingUpWhenSomethingNeverEnds) {
    looks_ = {{.under_way = 1}};
    const Result<std::size_t> keys = discard(hands());
    ASSERT_FALSE(keys);
    EXPECT_TRUE(keys.error().message.starts_with("1 record still waits (1 under way")) << keys.error().message;
}

}  // namespace
}  // namespace shopwire::cli

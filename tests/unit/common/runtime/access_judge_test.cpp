#include "common/runtime/access_judge.h"

#include <gtest/gtest.h>

namespace shopwire::runtime {
namespace {

using namespace std::chrono_literals;

class AccessJudgeTest : public ::testing::Test {
 protected:
    // A look every 5 s, and a refusal before it.
    AccessJudge::Verdict look(const Status& seen, bool is_refused = true) {
        now_ += 5s;
        refusal_.is_new = is_refused;
        if (is_refused) refusal_.at = now_;
        return judge_.judge(refusal_, seen, now_);
    }
    AccessJudge judge_{};
    AccessJudge::Refusal refusal_{.words = "who are you", .distrust = true};
    Clock::Monotonic now_{1h};
};

TEST_F(AccessJudgeTest, WhatALookFindsIsTold) {
    EXPECT_EQ(look(rejected("READ on topic t")).missing, "READ on topic t");
    EXPECT_EQ(look({}, false).missing, "") << "it was given";
    EXPECT_EQ(look(transient("away")).missing, std::nullopt);
}

TEST_F(AccessJudgeTest, WhatIsRefusedAgainThoughNothingIsMissingIsToldInTheBrokersWords) {
    EXPECT_EQ(look({}).missing, "") << "it may be from before";
    EXPECT_EQ(look({}).missing, "");
    EXPECT_EQ(look({}).missing, "who are you");
    EXPECT_EQ(look({}, false).missing, "who are you");
}

TEST_F(AccessJudgeTest, ClientsThatAreDistrustedWhileANewOneIsNotAreOutdatedAfterAMinute) {
    for (int i = 0; i < 13; ++i) EXPECT_FALSE(look({}).outdated) << i;
    EXPECT_TRUE(look({}).outdated);
}

// A machine that has much to do: some looks take too long.
TEST_F(AccessJudgeTest, ALookThatCameToNothingDoesNotBeginTheMinuteAnew) {
    for (int i = 0; i < 13; ++i)
        EXPECT_FALSE(look(i % 3 == 1 ? Status(transient("too slow")) : Status{}).outdated) << i;
    EXPECT_TRUE(look({}).outdated);
}

TEST_F(AccessJudgeTest, AClusterThatIsDownOutdatesNobody) {
    for (int i = 0; i < 5; ++i) EXPECT_FALSE(look({}).outdated);
    for (int i = 0; i < 10; ++i) EXPECT_FALSE(look(transient("down"), false).outdated);
    for (int i = 0; i < 13; ++i) EXPECT_FALSE(look({}).outdated) << i;
}

TEST_F(AccessJudgeTest, AMissingRightOutdatesNobody) {
    refusal_.distrust = false;
    for (int i = 0; i < 100; ++i) EXPECT_FALSE(look({}).outdated);
}

// A new process would be as bad off: the broker shows an expired certificate.
TEST_F(AccessJudgeTest, WhoIsDistrustedAsANewOneIsIsNotOutdated) {
    for (int i = 0; i < 100; ++i) EXPECT_FALSE(look(rejected("expired")).outdated);
    for (int i = 0; i < 100; ++i) EXPECT_FALSE(look(i % 10 == 0 ? Status(rejected("expired")) : Status{}).outdated);
}

// Clients of librdkafka tell the same distrust once in 30 s.
TEST_F(AccessJudgeTest, DistrustIsOverWhenItIsQuietForLongerThanAClientKeepsItToItself) {
    for (int i = 0; i < 9; ++i) EXPECT_FALSE(look({}, i % 7 == 0).over) << i;
    for (int i = 0; i < 8; ++i) EXPECT_FALSE(look({}, false).over) << i;
    const AccessJudge::Verdict quiet = look({}, false);
    EXPECT_TRUE(quiet.over);
    EXPECT_EQ(quiet.missing, "");
}

}  // namespace
}  // namespace shopwire::runtime

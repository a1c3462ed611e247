// Goal: a stream is read when its timetable or a person says so, once, also over restarts.
#include "common/runtime/stream_plan.h"

#include <gtest/gtest.h>

#include "common/core/clock.h"

namespace shopwire::runtime {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t kMinute = 60'000;
constexpr std::int64_t kHour = 60 * kMinute;

std::int64_t at(const char* utc) { return *parse_utc(utc); }

calendar::Timetable every(std::chrono::milliseconds interval, const std::vector<std::string>& quiet = {}) {
    return {interval, std::nullopt, *calendar::QuietHours::parse(quiet), *calendar::Zone::locate("UTC")};
}
calendar::Timetable nightly(const std::vector<std::string>& quiet = {}) {
    return {1h, *calendar::Cron::parse("30 2 * * *"), *calendar::QuietHours::parse(quiet),
            *calendar::Zone::locate("UTC")};
}
// A whole reading of one page.
void read(StreamPlan& plan, std::int64_t now_ms) {
    plan.begin_page();
    plan.ended(now_ms, std::nullopt);
}

TEST(StreamPlan, WhatWasNeverReadIsReadAtOnce) {
    for (const Pass pass : {Pass::kIncremental, Pass::kSnapshot}) {
        StreamPlan plan;
        plan.open(nightly(), pass, 0, false, at("2026-11-27T12:00:00"));
        EXPECT_EQ(plan.wait_ms(at("2026-11-27T12:00:00")), 0);
    }
}

TEST(StreamPlan, ARestartBringsAnIncrementalStreamForwardAndASnapshotNot) {
    const std::int64_t now = at("2026-11-27T12:00:00");
    StreamPlan orders;
    orders.open(every(1h), Pass::kIncremental, now - 10 * kMinute, false, now);
    EXPECT_EQ(orders.wait_ms(now), 0);
    StreamPlan stock;
    stock.open(every(1h), Pass::kSnapshot, now - 10 * kMinute, false, now);
    EXPECT_EQ(stock.wait_ms(now), 50 * kMinute);
    StreamPlan ahead;  // the clock was set back
    ahead.open(every(1h), Pass::kSnapshot, now + 100 * kHour, false, now);
    EXPECT_EQ(ahead.wait_ms(now), kHour);
}

TEST(StreamPlan, ACronRunThatWasDoneIsNotRepeatedByARestart) {
    for (const Pass pass : {Pass::kIncremental, Pass::kSnapshot}) {
        StreamPlan plan;
        const std::int64_t now = at("2026-11-27T02:50:00");
        plan.open(nightly(), pass, at("2026-11-27T02:41:00"), false, now);
        EXPECT_EQ(plan.wait_ms(now), at("2026-11-28T02:30:00") - now);
    }
}

TEST(StreamPlan, CronRunsThatWereMissedWhileDownAreMadeUpForOnce) {
    StreamPlan plan;
    const std::int64_t now = at("2026-11-27T09:00:00");
    plan.open(nightly(), Pass::kIncremental, at("2026-11-20T02:31:00"), false, now);
    EXPECT_EQ(plan.wait_ms(now), 0);
    read(plan, now + kMinute);
    EXPECT_EQ(plan.wait_ms(now + kMinute), at("2026-11-28T02:30:00") - now - kMinute);
}

TEST(StreamPlan, NothingBeginsInQuietHoursAndWhatWasDueBeginsAtTheirEnd) {
    StreamPlan plan;
    const std::int64_t evening = at("2026-11-27T21:58:00");
    plan.open(every(5min, {"22:00-06:00"}), Pass::kSnapshot, 0, false, evening);
    EXPECT_EQ(plan.wait_ms(evening), 0);
    read(plan, evening);
    EXPECT_EQ(plan.wait_ms(evening), at("2026-11-28T06:00:00") - evening);
    StreamPlan restarted;
    restarted.open(nightly({"02:00-04:00"}), Pass::kIncremental, at("2026-11-26T04:10:00"), false,
                   at("2026-11-27T03:00:00"));
    EXPECT_EQ(restarted.wait_ms(at("2026-11-27T03:00:00")), kHour);
}

TEST(StreamPlan, WhatRunsGoesOnInQuietHours) {
    StreamPlan plan;
    const std::int64_t evening = at("2026-11-27T21:58:00");
    plan.open(every(5min, {"22:00-06:00"}), Pass::kIncremental, 0, false, evening);
    plan.begin_page();
    EXPECT_EQ(plan.wait_ms(evening + kHour), 0);
    StreamPlan restarted;
    restarted.open(every(5min, {"22:00-06:00"}), Pass::kIncremental, evening - kHour, true, evening + kHour);
    EXPECT_EQ(restarted.wait_ms(evening + kHour), 0) << "a restart in the middle of it too";
}

TEST(StreamPlan, APersonIsServedAlsoInQuietHours) {
    StreamPlan plan;
    const std::int64_t night = at("2026-11-27T23:00:00");
    plan.open(every(5min, {"22:00-06:00"}), Pass::kSnapshot, 0, false, night);
    EXPECT_GT(plan.wait_ms(night), 0);
    EXPECT_EQ(plan.quiet_until_ms(night), at("2026-11-28T06:00:00"));
    EXPECT_EQ(plan.ask({}), 1U);
    EXPECT_EQ(plan.wait_ms(night), 0);
    EXPECT_TRUE(plan.begin_page());
    EXPECT_EQ(plan.state().served, 0U);
    plan.ended(night + kMinute, std::nullopt);
    EXPECT_EQ(plan.state().served, 1U);
    EXPECT_GT(plan.wait_ms(night + kMinute), 0);
}

// What he means may lie behind the reading that was begun before he asked.
TEST(StreamPlan, WhoAsksDuringAReadingGetsOneOfHisOwn) {
    StreamPlan plan;
    plan.open(every(1h), Pass::kSnapshot, 0, false, 0);
    EXPECT_FALSE(plan.begin_page());
    plan.ask({});
    EXPECT_FALSE(plan.begin_page());
    plan.ended(kMinute, std::nullopt);
    EXPECT_EQ(plan.state().served, 0U);
    EXPECT_EQ(plan.wait_ms(kMinute), 0);
    EXPECT_TRUE(plan.begin_page());
    plan.ended(2 * kMinute, std::nullopt);
    EXPECT_EQ(plan.state().served, 1U);
}

TEST(StreamPlan, AReadingFromTheStartInterruptsWhatRuns) {
    StreamPlan plan;
    plan.open(every(1h), Pass::kIncremental, 0, false, 0);
    plan.begin_page();
    plan.ask({.full = true});
    const std::optional<SyncRequest> asked = plan.begin_page();
    ASSERT_TRUE(asked);
    EXPECT_TRUE(asked->full);
    EXPECT_FALSE(plan.begin_page()) << "its second page";
    plan.ended(kMinute, std::nullopt);
    EXPECT_EQ(plan.state().served, 1U);
}

TEST(StreamPlan, TwoWhoAskGetOneReadingThatServesBoth) {
    StreamPlan plan;
    plan.open(every(1h), Pass::kIncremental, 0, false, 0);
    plan.ask({.since_ms = 500, .loss_accepted = 3});
    EXPECT_EQ(plan.ask({.since_ms = 200}), 2U);
    const std::optional<SyncRequest> asked = plan.begin_page();
    ASSERT_TRUE(asked);
    EXPECT_EQ(asked->since_ms, 200);
    EXPECT_EQ(asked->loss_accepted, 3);
    plan.ended(kMinute, std::nullopt);
    EXPECT_EQ(plan.state().served, 2U);
}

TEST(StreamPlan, WhoAskedIsToldThatItFailed) {
    StreamPlan plan;
    plan.open(every(5min), Pass::kSnapshot, 0, false, 0);
    plan.ask({});
    plan.begin_page();
    plan.failed("too much would vanish", kMinute, 20 * kMinute);
    EXPECT_EQ(plan.state().served, 1U);
    EXPECT_EQ(plan.state().failure, "too much would vanish");
    EXPECT_EQ(plan.wait_ms(kMinute), 19 * kMinute);
    plan.begin_page();
    plan.ended(30 * kMinute, std::nullopt);
    EXPECT_TRUE(plan.state().failure.empty());
}

TEST(StreamPlan, WhatFailedMayWantToBeReadSoonerAndNeverAtOnce) {
    StreamPlan plan;
    plan.open(every(24h), Pass::kSnapshot, 0, false, 0);
    plan.begin_page();
    plan.failed("it changed", kMinute, 6 * kMinute, 15min);
    EXPECT_EQ(plan.wait_ms(kMinute), 15 * kMinute);
    plan.failed("it changed", kMinute, 6 * kMinute, 1ms);
    EXPECT_EQ(plan.wait_ms(kMinute), 5 * kMinute);
    plan.open(every(5min), Pass::kSnapshot, 0, false, 0);
    plan.failed("it changed", kMinute, 2 * kMinute, 15min);
    EXPECT_EQ(plan.wait_ms(kMinute), 5 * kMinute) << "it is due before";
}

TEST(StreamPlan, WhatHeAskedForIsNotLostWithTheSlot) {
    StreamPlan plan;
    plan.open(every(1h), Pass::kIncremental, 0, false, 0);
    plan.ask({.full = true});
    plan.begin_page();
    plan.open(every(1h), Pass::kIncremental, kMinute, false, 2 * kMinute);  // nothing of it was durable
    const std::optional<SyncRequest> asked = plan.begin_page();
    ASSERT_TRUE(asked);
    EXPECT_TRUE(asked->full);
    plan.open(every(1h), Pass::kIncremental, kMinute, true, 3 * kMinute, 1);
    EXPECT_FALSE(plan.begin_page()) << "it goes on where it was";
    plan.open(every(1h), Pass::kIncremental, kMinute, true, 4 * kMinute);  // of somebody else, who had the slot
    ASSERT_TRUE(plan.begin_page());
    plan.open(every(1h), Pass::kIncremental, kMinute, false, 5 * kMinute, 1);
    EXPECT_EQ(plan.state().served, 1U) << "somebody else brought it to its end";
    EXPECT_FALSE(plan.begin_page());
}

TEST(StreamPlan, WhatWaitsBesideItIsNotLostWithTheSlotEither) {
    StreamPlan plan;
    plan.open(every(1h), Pass::kIncremental, 0, false, 0);
    plan.ask({.full = true});
    plan.begin_page();
    plan.ask({.loss_accepted = 3});
    plan.open(every(1h), Pass::kIncremental, kMinute, false, 2 * kMinute);
    const std::optional<SyncRequest> asked = plan.begin_page();
    ASSERT_TRUE(asked);
    EXPECT_TRUE(asked->full);
    EXPECT_EQ(asked->loss_accepted, 3);
    EXPECT_EQ(plan.serving(), 2U);
}

TEST(StreamPlan, WhoAsksForAStreamThatCannotBeOpenedIsTold) {
    StreamPlan plan;
    plan.ask({});
    plan.unopened("not a CursorState message");
    EXPECT_EQ(plan.state().served, 1U);
    EXPECT_EQ(plan.state().failure, "not a CursorState message");
    EXPECT_FALSE(plan.state().under_way);
}

TEST(StreamPlan, AClockThatIsSetBackHoldsNothingUp) {
    const std::int64_t noon = at("2026-11-27T12:00:00");
    StreamPlan plan;
    plan.open(every(1h, {"22:00-06:00"}), Pass::kSnapshot, 0, false, noon);
    read(plan, noon);
    EXPECT_EQ(plan.wait_ms(noon - 1'000), kHour + 1'000) << "a clock that is kept right";
    EXPECT_EQ(plan.wait_ms(noon - 48 * kHour), 0);
    EXPECT_EQ(plan.wait_ms(noon - 13 * kHour), 7 * kHour) << "it is quiet at that time";
    read(plan, noon - 48 * kHour);
    EXPECT_EQ(plan.wait_ms(noon - 48 * kHour), kHour);
    plan.begin_page();
    plan.failed("HTTP 404", noon, noon + 2 * kHour);
    EXPECT_EQ(plan.wait_ms(noon - 48 * kHour), 0);
}

TEST(StreamPlan, TheSourceMayWantToBeReadSooner) {
    StreamPlan plan;
    plan.open(nightly(), Pass::kSnapshot, 0, false, 0);
    plan.begin_page();
    plan.ended(0, 90s);
    EXPECT_EQ(plan.wait_ms(0), 90'000);
}

}  // namespace
}  // namespace shopwire::runtime

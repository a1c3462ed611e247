#include "common/core/clock.h"

#include <gtest/gtest.h>

namespace shopwire {
namespace {

using namespace std::chrono_literals;

TEST(Backoff, DoublesUpToTheMaximum) {
    EXPECT_EQ(backoff(0, 200ms, 10s, 0), 200ms);
    EXPECT_EQ(backoff(1, 200ms, 10s, 0), 400ms);
    EXPECT_EQ(backoff(5, 200ms, 10s, 0), 6400ms);
    EXPECT_EQ(backoff(6, 200ms, 10s, 0), 10s);
    EXPECT_EQ(backoff(31, 200ms, 10s, 0), 10s);
    EXPECT_EQ(backoff(2'000'000'000, 1h, 24h, 0), 24h);
    EXPECT_EQ(backoff(-1, 200ms, 10s, 0), 200ms);
}

TEST(Backoff, IsShiftedDownByUpToAQuarter) {
    EXPECT_EQ(backoff(0, 1000ms, 10s, 0.5), 875ms);
    EXPECT_GE(backoff(0, 1000ms, 10s, 0.999999), 750ms);
}

TEST(RandomChance, StaysInItsRange) {
    for (int i = 0; i < 1000; ++i) {
        const double chance = random_chance();
        EXPECT_TRUE(chance >= 0 && chance < 1);
    }
}

struct Time {
    const char* text = "";
    std::int64_t unix_ms = 0;
};
void PrintTo(const Time& time, std::ostream* out) { *out << time.text; }

class ParseUtc : public ::testing::TestWithParam<Time> {};

TEST_P(ParseUtc, ReadsIt) {
    const Result<std::int64_t> time = parse_utc(GetParam().text);
    ASSERT_TRUE(time) << time.error().message;
    EXPECT_EQ(*time, GetParam().unix_ms);
}

INSTANTIATE_TEST_SUITE_P(All, ParseUtc,
                         ::testing::Values(Time{"1970-01-01T00:00:00", 0}, Time{"1970-01-01T00:00:00Z", 0},
                                           Time{"1969-12-31T23:59:59.999Z", -1},
                                           Time{"2026-11-22T00:35:01", 1'795'307'701'000},
                                           Time{"2026-11-22 00:35:01", 1'795'307'701'000},
                                           Time{"2026-11-22T00:35:01.25Z", 1'795'307'701'250},
                                           Time{"2026-11-22T00:35:01.2509999", 1'795'307'701'250},
                                           Time{"2026-11-22T02:35:01+02:00", 1'795'307'701'000},
                                           Time{"2026-11-21T19:05:01-0530", 1'795'307'701'000},
                                           Time{"2024-02-29T12:00:00.5+00:00", 1'709'208'000'500},
                                           Time{"2016-12-31T23:59:60Z", 1'483'228'800'000}));

TEST(ParseUtc, RefusesWhatIsNoTime) {
    for (const char* text : {"",
                             "2026-11-22",
                             "2026-11-22T00:35",
                             "2026-11-22T00:35:0",
                             "2026-13-01T00:00:00",
                             "2026-02-29T00:00:00",
                             "2026-11-22T24:00:00",
                             "2026-11-22T00:60:00",
                             "2026-11-22T00:00:61",
                             "2026-11-22T00:35:01X",
                             "2026-11-22T00:35:01+2",
                             "2026-11-22T00:35:01+02:0",
                             "2026-11-22T00:35:01 +02:00",
                             "2026-11-22T00:35:01.",
                             "2026-11-22T00:35:01+25:00",
                             "2026-11-22T00:35:01+02:99",
                             "+026-11-22T00:35:01",
                             "2026-11-22T-1:35:01",
                             "0000-00-00 00:00:00",
                             "2026-11-22T00:35:01.000000000000000000000000000000000Z"}) {
        const Result<std::int64_t> time = parse_utc(text);
        EXPECT_FALSE(time) << text;
        if (!time) {
            EXPECT_EQ(time.error().kind, ErrorKind::kRejected);
        }
    }
}

TEST(FormatUtc, WritesWhatParseReads) {
    EXPECT_EQ(format_utc(1'795'307'701'250), "2026-11-22T00:35:01.250Z");
    EXPECT_EQ(format_utc(0), "1970-01-01T00:00:00.000Z");
    EXPECT_EQ(format_utc(-1), "1969-12-31T23:59:59.999Z");
    EXPECT_EQ(*parse_utc(format_utc(951'782'400'007)), 951'782'400'007);
}

TEST(SystemClock, SleepsUntilStopIsRequested) {
    Clock& clock = system_clock();
    const Clock::Monotonic begin = clock.monotonic();
    EXPECT_TRUE(clock.sleep_for(2ms, {}));
    EXPECT_GE(clock.monotonic() - begin, 2ms);
    std::stop_source stop;
    stop.request_stop();
    EXPECT_FALSE(clock.sleep_for(1h, stop.get_token()));
    EXPECT_GT(clock.now_ms(), 1'700'000'000'000);
}

}  // namespace
}  // namespace shopwire

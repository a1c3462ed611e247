// Goal: local times without an offset become the right instants, summer time included.
#include "common/calendar/zone.h"

#include <gtest/gtest.h>

namespace shopwire::calendar {
namespace {

struct Moment {
    const char* name;
    const char* local;
    std::int64_t unix_s;
};
void PrintTo(const Moment& moment, std::ostream* out) { *out << moment.name; }

class BelgradeTime : public ::testing::TestWithParam<Moment> {};

TEST_P(BelgradeTime, BecomesAnInstant) {
    const Result<Zone> zone = Zone::locate("Europe/Belgrade");
    ASSERT_TRUE(zone);
    EXPECT_EQ(GetParam().unix_s * 1000, zone->parse(GetParam().local).value_or(-1));
}

INSTANTIATE_TEST_SUITE_P(
    Zone, BelgradeTime,
    ::testing::Values(Moment{"Winter", "2026-11-21T10:15:00", 1795252500},        // UTC+1
                      Moment{"Summer", "2026-07-01T12:00:00", 1782900000},        // UTC+2
                      Moment{"SkippedHour", "2026-03-29T02:30:00", 1774746000},   // 01:00 UTC, the change
                      Moment{"DoubledHour", "2026-10-25T02:30:00", 1792888200}),  // its first pass, UTC+2
    [](const auto& test) { return test.param.name; });

TEST(Zone, FormatsAsTheRemoteWantsIt) {
    const Zone zone = *Zone::locate("Europe/Belgrade");
    constexpr std::int64_t kMs = 1795252500000;
    EXPECT_EQ("2026-11-21T10:15:00", zone.format(kMs, "iso_local"));
    EXPECT_EQ("2026-11-21T09:15:00Z", zone.format(kMs, "iso_utc"));
    EXPECT_EQ("1795252500", zone.format(kMs, "epoch_s"));
    EXPECT_EQ("1795252500000", zone.format(kMs, "epoch_ms"));
    EXPECT_EQ("21.11.2026 10:15:00", zone.format(kMs, "%d.%m.%Y %H:%M:%S"));
}

TEST(Zone, RefusesWhatIsNoTime) {
    const Zone zone = *Zone::locate("Europe/Belgrade");
    EXPECT_FALSE(zone.parse("2026-13-01T00:00:00"));
    EXPECT_FALSE(zone.parse("2026-11-21T10:15:00 or so"));
    EXPECT_FALSE(zone.parse(""));
    EXPECT_FALSE(Zone::locate("Europe/Atlantis"));
}

}  // namespace
}  // namespace shopwire::calendar

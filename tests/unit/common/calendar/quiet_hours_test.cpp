// Goal: nothing begins in quiet hours, and what is due then begins at their end.
#include "common/calendar/quiet_hours.h"

#include <gtest/gtest.h>

#include "common/calendar/timetable.h"
#include "common/core/clock.h"

namespace shopwire::calendar {
namespace {

struct Quiet {
    const char* name;
    std::vector<std::string> hours;
    const char* at;       // UTC
    const char* allowed;  // UTC
};
void PrintTo(const Quiet& quiet, std::ostream* out) { *out << quiet.name; }

class BelgradeIsQuiet : public ::testing::TestWithParam<Quiet> {};

TEST_P(BelgradeIsQuiet, UntilThen) {
    const Result<QuietHours> hours = QuietHours::parse(GetParam().hours);
    ASSERT_TRUE(hours) << hours.error().message;
    const Zone zone = *Zone::locate("Europe/Belgrade");
    EXPECT_EQ(format_utc(hours->end_ms(*parse_utc(GetParam().at), zone)), format_utc(*parse_utc(GetParam().allowed)));
}

INSTANTIATE_TEST_SUITE_P(
    QuietHours, BelgradeIsQuiet,
    ::testing::Values(
        Quiet{"None", {}, "2026-11-27T02:00:07", "2026-11-27T02:00:07"},
        Quiet{"Before", {"22:00-06:00"}, "2026-11-27T20:59:59", "2026-11-27T20:59:59"},
        Quiet{"AtTheBeginning", {"22:00-06:00"}, "2026-11-27T21:00:00", "2026-11-28T05:00:00"},
        Quiet{"BehindMidnight", {"22:00-06:00"}, "2026-11-28T04:59:59", "2026-11-28T05:00:00"},
        Quiet{"AtTheEnd", {"22:00-06:00"}, "2026-11-28T05:00:00", "2026-11-28T05:00:00"},
        Quiet{"OneAfterTheOther", {"12:00-13:00", "13:00-14:00"}, "2026-11-27T11:30:00", "2026-11-27T13:00:00"},
        Quiet{"ToMidnight", {"20:00-24:00"}, "2026-11-27T21:00:00", "2026-11-27T23:00:00"},
        // 02:30 does not exist that night: the change at 03:00 ends them.
        Quiet{"EndIsSkipped", {"01:00-02:30"}, "2026-03-29T00:30:00", "2026-03-29T01:00:00"},
        Quiet{"EndIsDoubled", {"01:00-02:30"}, "2026-10-25T00:00:00", "2026-10-25T00:30:00"},
        Quiet{"QuietAgainInTheSecondPass", {"01:00-02:30"}, "2026-10-25T01:10:00", "2026-10-25T01:30:00"}),
    [](const auto& test) { return test.param.name; });

TEST(QuietHours, RefusesWhatLeavesNoTimeOrIsNoTime) {
    for (const std::string text : {"22:00", "22:00-6:00", "22-06", "25:00-26:00", "24:00-06:00", "12:60-13:00",
                                   "06:00-06:00", "a2:00-06:00", "22:00-06:00 ", "-1:00-06:00"})
        EXPECT_FALSE(QuietHours::parse({text})) << text;
    EXPECT_FALSE(QuietHours::parse({"00:00-24:00"}));
    EXPECT_FALSE(QuietHours::parse({"00:00-12:00", "12:00-24:00"}));
}

// A time that was missed is due in the past, whether once or often.
TEST(Timetable, IsDueByIntervalOrByCron) {
    const std::int64_t noon = *parse_utc("2026-11-27T12:00:00");
    const QuietHours quiet = *QuietHours::parse({"02:00-03:00"});
    const Zone utc = *Zone::locate("UTC");
    const Timetable plain(std::chrono::minutes(5), std::nullopt, {}, utc);
    EXPECT_EQ(plain.due_ms(noon), noon + 300'000);
    EXPECT_EQ(plain.allowed_ms(noon), noon);
    const Timetable nightly(std::chrono::minutes(5), *Cron::parse("30 2 * * *"), quiet, utc);
    EXPECT_EQ(format_utc(nightly.due_ms(noon)), "2026-11-28T02:30:00.000Z");
    EXPECT_EQ(format_utc(nightly.allowed_ms(nightly.due_ms(noon))), "2026-11-28T03:00:00.000Z");
    EXPECT_LT(nightly.due_ms(noon - 72 * 3'600'000LL), noon);
}

}  // namespace
}  // namespace shopwire::calendar

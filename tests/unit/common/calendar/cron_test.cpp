// Goal: a cron expression is due at the right instants of a zone, also where its clock jumps.
#include "common/calendar/cron.h"

#include <gtest/gtest.h>

#include "common/core/clock.h"

namespace shopwire::calendar {
namespace {

struct Due {
    const char* name;
    const char* zone;
    const char* cron;
    const char* after;                // UTC
    std::vector<const char*> expected;  // the next ones, UTC
};
void PrintTo(const Due& due, std::ostream* out) { *out << due.name; }

class CronIsDue : public ::testing::TestWithParam<Due> {};

TEST_P(CronIsDue, AtTheseTimes) {
    const Due& due = GetParam();
    const Result<Cron> cron = Cron::parse(due.cron);
    ASSERT_TRUE(cron) << cron.error().message;
    const Zone zone = *Zone::locate(due.zone);
    std::int64_t at = *parse_utc(due.after);
    for (const char* expected : due.expected) {
        at = cron->next_ms(at, zone);
        EXPECT_EQ(format_utc(at), format_utc(*parse_utc(expected)));
    }
}

INSTANTIATE_TEST_SUITE_P(
    Plain, CronIsDue,
    ::testing::Values(
        Due{"EveryMinute", "UTC", "* * * * *", "2026-11-27T10:00:30", {"2026-11-27T10:01:00", "2026-11-27T10:02:00"}},
        Due{"NeverTheSameMinuteAgain", "UTC", "30 2 * * *", "2026-11-27T02:30:00", {"2026-11-28T02:30:00"}},
        Due{"Night", "Europe/Belgrade", "30 2 * * *", "2026-11-27T00:00:00", {"2026-11-27T01:30:00"}},
        Due{"Steps",
            "UTC",
            "*/20 8 * * *",
            "2026-11-27T08:10:00",
            {"2026-11-27T08:20:00", "2026-11-27T08:40:00", "2026-11-28T08:00:00"}},
        Due{"StepFromAStart",
            "UTC",
            "50/5 0 * * *",
            "2026-11-27T00:00:00",
            {"2026-11-27T00:50:00", "2026-11-27T00:55:00", "2026-11-28T00:50:00"}},
        Due{"List", "UTC", "0 6,18 * * *", "2026-11-27T07:00:00", {"2026-11-27T18:00:00", "2026-11-28T06:00:00"}},
        Due{"NamesOfDays", "UTC", "0 9 * * mon-fri", "2026-11-27T10:00:00", {"2026-11-30T09:00:00"}},
        Due{"SundayByAnyName", "UTC", "0 0 * * 7", "2026-11-27T10:00:00", {"2026-11-29T00:00:00"}},
        Due{"SundayClosesARange",
            "UTC",
            "0 0 * * Fri-Sun",
            "2026-11-27T10:00:00",
            {"2026-11-28T00:00:00", "2026-11-29T00:00:00", "2026-12-04T00:00:00"}},
        Due{"NamesOfMonths",
            "UTC",
            "0 0 1 JAN,jul *",
            "2026-11-27T10:00:00",
            {"2027-01-01T00:00:00", "2027-07-01T00:00:00"}},
        Due{"EitherKindOfDay",
            "UTC",
            "0 0 13 * fri",
            "2026-12-11T12:00:00",
            {"2026-12-13T00:00:00", "2026-12-18T00:00:00"}},
        Due{"BothKindsWithAStar", "UTC", "0 0 */2 * tue", "2026-11-27T10:00:00", {"2026-12-01T00:00:00"}},
        Due{"LeapDay", "UTC", "0 12 29 2 *", "2026-11-27T10:00:00", {"2028-02-29T12:00:00", "2032-02-29T12:00:00"}},
        Due{"LeapDayOverACentury", "UTC", "0 12 29 2 *", "2096-03-01T00:00:00", {"2104-02-29T12:00:00"}},
        Due{"LastDayOfMost", "UTC", "0 0 31 * *", "2026-11-01T00:00:00", {"2026-12-31T00:00:00"}},
        Due{"BehindMidnightOfUtc",
            "Pacific/Auckland",
            "0 0 * * *",
            "2026-07-01T11:59:00",
            {"2026-07-01T12:00:00", "2026-07-02T12:00:00"}}),
    [](const auto& test) { return test.param.name; });

// Belgrade: 2026-03-29 01:00Z, 02:00 becomes 03:00; 2026-10-25 01:00Z, 03:00 becomes 02:00.
// New York: 2026-03-08 07:00Z and 2026-11-01 06:00Z.
INSTANTIATE_TEST_SUITE_P(SummerTime, CronIsDue,
                         ::testing::Values(Due{"BelgradeSkippedRunsOnceAtTheChange",
                                               "Europe/Belgrade",
                                               "30 2 * * *",
                                               "2026-03-28T12:00:00",
                                               {"2026-03-29T01:00:00", "2026-03-30T00:30:00"}},
                                           Due{"BelgradeDoubledRunsOnce",
                                               "Europe/Belgrade",
                                               "30 2 * * *",
                                               "2026-10-24T12:00:00",
                                               {"2026-10-25T00:30:00", "2026-10-26T01:30:00"}},
                                           Due{"BelgradeTwoSkippedTimesAreOneRun",
                                               "Europe/Belgrade",
                                               "15,45 2 * * *",
                                               "2026-03-28T12:00:00",
                                               {"2026-03-29T01:00:00", "2026-03-30T00:15:00"}},
                                           Due{"BelgradeSkippedAndTheNextHour",
                                               "Europe/Belgrade",
                                               "0 2,3 * * *",
                                               "2026-03-28T12:00:00",
                                               {"2026-03-29T01:00:00", "2026-03-30T00:00:00"}},
                                           Due{"BelgradeEveryHourLeavesNoneOut",
                                               "Europe/Belgrade",
                                               "30 * * * *",
                                               "2026-03-29T00:00:00",
                                               {"2026-03-29T00:30:00", "2026-03-29T01:30:00"}},
                                           Due{"BelgradeEveryHourRunsInBoth",
                                               "Europe/Belgrade",
                                               "30 * * * *",
                                               "2026-10-24T23:45:00",
                                               {"2026-10-25T00:30:00", "2026-10-25T01:30:00", "2026-10-25T02:30:00"}},
                                           Due{"BelgradeFromTheSecondPass",
                                               "Europe/Belgrade",
                                               "30 2,4 * * *",
                                               "2026-10-25T01:10:00",
                                               {"2026-10-25T03:30:00"}},
                                           Due{"NewYorkSkipped",
                                               "America/New_York",
                                               "30 2 * * *",
                                               "2026-03-07T12:00:00",
                                               {"2026-03-08T07:00:00", "2026-03-09T06:30:00"}},
                                           Due{"NewYorkDoubled",
                                               "America/New_York",
                                               "30 1 * * *",
                                               "2026-10-31T12:00:00",
                                               {"2026-11-01T05:30:00", "2026-11-02T06:30:00"}},
                                           Due{"NewYorkEveryQuarterInBoth",
                                               "America/New_York",
                                               "*/30 * * * *",
                                               "2026-11-01T05:15:00",
                                               {"2026-11-01T05:30:00", "2026-11-01T06:00:00", "2026-11-01T06:30:00",
                                                "2026-11-01T07:00:00"}},
                                           // Midnight itself is skipped there: 2026-09-06 04:00Z.
                                           Due{"SantiagoSkippedMidnight",
                                               "America/Santiago",
                                               "0 0 * * *",
                                               "2026-09-05T12:00:00",
                                               {"2026-09-06T04:00:00", "2026-09-07T03:00:00"}}),
                         [](const auto& test) { return test.param.name; });

struct Bad {
    const char* name;
    const char* cron;
    const char* says;
};
void PrintTo(const Bad& bad, std::ostream* out) { *out << bad.name; }

class CronRefuses : public ::testing::TestWithParam<Bad> {};

TEST_P(CronRefuses, AndSaysWhatIsWrong) {
    const Result<Cron> cron = Cron::parse(GetParam().cron);
    ASSERT_FALSE(cron);
    EXPECT_NE(cron.error().message.find(GetParam().says), std::string::npos) << cron.error().message;
}

INSTANTIATE_TEST_SUITE_P(
    Cron, CronRefuses,
    ::testing::Values(Bad{"Empty", "", "expected five fields"}, Bad{"FourFields", "0 2 * *", "expected five fields"},
                      Bad{"Seconds", "0 0 2 * * *", "expected five fields"},
                      Bad{"MinuteOver", "60 * * * *", "minute: expected 0 to 59"},
                      Bad{"HourOver", "0 24 * * *", "hour: expected 0 to 23"},
                      Bad{"DayZero", "0 0 0 * *", "day of the month: expected 1 to 31"},
                      Bad{"MonthName", "0 0 1 janu *", "month: expected 1 to 12 or a name"},
                      Bad{"WeekdayOver", "0 0 * * 8", "day of the week: expected 0 to 7"},
                      Bad{"Backwards", "30-10 * * * *", "got \"30-10\""}, Bad{"StepZero", "*/0 * * * *", "got \"*/0\""},
                      Bad{"StepOfNothing", "*/ * * * *", "got \"*/\""}, Bad{"EmptyEntry", "1,,2 * * * *", "got \"\""},
                      Bad{"Sign", "+5 * * * *", "got \"+5\""}, Bad{"Question", "0 0 ? * *", "got \"?\""},
                      Bad{"NoSuchDay", "0 0 31 2 *", "no day is ever like"}),
    [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace shopwire::calendar

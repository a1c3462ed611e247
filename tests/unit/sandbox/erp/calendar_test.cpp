#include "tests/sandbox/erp/calendar.h"

#include <gtest/gtest.h>

namespace sandbox::erp {
namespace {

constexpr Microseconds kSecond = 1'000'000;
constexpr Microseconds kHour = 3'600 * kSecond;
constexpr Microseconds kSummerEnds2026 = 1'792'890'000 * kSecond;  // 2026-10-25T01:00:00Z

TEST(Calendar, WritesBelgradeTimeWithoutOffset) {
    EXPECT_EQ(iso_local_time(0), "1970-01-01T01:00:00");
    EXPECT_EQ(iso_local_time(kSummerEnds2026 - kSecond), "2026-10-25T02:59:59");
    EXPECT_EQ(iso_local_time(kSummerEnds2026), "2026-10-25T02:00:00");
    EXPECT_EQ(serbian_local_time(kSummerEnds2026 + 999'999), "25.10.2026 02:00:00");
}

TEST(Calendar, ReadsBackWhatItWritesExceptInTheRepeatedHour) {
    for (const Microseconds at : {kSummerEnds2026 - 48 * kHour, kSummerEnds2026 + kHour, Microseconds{0}}) {
        EXPECT_EQ(parse_iso_local_time(iso_local_time(at)), at);
        EXPECT_EQ(parse_serbian_local_time(serbian_local_time(at)), at);
    }
    EXPECT_EQ(parse_iso_local_time("2026-10-25T02:30:00"), kSummerEnds2026 - kHour / 2) << "the earlier of the two";
}

TEST(Calendar, RefusesDaysAndTimesThatDoNotExist) {
    for (const char* bad : {"2026-02-29", "2026-13-01", "2026-1-01", "21.11.2026", "", "2026-11-2x"})
        EXPECT_FALSE(parse_iso_date(bad)) << bad;
    EXPECT_TRUE(parse_iso_date("2028-02-29"));
    EXPECT_FALSE(parse_serbian_date("2026-11-21"));
    EXPECT_FALSE(parse_serbian_date("31.11.2026"));
    EXPECT_FALSE(parse_iso_local_time("2026-11-21T24:00:00"));
    EXPECT_FALSE(parse_iso_local_time("2026-11-21 10:00:00"));
    EXPECT_FALSE(parse_iso_local_time("2026-11-21T10:00:00+01:00"));
}

}  // namespace
}  // namespace sandbox::erp

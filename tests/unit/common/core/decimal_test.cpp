#include "common/core/decimal.h"

#include <gtest/gtest.h>

#include <vector>

namespace shopwire {
namespace {

struct Good {
    const char* text = "";
    std::int64_t micros = 0;
};
void PrintTo(const Good& row, std::ostream* out) { *out << row.text; }

class DecimalParses : public ::testing::TestWithParam<Good> {};

TEST_P(DecimalParses, Exactly) {
    const Result<Decimal> value = Decimal::parse(GetParam().text);
    ASSERT_TRUE(value) << value.error().message;
    EXPECT_EQ(value->micros(), GetParam().micros);
}

INSTANTIATE_TEST_SUITE_P(All, DecimalParses,
                         ::testing::Values(Good{"0", 0}, Good{"-0", 0}, Good{"12", 12'000'000}, Good{"-0.5", -500'000},
                                           Good{"1299.00", 1'299'000'000}, Good{"19.99", 19'990'000},
                                           Good{"0.000001", 1}, Good{"1.2345670000000000000000000000", 1'234'567},
                                           Good{"007", 7'000'000}, Good{"9999999999.999999", 9'999'999'999'999'999},
                                           Good{"-9999999999.999999", -9'999'999'999'999'999}));

TEST(Decimal, RefusesWhatItCannotHoldExactly) {
    for (const char* text : {"",
                             "-",
                             ".",
                             ".5",
                             "5.",
                             "-.5",
                             "+1",
                             " 1",
                             "1 ",
                             "1e3",
                             "1,5",
                             "0x1",
                             "1.2.3",
                             "--1",
                             "NaN",
                             "inf",
                             "0.0000001",
                             "1.2345678",
                             "0.0000000000000000000001",
                             "1.0000000000000000000000000001",
                             "10000000000",
                             "-10000000000",
                             "99999999999999999999999999999999",
                             "12345678901234567890123456789012345678901234567890123456789012345678901234567890"}) {
        const Result<Decimal> value = Decimal::parse(text);
        EXPECT_FALSE(value) << text;
        if (!value) {
            EXPECT_EQ(value.error().kind, ErrorKind::kRejected);
        }
    }
}

class DecimalRounds : public ::testing::TestWithParam<Good> {};

TEST_P(DecimalRounds, HalfAwayFromZero) {
    const Result<Decimal> value = Decimal::parse_rounded(GetParam().text);
    ASSERT_TRUE(value) << value.error().message;
    EXPECT_EQ(value->micros(), GetParam().micros);
}

INSTANTIATE_TEST_SUITE_P(All, DecimalRounds,
                         ::testing::Values(Good{"1e3", 1'000'000'000}, Good{"1.5E-3", 1'500},
                                           Good{"12.5e+1", 125'000'000}, Good{"0.0000005", 1}, Good{"-0.0000005", -1},
                                           Good{"0.00000049999999", 0}, Good{"19.990000000000002", 19'990'000},
                                           Good{"1e-999", 0}, Good{"0e999", 0}, Good{"5e-7", 1}, Good{"49e-8", 0},
                                           Good{"0.00000000000000000000000001e20", 0},
                                           Good{"9999999999.9999994", 9'999'999'999'999'999}));

TEST(Decimal, RefusesWhatIsNoJsonNumber) {
    for (const char* text : {"", "1e", "1e+", "1e1234", "e5", "1e5x", "1x", "1e10", "9999999999.9999999", "1e999"})
        EXPECT_FALSE(Decimal::parse_rounded(text)) << text;
}

TEST(Decimal, ReadsTheTextOfAnotherCulture) {
    const auto micros = [](std::string_view text, char decimal, char thousands) -> std::int64_t {
        const Result<Decimal> value = Decimal::parse_local(text, decimal, thousands);
        return value ? value->micros() : -1;
    };
    EXPECT_EQ(micros("1.299,00", ',', '.'), 1'299'000'000);
    EXPECT_EQ(micros("1 234 567,5", ',', ' '), 1'234'567'500'000);
    EXPECT_EQ(micros("-1,234.5", '.', ','), -1'234'500'000);
    EXPECT_EQ(micros("299,5", ',', 0), 299'500'000);
    EXPECT_EQ(micros("1299", ',', '.'), 1'299'000'000);
    for (const char* text :
         {"1.29,00", "1.2999,00", ".299,00", "1299.000,0", "1.299,0.0", "1,2,3", "1.299.", "", "1299,", "1..299"})
        EXPECT_EQ(micros(text, ',', '.'), -1) << text;
    EXPECT_EQ(micros("1.299,00", ',', 0), -1);
}

TEST(Decimal, WritesTheShortestTextWithAMinimumOfDecimals) {
    EXPECT_EQ(Decimal::from_micros(12'500'000).text(), "12.5");
    EXPECT_EQ(Decimal::from_micros(12'500'000).text(2), "12.50");
    EXPECT_EQ(Decimal::from_micros(-1).text(), "-0.000001");
    EXPECT_EQ(Decimal::from_integer(7).text(), "7");
    EXPECT_EQ(Decimal().text(6), "0.000000");
    EXPECT_EQ(Decimal::from_micros(9'223'372'036'854'775'807).text(), "9223372036854.775807");
}

TEST(Decimal, RoundsAndFloors) {
    EXPECT_EQ(Decimal::from_micros(1'005'000).rounded(2).text(), "1.01");
    EXPECT_EQ(Decimal::from_micros(-1'005'000).rounded(2).text(), "-1.01");
    EXPECT_EQ(Decimal::from_micros(1'004'999).rounded(2).text(), "1");
    EXPECT_EQ(Decimal::from_micros(1'500'000).rounded(0).text(), "2");
    EXPECT_EQ(Decimal::from_micros(1'234'567).rounded(6).micros(), 1'234'567);
    EXPECT_EQ(Decimal::from_micros(1'999'999).floor(), 1);
    EXPECT_EQ(Decimal::from_micros(-1).floor(), -1);
    EXPECT_EQ(Decimal::from_micros(-1'000'000).floor(), -1);
}

TEST(Decimal, AddsAndStaysAtItsLimit) {
    const Decimal largest = Decimal::from_micros(std::numeric_limits<std::int64_t>::max());
    EXPECT_EQ((Decimal::from_micros(1) + Decimal::from_micros(2)).micros(), 3);
    EXPECT_EQ((Decimal::from_micros(1) - Decimal::from_micros(2)).micros(), -1);
    EXPECT_EQ(largest + Decimal::from_micros(1), largest);
    EXPECT_EQ(-largest - Decimal::from_micros(1), -largest);
    EXPECT_LT(Decimal::from_micros(-1), Decimal());
    Decimal sum;
    for (int i = 0; i < 100; ++i) sum += *Decimal::parse("0.01");
    EXPECT_EQ(sum, Decimal::from_integer(1));
}

TEST(Decimal, MultipliesAndDividesExactlyAndRoundsOnce) {
    const auto of = [](std::string_view text) { return *Decimal::parse(text); };
    EXPECT_EQ(multiply(of("19.99"), of("3"), 2)->text(), "59.97");
    EXPECT_EQ(multiply(of("0.005"), of("1"), 2)->text(), "0.01");
    EXPECT_EQ(multiply(of("-0.005"), of("1"), 2)->text(), "-0.01");
    EXPECT_EQ(divide(of("100"), of("3"), 2)->text(), "33.33");
    EXPECT_EQ(divide(of("-200"), of("3"), 2)->text(), "-66.67");
    EXPECT_EQ(divide(of("1"), of("-8"), 6)->text(), "-0.125");
    EXPECT_EQ(divide(of("9999999999"), of("0.5"), 2).error().kind, ErrorKind::kRejected);
    EXPECT_EQ(multiply(of("9999999999"), of("9999999999"), 2).error().kind, ErrorKind::kRejected);
    EXPECT_EQ(divide(of("1"), Decimal(), 2).error().message, "dividing 1 by zero");
}

}  // namespace
}  // namespace shopwire

#include "tests/sandbox/erp/amount.h"

#include "tests/sandbox/erp/serbian_text.h"

#include <gtest/gtest.h>

namespace sandbox::erp {
namespace {

Amount amount(const char* text) { return Amount::parse(text).value(); }

TEST(Amount, ReadsPlainDecimalsAndNothingElse) {
    EXPECT_EQ(amount("1299.00").units(), 12'990'000);
    EXPECT_EQ(amount("-2.5").units(), -25'000);
    EXPECT_EQ(amount("10.1873").units(), 101'873);
    EXPECT_EQ(amount("1.50000000").units(), 15'000);
    for (const char* bad : {"", "-", ".5", "1.", "1e3", "1,5", "abc", "1.00001", "99999999999", "1 "}) {
        EXPECT_FALSE(Amount::parse(bad)) << bad;
    }
}

TEST(Amount, WritesWithAFixedNumberOfPlacesHalfUp) {
    EXPECT_EQ(amount("1.005").text(2), "1.01");
    EXPECT_EQ(amount("-1.005").text(2), "-1.01");
    EXPECT_EQ(amount("0.05").text(3), "0.050");
    EXPECT_EQ(amount("7").text(0), "7");
    EXPECT_EQ(amount("0.1").places(), 1);
    EXPECT_EQ(amount("0").places(), 0);
}

// contract rules 7.2
TEST(Amount, LineAmountsAgreeWithTheDiscountVectors) {
    const Amount three = amount("3");
    const Amount price = amount("1299");
    EXPECT_EQ(line_amount(three, price, amount("10.19"), {}).text(2), "3499.90");
    EXPECT_EQ(line_amount(three, price, amount("10.187"), {}).text(2), "3500.01");
    EXPECT_EQ(line_amount(three, price, amount("10.1873"), {}).text(2), "3500.00");
    EXPECT_EQ(line_amount(three, amount("1166.67"), {}, {}).text(2), "3500.01");
    const Amount split =
        line_amount(amount("2"), amount("1166.67"), {}, {}) + line_amount(amount("1"), amount("1166.66"), {}, {});
    EXPECT_EQ(split.text(2), "3500.00");
}

TEST(Amount, LineAmountsAreRoundedOnceAtTheEnd) {
    // 0.001 x 1 x 0.995 x ... is 0.000995 and must not be pushed over half a cent by an earlier rounding.
    EXPECT_EQ(line_amount(amount("0.005"), amount("1"), amount("0.0001"), {}).text(2), "0.00");
    EXPECT_EQ(line_amount(amount("0.005"), amount("1"), {}, {}).text(2), "0.01");
    EXPECT_EQ(line_amount(amount("1"), amount("100"), amount("10"), amount("5")).text(2), "85.50");
    EXPECT_EQ(line_amount(amount("1000000"), amount("1000000"), {}, {}).text(0), "1000000000000");
}

TEST(Amount, VatAndPriceBases) {
    EXPECT_EQ(vat_inside(amount("3500"), amount("20")).text(2), "583.33");
    EXPECT_EQ(vat_on_top(amount("1082.5"), amount("20")).text(2), "216.50");
    EXPECT_EQ(net_of(amount("1299"), amount("20")).text(4), "1082.5000");
    EXPECT_EQ(net_of(amount("899.99"), amount("20")).text(4), "749.9917");
    EXPECT_EQ(gross_of(amount("749.9917"), amount("20")).text(2), "899.99");
}

TEST(SerbianNumbers, AreWrittenWithCommaAndThousandsDots) {
    EXPECT_EQ(serbian::money(amount("1082.5")), "1.082,50");
    EXPECT_EQ(serbian::money(amount("152340")), "152.340,00");
    EXPECT_EQ(serbian::money(amount("-1234567.8")), "-1.234.567,80");
    EXPECT_EQ(serbian::money(amount("749.9917")), "749,9917");
    EXPECT_EQ(serbian::money(amount("100")), "100,00");
    EXPECT_EQ(serbian::quantity(amount("24")), "24,000");
    EXPECT_EQ(serbian::quantity(amount("-2.5")), "-2,500");
}

TEST(SerbianNumbers, AreReadStrictly) {
    EXPECT_EQ(serbian::parse_number("1.299,00"), amount("1299"));
    EXPECT_EQ(serbian::parse_number("1299,00"), amount("1299"));
    EXPECT_EQ(serbian::parse_number("1.234.567,8"), amount("1234567.8"));
    EXPECT_EQ(serbian::parse_number("10,1873"), amount("10.1873"));
    EXPECT_EQ(serbian::parse_number("3"), amount("3"));
    EXPECT_EQ(serbian::parse_number("-1.000,5"), amount("-1000.5"));
    for (const char* bad : {"1299.00", "1.2,5", "1234.567,00", ".500", "1,2,3", "1.", "1,", "", "12a", "1.299.00"}) {
        EXPECT_FALSE(serbian::parse_number(bad)) << bad;
    }
}

}  // namespace
}  // namespace sandbox::erp

// Goal: units of shops become kilograms and centimetres exactly.  The figures are the legal definitions.
#include "services/logistos/measure.h"

#include <gtest/gtest.h>

namespace shopwire::logistos {
namespace {

struct Case {
    const char* text;
    const char* expected;
};

TEST(Weight, BecomesKilogramsExactly) {
    for (const Case& one : {Case{"500 g", "0.5"}, Case{"1 lb", "0.453592"}, Case{"10 lbs", "4.535924"},
                            Case{"1 oz", "0.02835"}, Case{"16oz", "0.453592"}, Case{"2.5", "2.5"},
                            Case{"2.5 KG", "2.5"}, Case{"0.0005 g", "0.000001"}, Case{"0", "0"}}) {
        const Result<Decimal> kilograms = parse_weight(one.text);
        ASSERT_TRUE(kilograms) << one.text << ": " << kilograms.error().message;
        EXPECT_EQ(one.expected, kilograms->text()) << one.text;
    }
}

TEST(Length, BecomesCentimetresExactly) {
    for (const Case& one : {Case{"12 in", "30.48"}, Case{"250mm", "25"}, Case{"1 m", "100"}, Case{"1 yd", "91.44"},
                            Case{"1 ft", "30.48"}, Case{"8", "8"}, Case{"0.1 mm", "0.01"}}) {
        const Result<Decimal> centimetres = parse_length(one.text);
        ASSERT_TRUE(centimetres) << one.text << ": " << centimetres.error().message;
        EXPECT_EQ(one.expected, centimetres->text()) << one.text;
    }
}

TEST(Length, OfAMillionUnitsDoesNotOverflow) {
    EXPECT_EQ("91439999.90856", to_centimetres(Decimal::parse("999999.999").value(), "yd")->text());
    EXPECT_FALSE(to_kilograms(Decimal::parse("1000000").value(), "oz"));
}

TEST(Measure, NamesWhatItDoesNotKnow) {
    EXPECT_EQ("unit \"stone\" is not known", parse_weight("2 stone").error().message);
    EXPECT_EQ("unit \"kg\" is not known", parse_length("2 kg").error().message);
    EXPECT_FALSE(parse_weight("heavy"));
    EXPECT_FALSE(parse_weight(""));
    EXPECT_FALSE(to_kilograms(Decimal::parse("-1").value(), "kg"));
}

}  // namespace
}  // namespace shopwire::logistos

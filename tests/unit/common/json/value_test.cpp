#include "common/json/value.h"

#include <gtest/gtest.h>

namespace shopwire::json {
namespace {

struct Kept {
    const char* name = "";
    const char* text = "";
    const char* expected = "";
};
void PrintTo(const Kept& row, std::ostream* out) { *out << row.name; }

class NumberText : public ::testing::TestWithParam<Kept> {};

TEST_P(NumberText, StaysAsItCame) {
    const auto document = Document::parse(GetParam().text);
    ASSERT_TRUE(document) << document.error().message;
    EXPECT_EQ(document->root().text(), GetParam().expected);
    EXPECT_EQ(document->root().dump(), GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(Json, NumberText,
                         ::testing::Values(Kept{"Whole", "42", "42"}, Kept{"Negative", "-42", "-42"},
                                           Kept{"Zeros", "1299.00", "1299.00"},
                                           Kept{"Noise", "6.586985333333334", "6.586985333333334"},
                                           Kept{"Largest64", "18446744073709551615", "18446744073709551615"},
                                           Kept{"Over64", "18446744073709551616123", "18446744073709551616123"},
                                           Kept{"Exponent", "1.5E+3", "1.5E+3"}),
                         [](const auto& test) { return std::string(test.param.name); });

struct Bad {
    const char* name = "";
    std::string text{};
    const char* message = "";
};
void PrintTo(const Bad& row, std::ostream* out) { *out << row.name; }

class BadText : public ::testing::TestWithParam<Bad> {};

TEST_P(BadText, IsAnErrorThatNamesThePlaceAndNotTheContent) {
    const auto document = Document::parse(GetParam().text);
    ASSERT_FALSE(document);
    EXPECT_EQ(document.error().kind, ErrorKind::kRejected);
    EXPECT_EQ(document.error().message, GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(
    Json, BadText,
    ::testing::Values(Bad{"Empty", "", "parsing JSON: text ends too early, at byte 0"},
                      Bad{"Html", "<html>Anna</html>", "parsing JSON: syntax error at byte 1"},
                      Bad{"Cut", R"({"name":"An)", "parsing JSON: text ends too early, at byte 11"},
                      Bad{"Trailing", "{} x", "parsing JSON: syntax error at byte 4"},
                      Bad{"NotUtf8", "\"\xC3\x28\"", "parsing JSON: syntax error at byte 3"},
                      Bad{"TooBig", "1e999", "parsing JSON: number out of range at byte 5"},
                      Bad{"TooDeep", std::string(65, '[') + std::string(65, ']'),
                          "parsing JSON: nested deeper than 64"},
                      Bad{"TooLong", std::string(kBytesMax + 1, ' '), "parsing JSON: longer than 33554432 bytes"}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(JsonDocument, TakesTheDeepestTreeThatIsAllowed) {
    const auto document = Document::parse(std::string(kDepthMax, '[') + std::string(kDepthMax, ']'));
    ASSERT_TRUE(document);
    EXPECT_EQ(document->root().size(), 1U);
}

TEST(JsonDocument, AnswersForWhatIsNotThereWithNull) {
    const auto document = Document::parse(R"({"a":[1,{"b":"x"}],"n":null,"t":true})");
    ASSERT_TRUE(document);
    const Value root = document->root();
    EXPECT_EQ(root.member("a").at(1).member("b").text(), "x");
    EXPECT_TRUE(root.member("t").boolean());
    EXPECT_TRUE(root.has("n"));
    EXPECT_FALSE(root.has("m"));
    EXPECT_TRUE(root.member("m").member("deeper").at(7).is_null());
    EXPECT_TRUE(root.member("a").at(2).is_null());
    EXPECT_EQ(root.member("t").text(), "");
    EXPECT_EQ(Value().dump(), "null");
}

TEST(JsonDocument, TakesTheLastOfTwoMembersWithOneName) {
    const auto document = Document::parse(R"({"id":1,"id":2})");
    ASSERT_TRUE(document);
    EXPECT_EQ(document->root().member("id").text(), "2");
}

TEST(JsonDocument, DumpsWhatItRead) {
    const std::string text = R"({"a":[1.50,"\u00e4\n\"",{},[]],"b":{"c":null,"d":false}})";
    const auto document = Document::parse(text);
    ASSERT_TRUE(document);
    EXPECT_EQ(document->root().dump(), "{\"a\":[1.50,\"\xC3\xA4\\n\\\"\",{},[]],\"b\":{\"c\":null,\"d\":false}}");
}

TEST(JsonDocument, WalksAnObjectInTheOrderOfItsText) {
    const auto document = Document::parse(R"({"b":1.50,"a":["x"]})");
    ASSERT_TRUE(document);
    const Value root = document->root();
    ASSERT_EQ(root.size(), 2U);
    EXPECT_EQ(root.member_at(0).first, "b");
    EXPECT_EQ(root.member_at(0).second.text(), "1.50");
    EXPECT_EQ(root.member_at(1).first, "a");
    EXPECT_TRUE(root.member_at(1).second.is_array());
    EXPECT_TRUE(root.member_at(2).first.empty());
    EXPECT_TRUE(root.member_at(2).second.is_null());
    EXPECT_TRUE(root.member("a").member_at(0).second.is_null()) << "a list has no members";
}

TEST(JsonDocument, KeepsItsValuesWhenItMoves) {
    auto document = Document::parse(R"({"a":"b"})");
    ASSERT_TRUE(document);
    const Value root = document->root();
    const Document moved = std::move(*document);
    EXPECT_EQ(root.member("a").text(), "b");
    EXPECT_EQ(moved.root().member("a").text(), "b");
}

}  // namespace
}  // namespace shopwire::json

#include <gtest/gtest.h>

#include <functional>

#include "common/json/value.h"

namespace shopwire::json {
namespace {

struct Case {
    const char* name = "";
    const char* text = "";
    std::function<void(Reader&)> read{};
    const char* message = "";
};
void PrintTo(const Case& row, std::ostream* out) { *out << row.name; }

class ReaderRefuses : public ::testing::TestWithParam<Case> {};

TEST_P(ReaderRefuses, WithThePathOfTheFirstProblem) {
    const auto document = Document::parse(GetParam().text);
    ASSERT_TRUE(document);
    Reader reader(document->root());
    if (GetParam().read) GetParam().read(reader);
    const Status status = reader.status();
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().kind, ErrorKind::kRejected);
    EXPECT_EQ(status.error().message, GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(
    Json, ReaderRefuses,
    ::testing::Values(
        Case{"ArrayAsRoot", "[]", nullptr, "$: expected object, got array"},
        Case{"NullInLine", R"({"line_items":[{"sku":null}]})",
             [](Reader& read) {
                 for (Reader& line : read.array("line_items")) line.string("sku");
             },
             "$.line_items[0].sku: expected string, got null"},
        Case{"Absent", "{}", [](Reader& read) { read.string("sku"); }, "$.sku: expected string, got nothing"},
        Case{"NumberAsString", R"({"sku":5})", [](Reader& read) { read.string("sku"); },
             "$.sku: expected string, got number"},
        Case{"StringOr", R"({"sku":5})", [](Reader& read) { read.string_or("sku", "x"); },
             "$.sku: expected string, got number"},
        Case{"Fraction", R"({"n":2.5})", [](Reader& read) { read.integer("n"); }, "$.n: expected integer, got number"},
        Case{"NoDigits", R"({"n":"5a"})", [](Reader& read) { read.integer("n"); }, "$.n: expected integer, got string"},
        Case{"IntegerTooLong", R"({"n":18446744073709551616})", [](Reader& read) { read.integer("n"); },
             "$.n: expected integer, got number"},
        Case{"IntegerOrNone", R"({"n":""})", [](Reader& read) { read.integer_or_none("n"); },
             "$.n: expected integer, got string"},
        Case{"Comma", R"({"p":"24,90"})", [](Reader& read) { read.decimal("p"); }, "$.p: expected decimal, got string"},
        Case{"TooManyDecimals", R"({"p":"1.1234567"})", [](Reader& read) { read.decimal("p"); },
             "$.p: expected decimal, got string"},
        Case{"NumberTooLarge", R"({"p":10000000000})", [](Reader& read) { read.decimal("p"); },
             "$.p: expected number below 10000000000, got number"},
        Case{"TextTooLarge", R"({"p":"-10000000000.5"})", [](Reader& read) { read.decimal("p"); },
             "$.p: expected number below 10000000000, got string"},
        Case{"EmptyDecimal", R"({"p":""})", [](Reader& read) { read.decimal("p"); },
             "$.p: expected decimal, got string"},
        Case{"BooleanAsText", R"({"b":"yes"})", [](Reader& read) { read.boolean_or("b", true); },
             "$.b: expected boolean, got string"},
        Case{"BooleanAbsent", "{}", [](Reader& read) { read.boolean("b"); }, "$.b: expected boolean, got nothing"},
        Case{"ObjectAsArray", R"({"o":[]})", [](Reader& read) { read.object("o").string("x"); },
             "$.o: expected object, got array"},
        Case{"ObjectOrNone", R"({"o":1})", [](Reader& read) { read.object_or_none("o"); },
             "$.o: expected object, got number"},
        Case{"ArrayAsObject", R"({"a":{}})", [](Reader& read) { read.array_or_empty("a"); },
             "$.a: expected array, got object"},
        Case{"ArrayOfNumbers", R"({"a":[{},7]})", [](Reader& read) { read.array("a"); },
             "$.a[1]: expected object, got number"},
        Case{"Id", R"({"id":""})", [](Reader& read) { read.id("id"); }, "$.id: expected id, got string"},
        Case{"FirstOfTwo", "{}",
             [](Reader& read) {
                 read.string("a");
                 read.string("b");
             },
             "$.a: expected string, got nothing"},
        Case{"OwnRule", R"({"status":"odd"})", [](Reader& read) { read.fail("status", "a known status"); },
             "$.status: expected a known status, got string"}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(JsonReader, ReadsEveryType) {
    const auto document =
        Document::parse(R"({"s":"x","i":7,"j":"8","d":"1.50","e":9.880478,"f":1e2,"b":true,"o":{"k":"v"},)"
                        R"("a":[{"n":1},{"n":2}],"id":12,"code":"c-1"})");
    ASSERT_TRUE(document);
    Reader read(document->root());
    EXPECT_EQ(read.string("s"), "x");
    EXPECT_EQ(read.integer("i"), 7);
    EXPECT_EQ(read.integer("j"), 8);
    EXPECT_EQ(read.decimal("d").text(2), "1.50");
    EXPECT_EQ(read.decimal("e").text(), "9.880478");
    EXPECT_EQ(read.decimal("f").text(), "100");
    EXPECT_TRUE(read.boolean("b"));
    EXPECT_EQ(read.object("o").string("k"), "v");
    std::int64_t sum = 0;
    for (Reader& item : read.array("a")) sum += item.integer("n");
    EXPECT_EQ(sum, 3);
    EXPECT_EQ(read.id("id"), "12");
    EXPECT_EQ(read.id("code"), "c-1");
    EXPECT_TRUE(read.status());
}

TEST(JsonReader, GivesTheDefaultForAbsentAndNull) {
    for (const char* text : {"{}", R"({"s":null,"i":null,"d":null,"b":null,"a":null,"o":null})"}) {
        const auto document = Document::parse(text);
        ASSERT_TRUE(document);
        Reader read(document->root());
        EXPECT_EQ(read.string_or("s", "fallback"), "fallback");
        EXPECT_FALSE(read.integer_or_none("i"));
        EXPECT_FALSE(read.decimal_or_none("d"));
        EXPECT_TRUE(read.boolean_or("b", true));
        EXPECT_TRUE(read.array_or_empty("a").empty());
        EXPECT_FALSE(read.object_or_none("o"));
        EXPECT_TRUE(read.status());
    }
}

TEST(JsonReader, TakesAnEmptyTextForNoDecimal) {
    const auto document = Document::parse(R"({"d":""})");
    ASSERT_TRUE(document);
    Reader read(document->root());
    EXPECT_FALSE(read.decimal_or_none("d"));
    EXPECT_TRUE(read.status());
}

}  // namespace
}  // namespace shopwire::json

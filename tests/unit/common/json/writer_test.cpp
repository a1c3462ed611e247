#include <gtest/gtest.h>

#include "common/json/value.h"

namespace shopwire::json {
namespace {

TEST(JsonWriter, WritesNestedValuesWithTheirCommas) {
    Writer out;
    out.begin_object()
        .key("a")
        .begin_array()
        .number(1)
        .number(*Decimal::parse("1.5"), 2)
        .begin_object()
        .end_object()
        .end_array();
    out.key("b")
        .boolean(true)
        .key("c")
        .null()
        .key("d")
        .string("x")
        .key("e")
        .number_text("18446744073709551616")
        .end_object();
    EXPECT_EQ(out.take(), R"({"a":[1,1.50,{}],"b":true,"c":null,"d":"x","e":18446744073709551616})");
}

struct Text {
    const char* name = "";
    std::string text{};
    std::string written{};
};
void PrintTo(const Text& row, std::ostream* out) { *out << row.name; }

class WriterString : public ::testing::TestWithParam<Text> {};

TEST_P(WriterString, IsEscapedAndAlwaysUtf8) {
    Writer out;
    out.string(GetParam().text);
    const std::string written = out.take();
    EXPECT_EQ(written, "\"" + GetParam().written + "\"");
    EXPECT_TRUE(Document::parse(written));
}

TEST(Writer, PutsJsonInAsItStands) {
    Writer writer;
    writer.begin_object().key("a").json_text(R"({"b":1.50})").key("c").json_text("null").end_object();
    EXPECT_EQ(writer.take(), R"({"a":{"b":1.50},"c":null})");
}

INSTANTIATE_TEST_SUITE_P(
    Json, WriterString,
    ::testing::Values(Text{"Quotes", "a\"b\\c", R"(a\"b\\c)"}, Text{"Lines", "a\r\n\tb", R"(a\r\n\tb)"},
                      Text{"Control", std::string("\x01\x1F\0", 3), R"(\u0001\u001f\u0000)"},
                      Text{"Letters", "\xC4\x91\xE2\x82\xAC\xF0\x9F\x98\x80", "\xC4\x91\xE2\x82\xAC\xF0\x9F\x98\x80"},
                      Text{"LoneTail", "a\x80z", "a\xEF\xBF\xBDz"},
                      Text{"Cut", "a\xE2\x82", "a\xEF\xBF\xBD\xEF\xBF\xBD"},
                      Text{"Overlong", "\xC0\xAF", "\xEF\xBF\xBD\xEF\xBF\xBD"},
                      Text{"Surrogate", "\xED\xA0\x80", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},
                      Text{"PastUnicode", "\xF4\x90\x80\x80", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"}),
    [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace shopwire::json

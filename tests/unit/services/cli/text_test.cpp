#include "services/cli/text.h"

#include <gtest/gtest.h>

#include <sstream>

namespace shopwire::cli {
namespace {

constexpr std::int64_t kNowMs = 1'800'000'000'000;

TEST(Table, AlignsByLettersAndEscapesWhatWouldMoveTheCursor) {
    Table table({"NAME", "N"});
    table.add({"Žika", "1"});
    table.add({"a\nb", "22"});
    std::ostringstream out;
    table.print(out);
    EXPECT_EQ(out.str(), "NAME    N\nŽika    1\na\\x0ab  22\n");
}

TEST(Count, HasItsPlural) {
    EXPECT_EQ(count_text(1, "order"), "1 order");
    EXPECT_EQ(count_text(0, "order"), "0 orders");
    EXPECT_EQ(count_text(Decimal::parse("1.5").value(), "piece"), "1.5 pieces");
    EXPECT_EQ(count_text(Decimal::from_integer(1), "piece"), "1 piece");
}

TEST(Span, HasTheUnitThatPeopleUse) {
    EXPECT_EQ(span_text(-5), "0 s");
    EXPECT_EQ(span_text(59'999), "59 s");
    EXPECT_EQ(span_text(90 * 60'000), "90 min");
    EXPECT_EQ(span_text(47 * 3'600'000), "47 h");
    EXPECT_EQ(span_text(std::int64_t{9} * 24 * 3'600'000), "9 d");
    EXPECT_EQ(ago_text(0, kNowMs), "never");
}

TEST(Since, IsASpanOrATime) {
    EXPECT_EQ(parse_since("90s", kNowMs).value(), kNowMs - 90'000);
    EXPECT_EQ(parse_since("30m", kNowMs).value(), kNowMs - 1'800'000);
    EXPECT_EQ(parse_since("12h", kNowMs).value(), kNowMs - 43'200'000);
    EXPECT_EQ(parse_since("7d", kNowMs).value(), kNowMs - 604'800'000);
    EXPECT_EQ(parse_since("2027-01-15T08:00:00Z", kNowMs).value(), kNowMs);
}

TEST(Since, NamesWhatItExpects) {
    for (const char* text : {"", "h", "1", "1w", "-1h", "1 h", "99999999999999999999d", "yesterday"}) {
        const auto since = parse_since(text, kNowMs);
        ASSERT_FALSE(since) << text;
        EXPECT_TRUE(since.error().message.contains("expected a span like 90s, 30m, 12h, 7d")) << since.error().message;
    }
}

TEST(OneLine, EscapesControlCharactersAboveAsciiToo) {
    EXPECT_EQ(one_line("a\x1b[2Jb\x7f"), "a\\x1b[2Jb\\x7f");
    EXPECT_EQ(one_line("\xc2\x9b"
                       "31m ž"),
              "\\x9b31m ž");
}

}  // namespace
}  // namespace shopwire::cli

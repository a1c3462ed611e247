#include "common/log/log.h"

#include <gmock/gmock.h>

#include <thread>
#include <vector>

#include "common/log/escape.h"

namespace shopwire::log {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;

template <class Work>
std::string lines_of(Work work) {
    ::testing::internal::CaptureStderr();
    work();
    return ::testing::internal::GetCapturedStderr();
}

TEST(TextLog, IsOneLineWithTimeLevelMessageAndFields) {
    configure(Level::kInfo, Format::kText, "router");
    const std::string line =
        lines_of([] { info("started", {{"port", 8080}, {"path", "a b"}, {"empty", ""}, {"on", true}}); });
    EXPECT_THAT(
        line,
        MatchesRegex(
            "[0-9]+-[0-9]+-[0-9]+T[0-9:]+\\.[0-9]+Z info router: started port=8080 path=\"a b\" empty=\"\" on=true\n"));
}

TEST(TextLog, CannotBeBrokenIntoLinesOrColoured) {
    configure(Level::kInfo, Format::kText, "");
    const std::string line = lines_of([] { warning("a\nb", {{"x", "1\r\n2026 error fake\x1b[31m \xc2\x9b\x7f"}}); });
    EXPECT_THAT(line, EndsWith(" warning a\\nb x=\"1\\u000d\\n2026 error fake\\u001b[31m \\u009b\\u007f\"\n"));
    EXPECT_EQ(std::ranges::count(line, '\n'), 1);
}

TEST(JsonLog, IsOneObjectPerLine) {
    configure(Level::kInfo, Format::kJson, "rou\"ter%v");
    const std::string line = lines_of([] {
        error("say \"hi\"\\", {{"error", Error{.message = "reading orders: HTTP 503"}}, {"bad", "\xff\xc0\xaf"}});
    });
    EXPECT_THAT(line,
                EndsWith("\"level\":\"error\",\"service\":\"rou\\\"ter%v\",\"message\":\"say \\\"hi\\\"\\\\\","
                         "\"error\":\"reading orders: HTTP 503\",\"bad\":\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"}\n"));
    EXPECT_THAT(line, HasSubstr("{\"time\":\"20"));
}

TEST(Log, LeavesOutWhatIsBelowTheLowestLevel) {
    configure(Level::kWarning, Format::kText, "");
    EXPECT_EQ(lines_of([] {
                  debug("no");
                  info("no");
              }),
              "");
    configure(Level::kDebug, Format::kText, "");
    EXPECT_THAT(lines_of([] { debug("yes"); }), EndsWith(" debug yes\n"));
}

TEST(Log, CutsLongTextsAtACharacter) {
    std::string out;
    append_escaped(out, "abcdef", 6);
    EXPECT_EQ(out, "abcdef");
    out.clear();
    append_escaped(out, "abcdefg", 6);
    EXPECT_EQ(out, "abcdef...");
    out.clear();
    append_escaped(out, "abcdeäö", 6);  // the sixth byte is in the middle of a character
    EXPECT_EQ(out, "abcde...");
    configure(Level::kInfo, Format::kText, "");
    EXPECT_LT(lines_of([] { info(std::string(100'000, 'x'), {{"y", std::string(100'000, 'y')}}); }).size(),
              2 * kTextBytesMax + 100);
}

TEST(Log, ReplacesWhatIsNotUtf8) {
    for (const char* bad : {"\x80", "\xc3", "\xc0\x80", "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xf5"}) {
        std::string out;
        append_escaped(out, bad, 100);
        EXPECT_THAT(out, ::testing::StartsWith("\xef\xbf\xbd"));
    }
    std::string good;
    append_escaped(good, "Київ €😀", 100);
    EXPECT_EQ(good, "Київ €😀");
}

TEST(Log, KeepsLinesOfManyThreadsApart) {
    configure(Level::kInfo, Format::kText, "");
    const std::string lines = lines_of([] {
        std::vector<std::jthread> threads(4);
        for (std::jthread& thread : threads)
            thread = std::jthread([] {
                for (int n = 0; n < 50; ++n) info("tick", {{"n", n}});
            });
    });
    EXPECT_EQ(std::ranges::count(lines, '\n'), 200);
}

}  // namespace
}  // namespace shopwire::log

#include "common/runtime/crash_point.h"

#include <gtest/gtest.h>

#include <csignal>
#include <set>
#include <string_view>

#include "common/runtime/connector.h"

namespace shopwire::runtime {
namespace {

TEST(CrashPoint, AnUnknownLabelOrCountIsRefused) {
    for (const char* text : {"sink.no_such_place:1", "sink.after_read:0", "sink.after_read:x", "", ":1"}) {
        EXPECT_FALSE(arm_crash_point(text)) << text;
    }
    EXPECT_FALSE(crash_points_armed.load());
}

TEST(CrashPoint, EveryLabelIsNamedOnce) {
    for (std::size_t i = 0; i < kCrashPoints.size(); ++i) {
        for (std::size_t j = i + 1; j < kCrashPoints.size(); ++j) EXPECT_NE(kCrashPoints[i], kCrashPoints[j]);
    }
}

TEST(CrashPoint, AConnectorNamesThePointsThatItPasses) {
    const auto areas = [](const ConnectorSpec& spec) {
        std::set<std::string_view> found;
        for (const std::string_view label : crash_points_of(spec)) found.insert(label.substr(0, label.find('.')));
        return found;
    };
    using Areas = std::set<std::string_view>;
    EXPECT_EQ(areas({}), Areas{});
    EXPECT_EQ(areas({.actions = {{}}}), Areas{"sink"});
    EXPECT_EQ(areas({.streams = {{}}}), Areas{"source"});
    EXPECT_EQ(areas({.streams = {{}, {.pass = Pass::kSnapshot}}}), (Areas{"source", "snapshot"}));
    EXPECT_EQ(areas({.takes_webhooks = true}), Areas{"intake"});
}

TEST(CrashPointDeathTest, TheProcessDiesAtTheNthPass) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    EXPECT_EXIT(
        {
            static_cast<void>(arm_crash_point("source.before_read:2"));
            crash_point("source.after_read");
            crash_point("source.before_read");
            crash_point("source.before_read");
            std::exit(0);
        },
        ::testing::KilledBySignal(SIGKILL), "");
}

}  // namespace
}  // namespace shopwire::runtime

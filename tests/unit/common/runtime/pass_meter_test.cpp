// Goal: what people are told of a reading is right: within 5 % where the remote tells how many rows it has.
#include "common/runtime/pass_meter.h"

#include <gtest/gtest.h>

#include <random>

namespace shopwire::runtime {
namespace {

constexpr std::int64_t kNow = 1'795'780'800'000;

TEST(PassMeter, IsRightToFivePercentOverRandomReadings) {
    const unsigned seed = std::random_device{}();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    for (int reading = 0; reading < 200; ++reading) {
        const std::int64_t total = std::uniform_int_distribution<std::int64_t>(1'000, 200'000)(random);
        const std::int64_t page = std::uniform_int_distribution<std::int64_t>(1, total / 20)(random);
        const std::int64_t page_ms = std::uniform_int_distribution<std::int64_t>(50, 5'000)(random);
        PassMeter meter;
        std::int64_t now = kNow;
        meter.begin(now, now, 0, total / 3);  // the last one had far fewer
        for (std::int64_t done = 0; done < total;) {
            const std::int64_t rows = std::min(page, total - done);
            done += rows;
            now += page_ms * 9 / 10 + std::uniform_int_distribution<std::int64_t>(0, page_ms / 5)(random);
            meter.add_page(now, rows, total - done);
            const PassProgress progress = meter.progress(now);
            ASSERT_EQ(progress.done, done);
            ASSERT_EQ(progress.expected, total);
            if (now - kNow < 20 * page_ms) continue;  // the rate needs some pages
            const double truth =
                static_cast<double>(total - done) * static_cast<double>(page_ms) / static_cast<double>(page);
            ASSERT_NEAR(static_cast<double>(progress.left_ms.value_or(-1)), truth,
                        0.1 * truth + 2.0 * static_cast<double>(page_ms));
        }
    }
}

// The rate follows within a minute, where an average over all of it would lie for an hour.
TEST(PassMeter, FollowsARemoteThatSlowsDownOrStops) {
    PassMeter meter;
    meter.begin(kNow, kNow, 0, 0);
    std::int64_t now = kNow;
    for (int i = 1; i <= 600; ++i) meter.add_page(now += 1'000, 100, 100'000 - i * 100);
    EXPECT_NEAR(meter.progress(now).per_second, 100, 5);
    for (int i = 1; i <= 60; ++i) meter.add_page(now += 1'000, 10, 40'000 - i * 10);
    EXPECT_NEAR(meter.progress(now).per_second, 10, 5);
    EXPECT_LT(meter.progress(now + 600'000).per_second, 1);
}

TEST(PassMeter, WithoutATotalItSaysAboutAsManyAsLastTime) {
    PassMeter meter;
    meter.begin(kNow, kNow, 0, 100);
    meter.add_page(kNow + 1'000, 60, std::nullopt);
    EXPECT_EQ(meter.progress(kNow + 1'000).expected, 100);
    EXPECT_TRUE(meter.progress(kNow + 1'000).about);
    meter.add_page(kNow + 2'000, 60, std::nullopt);
    EXPECT_EQ(meter.progress(kNow + 2'000).expected, 0) << "more than last time: nobody knows";
    EXPECT_FALSE(meter.progress(kNow + 2'000).left_ms);
    meter.end();
    EXPECT_EQ(meter.progress(kNow + 3'000).expected, 120);
    EXPECT_FALSE(meter.progress(kNow + 3'000).under_way);
}

TEST(PassMeter, GoesOnWhereARestartInterruptedIt) {
    PassMeter meter;
    meter.begin(kNow, kNow - 3'600'000, 5'000, 0);
    meter.add_page(kNow + 10'000, 100, 4'900);
    const PassProgress progress = meter.progress(kNow + 10'000);
    EXPECT_EQ(progress.done, 5'100);
    EXPECT_EQ(progress.expected, 10'000);
    EXPECT_EQ(progress.per_second, 10) << "of this process alone";
    EXPECT_EQ(progress.began_at_ms, kNow - 3'600'000);
}

}  // namespace
}  // namespace shopwire::runtime

// Goal: what a system does not have is counted and named once, and never floods the log.
#include "common/runtime/absent_articles.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "common/testing/fake_clock.h"
#include "common/testing/fake_transport.h"

namespace shopwire::runtime {
namespace {

class AbsentArticlesTest : public ::testing::Test {
 protected:
    double counted() {
        return registry_->gauge("shopwire_sink_articles_absent", "", {{"connection", "m/shop"}}).value();
    }
    // Lines of the log that `work` writes.
    template <class Work>
    static std::ptrdiff_t lines(const Work& work) {
        ::testing::internal::CaptureStderr();
        work();
        const std::string log = ::testing::internal::GetCapturedStderr();
        return std::ranges::count(log, '\n');
    }

    testing::FakeClock clock_{};
    testing::FakeTransport transport_{};
    std::unique_ptr<http::RateLimiter> limiter_ = http::RateLimiter::create({}, clock_);
    std::unique_ptr<metrics::Registry> registry_ = metrics::Registry::create();
    AbsentArticles absent_{ConnectionContext{.merchant = "m",
                                             .connection = "shop",
                                             .clock = clock_,
                                             .transport = transport_,
                                             .limiter = *limiter_,
                                             .metrics = *registry_}};
};

TEST_F(AbsentArticlesTest, AreAnsweredAsRefusedCountedAndNamedOnce) {
    EXPECT_EQ(lines([&] {
                  for (int pass = 0; pass < 3; ++pass) {
                      const Applied answer = absent_.absent("A-1", "no A-1");
                      EXPECT_EQ(answer.result.outcome(), commands::v1::OUTCOME_REJECTED);
                      EXPECT_EQ(answer.result.error(), "no A-1");
                      absent_.absent("a-1 ", "no A-1");
                  }
              }),
              1);
    EXPECT_EQ(counted(), 1);
    absent_.present("A-2");
    EXPECT_EQ(counted(), 1);
    absent_.present("A-1");
    EXPECT_EQ(counted(), 0);
    EXPECT_EQ(lines([&] { absent_.absent("A-1", "gone again"); }), 1) << "once per change";
}

TEST_F(AbsentArticlesTest, HaveABoundInTheLogAndInMemory) {
    const auto many = [&](std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) absent_.absent("A-" + std::to_string(i), "no");
    };
    EXPECT_EQ(lines([&] { many(100); }), AbsentArticles::kNamedMax + 1) << "the last one tells where to look";
    EXPECT_EQ(counted(), 100);
    clock_.advance(std::chrono::hours(1));
    EXPECT_EQ(lines([&] { many(AbsentArticles::kArticlesMax + 10); }), AbsentArticles::kNamedMax + 1);
    EXPECT_EQ(counted(), AbsentArticles::kArticlesMax);
}

}  // namespace
}  // namespace shopwire::runtime

#include "common/metrics/registry.h"

#include <gmock/gmock.h>

#include <thread>

#include "common/metrics/build_info.h"

namespace shopwire::metrics {
namespace {

using ::testing::HasSubstr;

TEST(Registry, ShowsMetricsAtZeroFromTheStart) {
    const auto registry = Registry::create();
    registry->counter("shopwire_events_total", "Events", {{"kind", "order"}});
    registry->gauge("shopwire_up", "Whether it runs");
    registry->histogram("shopwire_wait_seconds", "Waits");
    const std::string text = registry->text();
    EXPECT_THAT(text, HasSubstr("# HELP shopwire_events_total Events\n# TYPE shopwire_events_total counter\n"
                                "shopwire_events_total{kind=\"order\"} 0\n"));
    EXPECT_THAT(text, HasSubstr("# TYPE shopwire_up gauge\nshopwire_up 0\n"));
    EXPECT_THAT(text, HasSubstr("shopwire_wait_seconds_count 0\n"));
    EXPECT_THAT(text, HasSubstr("shopwire_wait_seconds_bucket{le=\"60\"} 0\n"));
}

TEST(Registry, GivesTheSameObjectForTheSameNameAndLabels) {
    const auto registry = Registry::create();
    Counter& first = registry->counter("a_total", "A", {{"x", "1"}});
    Counter& other = registry->counter("a_total", "A", {{"x", "2"}});
    EXPECT_EQ(&registry->counter("a_total", "A", {{"x", "1"}}), &first);
    EXPECT_NE(&other, &first);
    first.add();
    first.add(2.5);
    EXPECT_EQ(first.value(), 3.5);
    EXPECT_EQ(other.value(), 0);
}

TEST(Registry, CountsGaugesAndHistograms) {
    const auto registry = Registry::create();
    Gauge& gauge = registry->gauge("g", "G");
    gauge.set(5);
    gauge.add(-2);
    EXPECT_EQ(gauge.value(), 3);
    registry->histogram("h_seconds", "H", {}, {1, 2}).observe(1.5);
    EXPECT_THAT(registry->text(), HasSubstr("h_seconds_bucket{le=\"1\"} 0\nh_seconds_bucket{le=\"2\"} 1\n"));
}

TEST(Registry, EscapesLabelValues) {
    const auto registry = Registry::create();
    registry->counter("a_total", "A", {{"x", "1\"\n\\"}});
    EXPECT_THAT(registry->text(), HasSubstr("a_total{x=\"1\\\"\\n\\\\\"} 0\n"));
}

TEST(Registry, ThrowsForOneNameWithTwoTypes) {
    const auto registry = Registry::create();
    registry->counter("a", "A");
    EXPECT_ANY_THROW(registry->gauge("a", "A"));
}

TEST(Registry, TellsVersionAndStart) {
    const auto registry = Registry::create();
    declare_build(*registry, "acme", 1'500);
    EXPECT_THAT(registry->text(),
                testing::ContainsRegex(R"(shopwire_build_info\{service="acme",version="[0-9.]+"\} 1)"));
    EXPECT_THAT(registry->text(), HasSubstr("shopwire_start_timestamp_seconds{service=\"acme\"} 1.5\n"));
}

TEST(Registry, CountsFromManyThreads) {
    const auto registry = Registry::create();
    {
        std::vector<std::jthread> threads(4);
        for (std::jthread& thread : threads)
            thread = std::jthread([&] {
                for (int n = 0; n < 1000; ++n) registry->counter("a_total", "A").add();
            });
    }
    EXPECT_EQ(registry->counter("a_total", "A").value(), 4000);
}

}  // namespace
}  // namespace shopwire::metrics

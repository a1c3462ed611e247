#include "services/cli/golive_view.h"

#include <gtest/gtest.h>

#include "tests/unit/services/cli/records.h"

namespace shopwire::cli {
namespace {

constexpr std::int64_t kNowMs = kSeenMs;

Readiness ready() {
    Readiness all{.examined = {{.at = "example/shop", .check = "TLS", .grade = "ok"}}};
    all.status.connections = {{.connection = "example/shop", .streams = {{.stream = "orders", .last_success_ms = 1}}},
                              {.connection = "other/shop", .stopped = "HTTP 401", .parked = 7}};
    all.routes.known = true;
    all.routes.orders = {{.from = "shop", .to = "erp", .export_since = "2027-01-15T09:00:00Z"}};
    return all;
}

// What is not ready, one line each.
std::string missing(const Readiness& readiness) {
    std::string text;
    for (const Point& point : points_of(readiness, "example", kNowMs))
        if (!point.good) text += point.what + ": " + point.detail + "\n";
    return text;
}

TEST(PointsOf, AreAllGoodForAMerchantThatIsReady) {
    EXPECT_EQ(missing(ready()), "");
    EXPECT_EQ(points_of(ready(), "example", kNowMs).size(), 5U);
}

TEST(PointsOf, NameWhatIsMissing) {
    Readiness faulty = ready();
    faulty.examined.push_back({.at = "example/shop", .check = "statuses", .grade = "fault", .what = "x is unknown"});
    EXPECT_EQ(missing(faulty), "every connection is well: example/shop: statuses: x is unknown\n");
    Readiness unsure = ready();
    unsure.examined.push_back({.grade = "unknown"});
    EXPECT_EQ(missing(unsure), "every connection is well: 1 matters could not be looked at (shopwire doctor)\n");

    Readiness unread = ready();
    unread.status.connections[0].streams[0].last_success_ms = 0;
    EXPECT_EQ(missing(unread), "every stream was read to its end: not yet: example/shop orders\n");
    unread.read_ms["example/shop/orders"] = 5;  // a service that was just started does not know
    EXPECT_EQ(missing(unread), "");

    Readiness waiting = ready();
    waiting.status.connections[0].parked = 2;
    waiting.waiting = {"example/shop/14"};
    EXPECT_EQ(missing(waiting),
              "nothing waits for a person: example/shop/14, 2 at example/shop (shopwire parked list)\n");

    Readiness stopped = ready();
    stopped.status.connections[0].stopped = "paused";
    EXPECT_EQ(missing(stopped), "every connection runs: example/shop: paused\n");

    Readiness early = ready();
    early.routes.orders[0].export_since = "2027-01-01T00:00:00Z";
    EXPECT_TRUE(missing(early).contains("orders since then are sent as soon as they are read")) << missing(early);
    early.routes.known = false;
    EXPECT_TRUE(missing(early).contains("no router tells them"));
}

TEST(WithExportSince, ChangesOneValueAndNothingElse) {
    const std::string file =
        "# ours\nrouting:\n  orders:\n    - from: shop\n      export_since: \"2027-01-01T00:00:00Z\"   # go-live\n"
        "    - {from: b, export_since: 2026-01-01T00:00:00Z, prefix: B}\n";
    const auto first = with_export_since(file, 5, "2027-02-01T06:00:00Z");
    ASSERT_TRUE(first) << first.error().message;
    EXPECT_TRUE(first->contains("      export_since: \"2027-02-01T06:00:00Z\"   # go-live\n")) << *first;
    const auto second = with_export_since(*first, 6, "2027-02-01T06:00:00Z");
    ASSERT_TRUE(second);
    EXPECT_TRUE(second->contains("{from: b, export_since: \"2027-02-01T06:00:00Z\", prefix: B}\n")) << *second;
    EXPECT_TRUE(second->starts_with("# ours\nrouting:\n"));
    EXPECT_FALSE(with_export_since(file, 4, "x"));
    EXPECT_FALSE(with_export_since(file, 99, "x"));
    EXPECT_FALSE(with_export_since("a: {export_since: 1, b: {export_since: 2}}", 1, "x"));
}

}  // namespace
}  // namespace shopwire::cli

#include "common/events/topics.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace shopwire::events {
namespace {

const TopicPlan kPlan{.router_partitions = 4, .system_partitions = {{"alpha", 6}, {"beta", 2}}};

const TopicSpec& spec(const std::vector<TopicSpec>& all, std::string_view name) {
    const auto at = std::ranges::find(all, name, &TopicSpec::name);
    if (at == all.end()) throw std::runtime_error("no topic " + std::string(name));
    return *at;
}

TEST(Topics, AreNamedOnceEach) {
    const auto all = topics(kPlan);
    std::set<std::string> names;
    for (const auto& topic : all) {
        EXPECT_TRUE(names.insert(topic.name).second) << topic.name;
        EXPECT_FALSE(topic.key.empty()) << topic.name;
        EXPECT_GT(topic.partitions, 0) << topic.name;
        EXPECT_EQ(topic.retention_ms > 0, topic.cleanup == Cleanup::kTime) << topic.name;
    }
    EXPECT_EQ(all.size(), 9U + 7U + 2U * 6U);
}

TEST(Topics, OfTheRouterShareItsPartitionCount) {
    const auto all = topics(kPlan);
    for (const char* name :
         {"shopwire.events.product", "shopwire.events.stock", "shopwire.events.price", "shopwire.events.customer",
          "shopwire.events.order", "shopwire.events.refund", "shopwire.events.document", "shopwire.events.shipment",
          "shopwire.results", "shopwire.internal.stock", "shopwire.internal.native", "shopwire.internal.identity",
          "shopwire.state.links", "shopwire.state.ledger", "shopwire.deadletters"}) {
        EXPECT_EQ(spec(all, name).partitions, 4) << name;
    }
}

TEST(Topics, OfASystemShareItsPartitionCount) {
    const auto all = topics(kPlan);
    for (const char* name :
         {"shopwire.commands.alpha.orders", "shopwire.commands.alpha.goods", "shopwire.state.effects.alpha",
          "shopwire.state.cursors.alpha", "shopwire.state.parked.alpha", "shopwire.state.snapshots.alpha"}) {
        EXPECT_EQ(spec(all, name).partitions, 6) << name;
    }
    EXPECT_EQ(spec(all, "shopwire.commands.beta.goods").partitions, 2);
}

TEST(Topics, EventsAreNeverCompactedAndStateAlwaysIs) {
    for (const auto& topic : topics(kPlan)) {
        EXPECT_EQ(topic.cleanup == Cleanup::kCompact, topic.name.starts_with("shopwire.state.")) << topic.name;
    }
}

TEST(Topics, SettingsFollowTheCleanup) {
    const auto all = topics(kPlan);
    const auto event = settings_of(spec(all, "shopwire.events.order"), 1);
    EXPECT_EQ(event.at("cleanup.policy"), "delete");
    EXPECT_EQ(event.at("retention.ms"), std::to_string(kPlan.event_retention_ms));
    const auto state = settings_of(spec(all, "shopwire.state.links"), 1);
    EXPECT_EQ(state.at("cleanup.policy"), "compact");
    EXPECT_FALSE(state.contains("retention.ms"));
    EXPECT_FALSE(state.contains("min.insync.replicas"));
    EXPECT_EQ(settings_of(spec(all, "shopwire.state.links"), 3).at("min.insync.replicas"), "2");
}

}  // namespace
}  // namespace shopwire::events

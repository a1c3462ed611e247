// Each service may do what its topics need, and nothing else.
#include "common/events/rights.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

namespace shopwire::events {
namespace {

const TopicPlan kPlan{.system_partitions = {{"alpha", 6}, {"beta", 2}}};

std::set<std::string> texts(const std::vector<kafka::Right>& rights) {
    std::set<std::string> out;
    for (const kafka::Right& right : rights) EXPECT_TRUE(out.insert(right.text()).second) << right.text();
    return out;
}

TEST(Rights, OfAConnectorAreItsOwnTopicsItsGroupAndItsPods) {
    std::set<std::string> expected{
        "READ on topic shopwire.commands.alpha.orders",
        "READ on topic shopwire.commands.alpha.goods",
        "WRITE on topic shopwire.results",
        "WRITE on topic shopwire.deadletters",
        "READ on group shopwire.alpha",
        "WRITE on transactional-id alpha-*",
    };
    for (const char* store : {"effects", "cursors", "parked", "snapshots"})
        for (const char* operation : {"READ", "WRITE"})
            expected.insert(std::string(operation) + " on topic shopwire.state." + store + ".alpha");
    for (const char* entity :
         {"product", "stock", "price", "customer", "order", "refund", "document", "shipment", "balance"})
        expected.insert(std::string("WRITE on topic shopwire.events.") + entity);
    EXPECT_EQ(texts(rights_of(kPlan, "alpha", "alpha-")), expected);
}

TEST(Rights, OfTheRouterReachEverySystemsCommandsAndNoSystemsState) {
    const auto rights = texts(rights_of(kPlan, "router", "router-"));
    for (const char* right : {"READ on topic shopwire.events.order", "READ on topic shopwire.results",
                              "WRITE on topic shopwire.deadletters", "READ on topic shopwire.state.links",
                              "WRITE on topic shopwire.state.links", "READ on topic shopwire.internal.stock",
                              "WRITE on topic shopwire.internal.stock", "WRITE on topic shopwire.commands.alpha.orders",
                              "WRITE on topic shopwire.commands.beta.goods", "READ on group shopwire.router",
                              "WRITE on transactional-id router-*"})
        EXPECT_TRUE(rights.contains(right)) << right;
    for (const char* right :
         {"WRITE on topic shopwire.events.order", "READ on topic shopwire.events.balance",
          "READ on topic shopwire.commands.alpha.orders", "READ on topic shopwire.state.effects.alpha",
          "WRITE on topic shopwire.results", "READ on topic shopwire.deadletters"})
        EXPECT_FALSE(rights.contains(right)) << right;
}

// Nobody reads what nobody may write, and every topic has a service that writes it.
TEST(Rights, OfAllServicesCoverEveryTopic) {
    std::set<std::string> written;
    for (const char* service : {"router", "alpha", "beta"})
        for (const kafka::Right& right : rights_of(kPlan, service, service))
            if (right.resource == kafka::Resource::kTopic && right.operation == kafka::Operation::kWrite)
                written.insert(right.name);
    for (const TopicSpec& topic : topics(kPlan)) EXPECT_TRUE(written.contains(topic.name)) << topic.name;
}

std::map<std::string_view, std::set<std::string>> texts_of_errands() {
    std::map<std::string_view, std::set<std::string>> out;
    for (const Errand& errand : errands()) out[errand.name] = texts(errand.rights);
    return out;
}

TEST(Rights, OfWhoIsNoServiceAreThoseOfOneErrand) {
    const std::map<std::string_view, std::set<std::string>> expected{
        {"topics",
         {"CREATE on topic shopwire.*", "DESCRIBE on topic shopwire.*", "DESCRIBE_CONFIGS on topic shopwire.*"}},
        {"look", {"READ on topic shopwire.*", "DESCRIBE on group shopwire.*"}},
        {"replay",
         {"READ on topic shopwire.deadletters", "WRITE on topic shopwire.results", "WRITE on topic shopwire.events.*",
          "WRITE on topic shopwire.commands.*", "WRITE on topic shopwire.internal.*"}},
        {"lag", {"DESCRIBE on topic shopwire.commands.*", "DESCRIBE on group shopwire.*"}}};
    EXPECT_EQ(texts_of_errands(), expected);
}

// What is set aside can be sent again: from wherever a service reads what another one wrote.
TEST(Rights, OfAReplayReachWhatIsReadFromOthers) {
    const auto errand = texts_of_errands().at("replay");
    for (const TopicSpec& topic : topics(kPlan)) {
        const bool state = topic.name.starts_with("shopwire.state.");
        if (!topic.readers.router && !topic.readers.connectors) continue;
        const std::string family = topic.name.substr(0, topic.name.find('.', std::string_view("shopwire.").size()) + 1);
        EXPECT_EQ(errand.contains("WRITE on topic " + topic.name) || errand.contains("WRITE on topic " + family + "*"),
                  !state)
            << topic.name;
    }
}

}  // namespace
}  // namespace shopwire::events

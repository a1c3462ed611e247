#include "services/cli/tail_command.h"

#include <gtest/gtest.h>

namespace shopwire::cli {
namespace {

const std::map<std::string, std::int32_t> kTopics{
    {"shopwire.commands.beta.goods", 1}, {"shopwire.commands.beta.orders", 1}, {"shopwire.deadletters", 1},
    {"shopwire.events.order", 2},        {"shopwire.internal.stock", 2},       {"shopwire.results", 2},
    {"shopwire.state.links", 2}};

using Names = std::vector<std::string>;

TEST(TailTopics, AreNamedAsPeopleSayThem) {
    EXPECT_EQ(topics_named({"order"}, kTopics).value(), Names{"shopwire.events.order"});
    EXPECT_EQ(topics_named({"results"}, kTopics).value(), Names{"shopwire.results"});
    EXPECT_EQ(topics_named({"shopwire.state.links"}, kTopics).value(), Names{"shopwire.state.links"});
    EXPECT_EQ(topics_named({"commands", "beta"}, kTopics).value(),
              (Names{"shopwire.commands.beta.goods", "shopwire.commands.beta.orders"}));
    EXPECT_EQ(topics_named({"commands", "beta", "orders"}, kTopics).value(), Names{"shopwire.commands.beta.orders"});
}

TEST(TailTopics, WithoutANameAreAllThatCarryButNoState) {
    EXPECT_EQ(topics_named({}, kTopics).value(),
              (Names{"shopwire.commands.beta.goods", "shopwire.commands.beta.orders", "shopwire.deadletters",
                     "shopwire.events.order", "shopwire.results"}));
}

TEST(TailTopics, NameWhatIsExpected) {
    EXPECT_TRUE(topics_named({"ordr"}, kTopics).error().message.contains("got \"ordr\""));
    EXPECT_FALSE(topics_named({"commands", "alpha"}, kTopics));
}

}  // namespace
}  // namespace shopwire::cli

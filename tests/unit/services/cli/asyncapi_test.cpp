// Goal: the document of the topics says what the code does.
#include "services/cli/asyncapi.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "common/events/codec.h"

namespace shopwire::cli {
namespace {

using Json = nlohmann::json;

const Json& document() {
    static const Json document = Json::parse(asyncapi_document(6, 3, 3, {"alpha", "beta"}));
    return document;
}

TEST(AsyncApi, HasAChannelForEveryTopic) {
    std::set<std::string> addresses;
    for (const auto& [name, channel] : document()["channels"].items()) {
        addresses.insert(channel["address"].get<std::string>());
        EXPECT_FALSE(channel["messages"].empty()) << name;
    }
    std::set<std::string> topics;
    for (const events::TopicSpec& topic : events::topics({.system_partitions = {{"{system}", 1}}}))
        topics.insert(topic.name);
    EXPECT_EQ(addresses, topics);
    EXPECT_EQ(document()["components"]["parameters"]["system"]["enum"], (Json{"alpha", "beta"}));
}

TEST(AsyncApi, TellsHowATopicIsKept) {
    const Json& orders = document()["channels"]["events.order"]["bindings"]["kafka"];
    EXPECT_EQ(orders["partitions"], 6);
    EXPECT_EQ(orders["replicas"], 3);
    EXPECT_EQ(orders["topicConfiguration"]["cleanup.policy"], Json::array({"delete"}));
    EXPECT_EQ(orders["topicConfiguration"]["retention.ms"], 7 * 24 * 3'600'000);
    const Json& cursors = document()["channels"]["state.cursors.system"];
    EXPECT_EQ(cursors["bindings"]["kafka"]["topicConfiguration"]["cleanup.policy"], Json::array({"compact"}));
    EXPECT_EQ(cursors["bindings"]["kafka"]["partitions"], 3);
    EXPECT_EQ(cursors["parameters"]["system"]["$ref"], "#/components/parameters/system");
    EXPECT_EQ(document()["channels"]["events.stock"]["messages"]["Event"]["bindings"]["kafka"]["key"]["description"],
              "merchant/sku");
}

TEST(AsyncApi, TellsWhoSendsAndWhoReceives) {
    const Json& operations = document()["operations"];
    EXPECT_EQ(operations["connector.send.events.order"]["action"], "send");
    EXPECT_EQ(operations["router.receive.events.order"]["bindings"]["kafka"]["groupId"]["description"],
              "shopwire.router");
    EXPECT_EQ(operations["router.send.commands.system.orders"]["channel"]["$ref"], "#/channels/commands.system.orders");
    EXPECT_TRUE(operations.contains("connector.receive.commands.system.goods"));
    EXPECT_FALSE(operations.contains("router.receive.events.balance")) << "nobody routes it";
    EXPECT_FALSE(operations.contains("router.send.events.order"));
}

// The headers that are written down are those that a record has.
TEST(AsyncApi, HasTheHeadersThatRecordsHave) {
    events::Event event;
    event.mutable_source()->set_merchant("m");
    event.mutable_source()->set_connection("c");
    event.mutable_stock()->set_sku("A");
    std::set<std::string> sent;
    for (const auto& [name, value] : events::to_record(event, 1).headers) sent.insert(std::string(name));
    std::set<std::string> told;
    for (const auto& [name, schema] : document()["components"]["schemas"]["headers"]["properties"].items())
        told.insert(name);
    EXPECT_EQ(sent, told);
    const Json& channels = document()["channels"];
    EXPECT_TRUE(channels["events.stock"]["messages"]["Event"].contains("headers"));
    EXPECT_TRUE(channels["commands.system.goods"]["messages"]["Command"].contains("headers"));
    EXPECT_TRUE(channels["results"]["messages"]["CommandResult"].contains("headers"));
    EXPECT_FALSE(channels["state.cursors.system"]["messages"]["CursorState"].contains("headers"));
}

TEST(AsyncApi, DescribesMessagesByTheirDescriptors) {
    const Json& schemas = document()["components"]["schemas"];
    const Json& source = schemas["shopwire.events.v1.Source"]["properties"];
    EXPECT_EQ(source["merchant"]["type"], "string");
    EXPECT_EQ(source["observed_at_ms"], (Json{{"type", "string"}, {"format", "int64"}}));
    EXPECT_EQ(source["content_hash"]["contentEncoding"], "base64");
    EXPECT_EQ(source["origin"]["enum"][2], "ORIGIN_POLL");
    const Json& event = schemas["shopwire.events.v1.Event"];
    EXPECT_EQ(event["properties"]["stock"]["$ref"], "#/components/schemas/shopwire.events.v1.Stock");
    EXPECT_EQ(event["x-oneof"][0]["name"], "body");
    EXPECT_TRUE(schemas.contains("shopwire.events.v1.Stock")) << "what it refers to is there too";
    EXPECT_EQ(schemas["shopwire.internal.v1.DeadLetter"]["properties"]["headers"]["additionalProperties"]["type"],
              "string");
    EXPECT_EQ(schemas["shopwire.internal.v1.LedgerInputs"]["properties"]["inputs"]["type"], "array");
}

TEST(AsyncApi, AStoreTellsItsKindsApartByTheirKeys) {
    const Json& messages = document()["channels"]["state.links"]["messages"];
    EXPECT_EQ(messages["Link"]["bindings"]["kafka"]["key"]["pattern"], "^l/");
    EXPECT_EQ(messages["CustomerIdentity"]["bindings"]["kafka"]["key"]["pattern"], "^i/");
}

}  // namespace
}  // namespace shopwire::cli

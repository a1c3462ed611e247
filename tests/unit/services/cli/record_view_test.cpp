#include "services/cli/record_view.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "shopwire/internal/v1/entity.pb.h"
#include "tests/unit/services/cli/records.h"

namespace shopwire::cli {
namespace {

kafka::Record dead_letter() {
    internal::v1::DeadLetter letter;
    const kafka::Record inside = order_event();
    letter.set_stage("map");
    letter.set_topic(inside.topic);
    letter.set_key(inside.key);
    letter.set_value(inside.value.value());
    return stored(events::dead_letter_topic(), inside.key, letter);
}

TEST(RecordView, IsOneLineWithTimePlaceKeyAndBody) {
    const std::string line = line_of(order_event(), Personal::kMasked);
    EXPECT_TRUE(line.starts_with("2027-01-15T08:00:00.001Z  events.order[0]@7  example/shop/14  {\"source\":")) << line;
    EXPECT_FALSE(line.contains('\n'));
    EXPECT_FALSE(line.contains(kEmail));
}

TEST(RecordView, HasTheEnvelopeInJson) {
    const auto json = json_of(order_event(), Personal::kMasked);
    EXPECT_EQ(json["type"], "shopwire.events.v1.order");
    EXPECT_EQ(json["source"], "/example/shop");
    EXPECT_EQ(json["partition"], 0);
    EXPECT_EQ(json["body"]["order"]["number"], "1234");
}

TEST(RecordView, ReadsTheRecordInsideADeadLetterAndMasksItToo) {
    const auto json = json_of(dead_letter(), Personal::kMasked);
    EXPECT_EQ(json["body"]["value"]["order"]["number"], "1234");
    EXPECT_FALSE(json.dump().contains(kEmail)) << json.dump();
    EXPECT_TRUE(json_of(dead_letter(), Personal::kShown).dump().contains(kEmail));
}

TEST(RecordView, NeverPrintsBytesThatItCannotRead) {
    internal::v1::DeadLetter letter;
    letter.set_stage("webhook");
    letter.set_value(std::string("{\"email\":\"") + kEmail + "\"");
    const kafka::Record record = stored(events::dead_letter_topic(), "example/shop", letter);
    EXPECT_FALSE(line_of(record, Personal::kMasked).contains(kEmail));
    EXPECT_TRUE(line_of(record, Personal::kShown).contains(kEmail));
    kafka::Record other = order_event();
    other.value = std::string("\xff\xff") + kEmail;
    EXPECT_FALSE(line_of(other, Personal::kMasked).contains(kEmail));
}

TEST(RecordView, ReadsEachKindOfStateByItsKey) {
    EXPECT_TRUE(json_of(order_link(internal::v1::LINK_STATE_LINKED), Personal::kMasked)["body"].contains("targets"));
    EXPECT_TRUE(json_of(ledger_record(ledger_of_seven()), Personal::kMasked)["body"].contains("locations"));
    kafka::Record tombstone = order_link(internal::v1::LINK_STATE_LINKED);
    tombstone.value.reset();
    EXPECT_TRUE(json_of(tombstone, Personal::kMasked)["body"].is_null());
}

// Every kind of key that the router's README names.
TEST(RecordView, KnowsEveryKeyOfTheRoutersState) {
    const auto body = [](const char* topic, const char* key, const google::protobuf::Message& message) {
        return json_of(stored(events::router_state_topic(topic), key, message), Personal::kMasked)["body"];
    };
    internal::v1::ProductOrigin product;
    product.set_entity("shirt");
    EXPECT_EQ(body("links", "q/erp/example/A-100", product)["entity"], "shirt");
    internal::v1::ProductEntity entity;
    entity.add_targets()->set_sku("A-100");
    EXPECT_EQ(body("links", "g/example/shirt", entity)["targets"][0]["sku"], "A-100");
    internal::v1::CustomerOrigin origin;
    origin.set_identity("\x01\x02");
    EXPECT_EQ(body("links", "c/example/shop/7", origin)["identity"], "0102");
    internal::v1::CustomerIdentity identity;
    internal::v1::CustomerSide& side = *identity.add_sides();
    side.set_native_id("7");
    side.mutable_newest()->mutable_personal()->mutable_clear()->set_email(kEmail);
    EXPECT_EQ(body("links", "i/example/00ff", identity)["sides"][0]["native_id"], "7");
    EXPECT_FALSE(body("links", "i/example/00ff", identity).dump().contains(kEmail));
    internal::v1::NativeIndex index;
    index.set_link("example/shop/14");
    EXPECT_EQ(body("links", "n/example/erp/number/WC-1234", index)["link"], "example/shop/14");
    for (const auto& [topic, key] :
         {std::pair{"links", "w/example/shop/14"}, std::pair{"links", "r/example/shirt"},
          std::pair{"links", "nw/0000000000000001/example/erp/id/9"}, std::pair{"ledger", "o/example/a-100"}}) {
        const kafka::Record listed{.topic = events::router_state_topic(topic), .key = key, .value = "example/what"};
        EXPECT_EQ(json_of(listed, Personal::kMasked)["body"], "example/what") << key;
    }
}

TEST(RecordView, ReadsWhatTheRouterTellsItselfOfProductsAndCustomers) {
    internal::v1::EntityInputs inputs;
    internal::v1::EntityInput& input = *inputs.add_inputs();
    input.set_merchant("example");
    input.mutable_product_seen()->set_model("Shirt");
    const kafka::Record record = stored("shopwire.internal.identity", "x", inputs);
    EXPECT_EQ(json_of(record, Personal::kMasked)["body"]["inputs"][0]["product_seen"]["model"], "Shirt");
    EXPECT_TRUE(matches(record, {.merchant = "example"}));
    EXPECT_FALSE(matches(record, {.merchant = "other"}));
}

TEST(RecordFilter, KnowsWhoseARecordIs) {
    EXPECT_TRUE(matches(order_event(), {}));
    EXPECT_TRUE(matches(order_event(), {.merchant = "example", .connection = "shop"}));
    EXPECT_FALSE(matches(order_event(), {.merchant = "other"}));
    EXPECT_FALSE(matches(order_event(), {.connection = "erp"}));
    EXPECT_TRUE(matches(export_command(), {.merchant = "example", .connection = "erp"}));
    EXPECT_TRUE(matches(export_command(), {.connection = "shop"}));  // its cause
    EXPECT_TRUE(matches(order_link(internal::v1::LINK_STATE_LINKED), {.merchant = "example", .connection = "shop"}));
    EXPECT_FALSE(matches(order_link(internal::v1::LINK_STATE_LINKED), {.merchant = "exam"}));
    EXPECT_FALSE(matches(order_event(), {.key = "shop/15"}));
}

// What could not be read names no merchant, and its key does.
TEST(RecordFilter, KnowsWhoseADeadLetterIs) {
    internal::v1::DeadLetter letter;
    letter.set_key("example/shop/14");
    const kafka::Record record = stored(events::dead_letter_topic(), "", letter);
    EXPECT_TRUE(matches(record, {.merchant = "example"}));
    EXPECT_FALSE(matches(record, {.merchant = "exam"}));
    letter.set_merchant("example");
    letter.set_connection("erp");
    EXPECT_TRUE(is_of({.merchant = "example", .connection = "erp"}, letter));
    EXPECT_FALSE(is_of({.merchant = "example", .connection = "shop"}, letter));
}

}  // namespace
}  // namespace shopwire::cli

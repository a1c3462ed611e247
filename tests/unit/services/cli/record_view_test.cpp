#include "services/cli/record_view.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/unit/services/cli/records.h"

namespace shopwire::cli {
namespace {

kafka::Record dead_letter() {
    internal::v1::DeadLetter letter;
    const kafka::Record inside = order_event();
    letter.set_stage("map");
    letter.set_topic(inside.topic);
    letter.set_key(inside.key);
    letter.set_value(*inside.value);
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

}  // namespace
}  // namespace shopwire::cli

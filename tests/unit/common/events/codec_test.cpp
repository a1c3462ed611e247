#include "common/events/codec.h"

#include <gtest/gtest.h>

#include "common/core/ids.h"

namespace shopwire::events {
namespace {

constexpr std::int64_t kNowMs = 1'795'305'301'250;
constexpr std::string_view kTrace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

Event order_event() {
    Event event;
    event.mutable_source()->set_merchant("acme");
    event.mutable_source()->set_connection("shop");
    event.mutable_order()->set_native_id("1001");
    event.mutable_order()->set_status("processing");
    return event;
}

std::string header(const kafka::Record& record, std::string_view name) {
    for (const auto& [key, value] : record.headers) {
        if (key == name) return std::string(value);
    }
    return "(none)";
}

TEST(EventCodec, RoundTripsThroughARecord) {
    const Event event = order_event();
    const kafka::Record record = to_record(event, kNowMs, kTrace);
    EXPECT_EQ(record.topic, "shopwire.events.order");
    EXPECT_EQ(record.partition, -1);
    EXPECT_EQ(record.key, "acme/shop/1001");
    const auto parsed = parse_event(record);
    ASSERT_TRUE(parsed) << parsed.error().message;
    EXPECT_EQ(parsed->SerializeAsString(), event.SerializeAsString());
}

TEST(EventCodec, WritesCloudEventsHeaders) {
    const kafka::Record record = to_record(order_event(), kNowMs, kTrace);
    EXPECT_EQ(header(record, "ce_id").size(), 36U);
    EXPECT_EQ(header(record, "ce_source"), "/acme/shop");
    EXPECT_EQ(header(record, "ce_type"), "shopwire.events.v1.order");
    EXPECT_EQ(header(record, "ce_specversion"), "1.0");
    EXPECT_EQ(header(record, "ce_subject"), "acme/shop/1001");
    EXPECT_EQ(header(record, "content-type"), "application/protobuf");
    EXPECT_EQ(header(record, "traceparent"), kTrace);
    const Envelope envelope = envelope_of(record);
    EXPECT_EQ(envelope.time_ms, kNowMs);
    EXPECT_EQ(envelope.type, "shopwire.events.v1.order");
    EXPECT_EQ(envelope.traceparent, kTrace);
}

TEST(EventCodec, StartsATraceWhenThereIsNone) {
    const kafka::Record record = to_record(order_event(), kNowMs);
    EXPECT_EQ(traceparent_of(record).size(), kTrace.size());
    EXPECT_NE(traceparent_of(record), traceparent_of(to_record(order_event(), kNowMs)));
    EXPECT_EQ(traceparent_of(kafka::Record{}), "");
    EXPECT_EQ(envelope_of(kafka::Record{}).time_ms, 0);
}

TEST(EventCodec, HashesTheBodyAlone) {
    Event first = order_event();
    Event second = order_event();
    second.mutable_source()->set_observed_at_ms(99);
    set_content_hash(first);
    set_content_hash(second);
    EXPECT_EQ(first.source().content_hash().size(), 16U);
    EXPECT_EQ(first.source().content_hash(), second.source().content_hash());
    second.mutable_order()->set_status("completed");
    set_content_hash(second);
    EXPECT_NE(first.source().content_hash(), second.source().content_hash());
}

TEST(CommandCodec, GoesToItsLaneAndSlot) {
    Command command;
    command.set_id("id-1");
    command.set_merchant("acme");
    command.set_connection("shop");
    command.set_key("a-1");
    command.set_cause_connection("erp");
    command.mutable_set_stock()->set_sku("A-1");
    const kafka::Record record = to_record(command, "alpha", 3, kNowMs, kTrace);
    EXPECT_EQ(record.topic, "shopwire.commands.alpha.goods");
    EXPECT_EQ(record.partition, 3);
    EXPECT_EQ(record.key, "acme/shop/a-1");
    EXPECT_EQ(header(record, "ce_id"), "id-1");
    EXPECT_EQ(header(record, "ce_type"), "shopwire.commands.v1.set_stock");
    EXPECT_EQ(parse_command(record)->set_stock().sku(), "A-1");
}

TEST(CommandCodec, OrdersNeverWaitBehindGoods) {
    Command command;
    command.mutable_export_order();
    EXPECT_EQ(lane_of(command), Lane::kOrders);
    command.mutable_cancel_document();
    EXPECT_EQ(lane_of(command), Lane::kOrders);
    command.mutable_set_order_status();
    EXPECT_EQ(lane_of(command), Lane::kOrders);
    command.mutable_add_order_note();
    EXPECT_EQ(lane_of(command), Lane::kOrders);
    command.mutable_set_stock();
    EXPECT_EQ(lane_of(command), Lane::kGoods);
    command.mutable_set_price();
    EXPECT_EQ(lane_of(command), Lane::kGoods);
    command.mutable_refresh()->set_entity("stock");
    EXPECT_EQ(lane_of(command), Lane::kGoods);
    command.mutable_refresh()->set_entity("order");
    EXPECT_EQ(lane_of(command), Lane::kOrders);
}

TEST(ResultCodec, IsKeyedByItsCause) {
    CommandResult result;
    result.set_merchant("acme");
    result.set_connection("erp");
    result.set_cause_key("acme/shop/1001");
    result.set_outcome(commands::v1::OUTCOME_APPLIED);
    const kafka::Record record = to_record(result, kNowMs, kTrace);
    EXPECT_EQ(record.topic, "shopwire.results");
    EXPECT_EQ(record.key, "acme/shop/1001");
    EXPECT_EQ(parse_result(record)->connection(), "erp");
}

TEST(Parse, RejectsWhatIsNoMessage) {
    kafka::Record record = to_record(order_event(), kNowMs);
    const auto kind_of = [&](auto parsed) { return parsed ? ErrorKind::kCancelled : parsed.error().kind; };
    record.value = std::nullopt;
    EXPECT_EQ(kind_of(parse_event(record)), ErrorKind::kRejected);
    record.value = "\xff\xff\xff";
    EXPECT_EQ(kind_of(parse_event(record)), ErrorKind::kRejected);
    record.value = "";
    EXPECT_EQ(kind_of(parse_event(record)), ErrorKind::kRejected);
    EXPECT_EQ(kind_of(parse_command(record)), ErrorKind::kRejected);
    EXPECT_EQ(kind_of(parse_result(record)), ErrorKind::kRejected);
    record.value = order_event().SerializeAsString();
    record.headers = {{"content-type", "application/json"}};
    EXPECT_EQ(kind_of(parse_event(record)), ErrorKind::kRejected);
}

// The bytes may still be readable, with another meaning.
TEST(Parse, RefusesANewerMajorVersionWithAClearLine) {
    kafka::Record record = to_record(order_event(), kNowMs);
    const auto set_type = [&](const std::string& type) {
        record.headers = {{"ce_type", type}, {"content-type", "application/protobuf"}};
    };
    record.partition = 3;
    record.offset = 17;
    for (const char* type : {"shopwire.events.v2.order", "shopwire.events.v12.order"}) {
        set_type(type);
        const auto parsed = parse_event(record);
        ASSERT_FALSE(parsed) << type;
        EXPECT_EQ(parsed.error().kind, ErrorKind::kRejected);
        EXPECT_EQ(parsed.error().message, "decoding event at shopwire.events.order[3]@17: " + std::string(type) +
                                              " is of a newer version than this program reads (v1): update the "
                                              "program, then replay the record");
    }
    record.value = "no message of v1 at all: \xff";
    EXPECT_TRUE(parse_event(record).error().message.contains("newer version"));
    record.value = order_event().SerializeAsString();
    for (const char* type : {"", "shopwire.events.v1.order", "shopwire.events.v1.what_comes", "com.example.v2.order"}) {
        set_type(type);
        EXPECT_TRUE(parse_event(record)) << type;
    }
}

TEST(DecimalCodec, KeepsEveryMillionth) {
    for (const std::int64_t micros : {std::int64_t{0}, std::int64_t{-1}, Decimal::kMicrosMax, -Decimal::kMicrosMax}) {
        EXPECT_EQ(from_proto(to_proto(Decimal::from_micros(micros))).micros(), micros);
    }
}

}  // namespace
}  // namespace shopwire::events

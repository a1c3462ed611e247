#include <gtest/gtest.h>

#include <functional>

#include "common/events/codec.h"

namespace shopwire::events {
namespace {

Event good_order() {
    Event event;
    v1::Source& source = *event.mutable_source();
    source.set_merchant("acme");
    source.set_connection("shop");
    source.set_system("alpha");
    source.set_origin(v1::ORIGIN_POLL);
    source.set_observed_at_ms(1);
    v1::Order& order = *event.mutable_order();
    order.set_native_id("1001");
    for (int i = 0; i < 3; ++i) {
        v1::OrderLine& line = *order.add_lines();
        line.set_sku("A-1");
        *line.mutable_quantity() = to_proto(Decimal::from_integer(i));
    }
    return event;
}

TEST(Check, PassesAGoodEvent) { EXPECT_TRUE(check(good_order())); }

struct Row {
    const char* name;
    std::function<void(Event&)> spoil;
    std::string message;
};
void PrintTo(const Row& row, std::ostream* out) { *out << row.name; }

class CheckRejects : public ::testing::TestWithParam<Row> {};

TEST_P(CheckRejects, NamesTheField) {
    Event event = good_order();
    GetParam().spoil(event);
    const Status status = check(event);
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().kind, ErrorKind::kRejected);
    EXPECT_EQ(status.error().message, "checking an event: " + GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(
    , CheckRejects,
    ::testing::Values(
        Row{"NoMerchant", [](Event& e) { e.mutable_source()->clear_merchant(); },
            "$.source.merchant: expected text, got none"},
        Row{"NoConnection", [](Event& e) { e.mutable_source()->clear_connection(); },
            "$.source.connection: expected text, got none"},
        Row{"NoSystem", [](Event& e) { e.mutable_source()->clear_system(); },
            "$.source.system: expected text, got none"},
        Row{"NoOrigin", [](Event& e) { e.mutable_source()->clear_origin(); },
            "$.source.origin: expected an origin, got none"},
        Row{"NoTime", [](Event& e) { e.mutable_source()->clear_observed_at_ms(); },
            "$.source.observed_at_ms: expected a time, got none"},
        Row{"NoBody", [](Event& e) { e.clear_order(); }, "$: expected a body, got none"},
        Row{"NoKey", [](Event& e) { e.mutable_order()->clear_native_id(); },
            "$.order.native_id: expected text, got none"},
        Row{"TooLargeQuantity",
            [](Event& e) { e.mutable_order()->mutable_lines(2)->mutable_quantity()->set_micros(Decimal::kMicrosMax); },
            "$.order.lines[2].quantity: expected less than 10000000000 in size"},
        Row{"TooSmallTotal", [](Event& e) { e.mutable_order()->mutable_total()->set_micros(-Decimal::kMicrosMax); },
            "$.order.total: expected less than 10000000000 in size"},
        Row{"NotUtf8", [](Event& e) { e.mutable_order()->mutable_lines(0)->set_name("caf\xe9"); },
            "$.order.lines[0].name: expected valid UTF-8"},
        Row{"SurrogateInUtf8", [](Event& e) { e.mutable_order()->set_number("\xed\xa0\x80"); },
            "$.order.number: expected valid UTF-8"},
        Row{"LongText", [](Event& e) { e.mutable_order()->set_number(std::string(64 * 1024 + 1, 'x')); },
            "$.order.number: expected at most 65536 bytes"},
        Row{"ManyLines",
            [](Event& e) {
                for (int i = 0; i < 10'000; ++i) e.mutable_order()->add_lines();
            },
            "$.order.lines: expected at most 10000 elements"},
        Row{"StockOfNothing", [](Event& e) { e.mutable_stock(); }, "$.stock.sku: expected text here or in native_id"},
        Row{"RefundOfNothing", [](Event& e) { e.mutable_refund(); },
            "$.refund.order_native_id: expected text, got none"},
        Row{"DeletedPlanet", [](Event& e) { e.mutable_deleted()->set_entity("planet"); },
            "$.deleted.entity: expected the name of an entity"},
        Row{"MarkerOfNoPass", [](Event& e) { e.mutable_marker(); }, "$.marker.pass_id: expected text, got none"}),
    [](const auto& test) { return test.param.name; });

TEST(Check, TakesTheLargestAllowedValues) {
    Event event = good_order();
    event.mutable_order()->mutable_total()->set_micros(Decimal::kMicrosMax - 1);
    event.mutable_order()->set_number(std::string(64 * 1024, 'x'));
    event.mutable_order()->set_status("оплачено, 漢字, 🙂");
    EXPECT_TRUE(check(event));
}

}  // namespace
}  // namespace shopwire::events

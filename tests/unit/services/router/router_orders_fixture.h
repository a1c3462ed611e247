// What tests of orders, refunds and documents share beyond the router's fixture.
#pragma once

#include "tests/unit/services/router/router_fixture.h"

namespace shopwire::router {

class OrdersTest : public RouterTest {
 protected:
    void SetUp() override { route("document_type: invoice"); }

    // One route from the shop to the ERP with these settings beside the required ones.
    void route(const std::string& settings) {
        configure(
            "merchant: acme\n"
            "connections: {shop: {system: alpha}, erp: {system: beta}}\n"
            "routing:\n"
            "  orders:\n"
            "    - {from: shop, to: erp, export_since: \"2026-01-01T00:00:00Z\", prefix: WC, " +
            std::string(settings.contains("note: true") ? "" : "note: false, ") + settings +
            "}\n"
            "  stock: [{owner: erp, to: shop, release_lag: 0ms, invoice_moves_stock: true}]\n");
    }
    static std::int64_t at(int step) { return kYear2026 + 1000 * step; }

    // State `step` of order 1.
    Event with_pieces(int step, std::int64_t pieces, const std::string& status = "processing") {
        Event event = order("1", status, at(step));
        events::v1::OrderLine& line = *event.mutable_order()->mutable_lines(0);
        line.set_native_id("7");
        *line.mutable_quantity() = events::to_proto(Decimal::from_integer(pieces));
        *line.mutable_subtotal() = events::to_proto(Decimal::from_integer(100 * pieces));
        *line.mutable_total() = line.subtotal();
        *event.mutable_order()->mutable_total() = line.total();
        return event;
    }
    // A refund of pieces of order 1, as read together with this state of it.
    Event refund(const std::string& id, std::int64_t pieces, const Event* read_with) {
        Event event = order("1", "", at(0));
        event.mutable_source()->set_modified_at_ms(0);
        event.mutable_source()->set_read_started_at_ms(at(50));
        event.mutable_source()->set_observed_at_ms(at(50));
        events::v1::Refund& body = *event.mutable_refund();
        body.set_native_id(id);
        body.set_order_native_id("1");
        body.set_restocked(pieces > 0);
        *body.mutable_amount() = events::to_proto(Decimal::from_integer(100 * pieces));
        if (pieces > 0) {
            events::v1::RefundLine& line = *body.add_lines();
            line.set_order_line_native_id("7");
            line.set_sku("SHOP-1");
            *line.mutable_quantity() = events::to_proto(Decimal::from_integer(pieces));
            *line.mutable_total() = events::to_proto(Decimal::from_integer(100 * pieces));
        }
        if (read_with != nullptr) *body.mutable_order() = read_with->order();
        return event;
    }
    Event told_by_erp(std::int64_t seen_ms) {
        Event event;
        event.mutable_source()->set_merchant("acme");
        event.mutable_source()->set_connection("erp");
        event.mutable_source()->set_system("beta");
        event.mutable_source()->set_origin(events::v1::ORIGIN_POLL);
        event.mutable_source()->set_modified_at_ms(seen_ms);
        event.mutable_source()->set_observed_at_ms(seen_ms);
        return event;
    }
    Event document(const std::string& number, const std::string& status, std::int64_t seen_ms,
                   const std::string& group = "") {
        Event event = told_by_erp(seen_ms);
        event.mutable_document()->set_native_id("55");
        event.mutable_document()->set_external_number(number);
        event.mutable_document()->set_status(status);
        event.mutable_document()->set_status_group(group);
        return event;
    }
    Event parcel(const std::string& id, const std::string& status, std::int64_t seen_ms) {
        Event event = told_by_erp(seen_ms);
        events::v1::Shipment& shipment = *event.mutable_shipment();
        shipment.set_native_id(id);
        shipment.set_external_number("WC-101");
        shipment.set_carrier("Post");
        shipment.set_tracking_number("T" + id);
        shipment.set_status(status);
        return event;
    }

    // The commands of the document and refund lanes alone, without stock numbers.
    std::vector<Command> sent() {
        std::vector<Command> out;
        for (Command& command : take())
            if (!command.has_set_stock()) out.push_back(std::move(command));
        return out;
    }
    // The only one.
    Command one() {
        const std::vector<Command> commands = sent();
        EXPECT_EQ(commands.size(), 1U);
        return commands.empty() ? Command{} : commands.front();
    }
    // Order 1 in this state has its document.
    void link(const Event& state) {
        feed(state);
        feed(made(one()));
        EXPECT_TRUE(sent().empty());
    }
    static std::int64_t pieces_of(const events::v1::Order& order) {
        std::int64_t sum = 0;
        for (const events::v1::OrderLine& line : order.lines())
            sum += events::from_proto(line.quantity()).micros() / Decimal::kOne;
        return sum;
    }
    CommandResult refused(const Command& command, const std::string& why = "no") {
        CommandResult result = result_of(command, commands::v1::OUTCOME_PARKED);
        result.set_error(why);
        return result;
    }
    CommandResult applied(const Command& command) { return result_of(command, commands::v1::OUTCOME_APPLIED); }
    CommandResult discarded(const Command& command) { return result_of(command, commands::v1::OUTCOME_DISCARDED); }
};

}  // namespace shopwire::router

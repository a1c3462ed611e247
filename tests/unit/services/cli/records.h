// Records of one small story: order 14 of a shop becomes a reservation at an ERP.  Values.
#pragma once

#include <string>

#include "common/events/codec.h"
#include "common/events/topics.h"
#include "shopwire/internal/v1/state.pb.h"

namespace shopwire::cli {

constexpr std::int64_t kSeenMs = 1'800'000'000'000;  // 2027-01-15T08:00:00Z
constexpr const char* kEmail = "ana@example.com";

inline kafka::Record placed(kafka::Record record, std::int64_t offset = 7) {
    if (record.partition < 0) record.partition = 0;
    record.offset = offset;
    return record;
}

inline events::v1::Decimal decimal(std::int64_t whole) { return events::to_proto(Decimal::from_integer(whole)); }

inline kafka::Record order_event(const std::string& merchant = "example", const std::string& number = "1234") {
    events::Event event;
    event.mutable_source()->set_merchant(merchant);
    event.mutable_source()->set_connection("shop");
    event.mutable_source()->set_system("alpha");
    event.mutable_source()->set_origin(events::v1::ORIGIN_WEBHOOK);
    event.mutable_source()->set_observed_at_ms(kSeenMs);
    events::v1::Order& order = *event.mutable_order();
    order.set_native_id("14");
    order.set_number(number);
    order.set_status("processing");
    order.set_currency("RSD");
    *order.mutable_total() = decimal(1500);
    order.add_lines()->set_sku("A-100");
    order.mutable_personal()->mutable_clear()->set_email(kEmail);
    order.mutable_personal()->mutable_clear()->mutable_billing()->set_last_name("Jovanović");
    return placed(events::to_record(event, kSeenMs + 1));
}

inline kafka::Record export_command(const std::string& merchant = "example") {
    events::Command command;
    command.set_id("0191-command");
    command.set_merchant(merchant);
    command.set_connection("erp");
    command.set_key("shop/14");
    command.set_field_group("document");
    command.set_sequence(1);
    command.set_cause_key(merchant + "/shop/14");
    command.set_cause_connection("shop");
    command.mutable_export_order()->set_external_number("WC-1234");
    command.mutable_export_order()->set_document_type(events::v1::DOCUMENT_TYPE_RESERVATION);
    command.mutable_export_order()->mutable_order()->mutable_personal()->mutable_clear()->set_email(kEmail);
    return placed(events::to_record(command, "beta", 0, kSeenMs + 10, {}));
}

inline kafka::Record export_result(commands::v1::Outcome outcome, const std::string& error = {},
                                   const std::string& merchant = "example") {
    events::CommandResult result;
    result.set_command_id("0191-command");
    result.set_merchant(merchant);
    result.set_connection("erp");
    result.set_key("shop/14");
    result.set_field_group("document");
    result.set_sequence(1);
    result.set_cause_key(merchant + "/shop/14");
    result.set_cause_connection("shop");
    result.set_outcome(outcome);
    result.set_error(error);
    result.set_finished_at_ms(kSeenMs + 500);
    if (error.empty()) {
        result.mutable_document()->set_type(events::v1::DOCUMENT_TYPE_RESERVATION);
        result.mutable_document()->set_number("R-55");
        result.mutable_document()->set_external_number("WC-1234");
        *result.mutable_document()->mutable_total() = decimal(1500);
    }
    return placed(events::to_record(result, kSeenMs + 501, {}));
}

inline kafka::Record stored(std::string topic, std::string key, const google::protobuf::Message& message) {
    return placed({.topic = std::move(topic), .key = std::move(key), .value = message.SerializeAsString()});
}

inline kafka::Record order_link(internal::v1::LinkState state, const std::string& error = {},
                                const std::string& merchant = "example", const std::string& held = {}) {
    internal::v1::Link link;
    link.set_native_id("14");
    link.set_number("1234");
    link.set_status("processing");
    internal::v1::LinkTarget& target = *link.add_targets();
    target.set_connection("erp");
    target.set_state(state);
    if (state != internal::v1::LINK_STATE_UNSPECIFIED || held.empty()) target.set_external_number("WC-1234");
    target.set_document_type(events::v1::DOCUMENT_TYPE_RESERVATION);
    target.set_last_error(error);
    target.set_held(held);
    if (state == internal::v1::LINK_STATE_LINKED || state == internal::v1::LINK_STATE_UPDATING ||
        state == internal::v1::LINK_STATE_REFUSED) {
        target.set_native_number("R-55");
        target.set_confirmed_at_ms(kSeenMs + 500);
    }
    return stored(events::router_state_topic("links"), "l/" + merchant + "/shop/14", link);
}

// Ten free at the ERP, two of them taken by order 14, one held back: the shop was told 7.
inline internal::v1::Ledger ledger_of_seven() {
    internal::v1::Ledger ledger;
    internal::v1::LedgerLocation& location = *ledger.add_locations();
    location.set_connection("erp");
    location.set_location("1");
    *location.mutable_free() = decimal(10);
    location.set_read_started_at_ms(kSeenMs - 60'000);
    internal::v1::LedgerOrder& order = *ledger.add_orders();
    order.set_connection("shop");
    order.set_native_id("14");
    order.set_owner("erp");
    *order.mutable_quantity() = decimal(2);
    order.set_since_ms(kSeenMs);
    internal::v1::LedgerTarget& target = *ledger.add_targets();
    target.set_connection("shop");
    target.set_sku("A-100");
    target.set_sequence(3);
    *target.mutable_published() = decimal(7);
    target.set_published_at_ms(kSeenMs + 20);
    return ledger;
}

inline kafka::Record ledger_record(const internal::v1::Ledger& ledger, const std::string& merchant = "example") {
    return stored(events::router_state_topic("ledger"), "s/" + merchant + "/a-100", ledger);
}

inline kafka::Record stock_result(commands::v1::Outcome outcome, const std::string& merchant = "example") {
    events::CommandResult result;
    result.set_merchant(merchant);
    result.set_connection("shop");
    result.set_key("a-100");
    result.set_field_group("stock");
    result.set_sequence(3);
    result.set_cause_key(merchant + "/a-100");
    result.set_outcome(outcome);
    result.set_finished_at_ms(kSeenMs + 40);
    *result.mutable_stock()->mutable_quantity() = decimal(7);
    return placed(events::to_record(result, kSeenMs + 41, {}));
}

}  // namespace shopwire::cli

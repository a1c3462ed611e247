// One Logistos connection over a scripted transport: settings, room, source, sink.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

#include "services/logistos/sink.h"
#include "services/logistos/source.h"
#include "tests/unit/services/connection_rig.h"

namespace shopwire::logistos {

inline constexpr std::string_view kKey = "ck_0123456789abcdef0123456789abcdef01234567";
inline constexpr std::string_view kSecret = "cs_89abcdef0123456789abcdef0123456789abcdef";

// `more` are further settings, one per line.
inline std::string settings_yaml(const std::string& dialect, const std::string& more = {}) {
    setenv("LOGISTOS_TEST_KEY", std::string(kKey).c_str(), 1);
    setenv("LOGISTOS_TEST_SECRET", std::string(kSecret).c_str(), 1);
    setenv("LOGISTOS_TEST_TOKEN", "t0ken-of-the-seller", 1);
    setenv("LOGISTOS_TEST_EMAIL", "seller@example.test", 1);
    setenv("LOGISTOS_TEST_PASSWORD", "demo-password", 1);
    std::string text = "dialect: " + dialect +
                       "\nbase_url: https://logistos.example\nstore_url: https://Shop.Example.test/\n"
                       "consumer_key: ${env:LOGISTOS_TEST_KEY}\nconsumer_secret: ${env:LOGISTOS_TEST_SECRET}\n"
                       "seller_email: ${env:LOGISTOS_TEST_EMAIL}\nseller_password: ${env:LOGISTOS_TEST_PASSWORD}\n"
                       "tracking_url: 'https://track.example/{awb}'\n"
                       "store: {name: Example Shop, address: 12 Test Road, city: Pune, state: MH, postcode: '411001', "
                       "phone: '+919800000000'}\n";
    if (dialect == "logistos-batch") text += "api_token: ${env:LOGISTOS_TEST_TOKEN}\n";
    return text + more + (more.empty() ? "" : "\n");
}

inline Parsed parse(const std::string& yaml, config::Problems& problems) {
    return parse_settings(config::Node::parse(yaml, "acme.yaml", problems), problems);
}

inline Settings settings_of(const std::string& more = {}) {
    config::Problems problems;
    Parsed parsed = parse(settings_yaml("logistos-flat", more), problems);
    EXPECT_EQ("", problems_text(problems));
    return parsed.settings;
}

inline dialect::Zone zone() { return *dialect::Zone::locate("Asia/Kolkata"); }
inline std::string fixture(const std::string& name) {
    std::ifstream file("tests/fixtures/logistos/" + name);
    std::stringstream text;
    text << file.rdbuf();
    EXPECT_FALSE(text.str().empty()) << name;
    return text.str();
}

struct Rig : ConnectionRig {
    // `without`: operations that the dialect shall lack.
    explicit Rig(const std::string& dialect = "logistos-flat", const std::string& more = {},
                 const std::vector<std::string>& without = {})
        : ConnectionRig("parcels", "https://logistos.example") {
        config::Problems problems;
        Parsed parsed = parse(settings_yaml(dialect, more), problems);
        EXPECT_EQ("", problems_text(problems));
        for (const std::string& operation : without) parsed.dialect.value().operations.erase(operation);
        room = open_room(std::move(parsed), context);
        sink = std::make_unique<Sink>(room);
        source = std::make_unique<Source>(room, context);
    }

    Result<runtime::Applied> apply(const events::Command& command) { return sink->apply({&command, 1}, {}).front(); }
    void connected() { room->connected = true; }

    std::shared_ptr<Room> room{};
    std::unique_ptr<Sink> sink{};
    std::unique_ptr<Source> source{};
};

// The order of contract logistos B3.2: three bottles, paid at the door.
inline events::v1::Order sample_order() {
    events::v1::Order order;
    order.set_native_id("10234");
    order.set_number("10234");
    order.set_status("processing");
    order.set_currency("INR");
    order.set_created_at_ms(1780281900000);  // 2026-06-01 08:15 in Pune
    order.set_payment_method("cod");
    order.set_payment_title("Cash on delivery");
    order.set_customer_native_id("17");
    order.set_transaction_id("txn-secret-1");
    *order.mutable_discount_total() = pdec("0");
    *order.mutable_total_tax() = pdec("75");
    *order.mutable_total() = pdec("1645");
    auto& line = *order.add_lines();
    line.set_native_id("51");
    line.set_product_native_id("801");
    line.set_name("Steel bottle");
    line.set_sku("SB-1");
    *line.mutable_quantity() = pdec("3");
    *line.mutable_subtotal() = pdec("1500");
    *line.mutable_total() = pdec("1500");
    *line.mutable_total_tax() = pdec("75");
    line.set_needs_shipping(true);
    *line.mutable_measures()->mutable_weight_kg() = pdec("0.4");
    *line.mutable_measures()->mutable_length_cm() = pdec("8");
    *line.mutable_measures()->mutable_width_cm() = pdec("8");
    *line.mutable_measures()->mutable_height_cm() = pdec("25");
    auto& fee = *order.add_fees();
    fee.set_name("Gift wrap");
    auto& shipping = *order.add_shipping();
    shipping.set_code("flat_rate");
    shipping.set_name("Flat rate");
    *shipping.mutable_total() = pdec("70");
    auto& tax = *order.add_taxes();
    tax.set_code("IN-GST-5");
    tax.set_label("GST");
    *tax.mutable_total() = pdec("75");
    auto& person = *order.mutable_personal()->mutable_clear();
    person.set_email("asha@example.test");
    person.set_phone("+91 98000-00001");
    auto& billing = *person.mutable_billing();
    billing.set_first_name("Asha");
    billing.set_last_name("Test");
    billing.set_line_1("1 Lake St");
    billing.set_city("Mumbai");
    billing.set_state("MH");
    billing.set_postal_code("400 001");
    billing.set_country("IN");
    *person.mutable_shipping() = billing;
    return order;
}

inline events::Command export_command(events::v1::Order order = sample_order()) {
    events::Command command;
    auto& exported = *command.mutable_export_order();
    *exported.mutable_order() = std::move(order);
    exported.set_external_number("WC-10234");
    exported.set_document_type(events::v1::DOCUMENT_TYPE_DELIVERY_NOTE);
    exported.set_order_connection("shop");
    return command;
}

inline events::Command update_command(const std::string& native_id) {
    events::Command command;
    command.set_native_id(native_id);
    *command.mutable_update_order()->mutable_order() = sample_order();
    command.mutable_update_order()->set_external_number("WC-10234");
    return command;
}

inline events::Command cancel_command(const std::string& native_id) {
    events::Command command;
    command.set_key("shop/10234");
    command.set_native_id(native_id);
    command.mutable_cancel_document()->set_external_number("WC-10234");
    return command;
}

// What Logistos would answer, in both shapes.
struct Wire {
    std::string connected{}, taken{}, duplicate{}, bad{}, unknown_store{};
};
inline Wire wire(const std::string& dialect) {
    if (dialect == "logistos-flat")
        return {.connected = R"({"success": true, "message": "Store integrated", "store_id": 55})",
                .taken = R"({"success":true,"order_id":10234,"logistos_order_id":90001})",
                .duplicate = R"({"success":false,"message":"order exists"})",
                .bad = R"({"success":false,"message":"total is required"})",
                .unknown_store = R"({"success":false,"message":"store is not registered"})"};
    return {
        .connected = R"({"ok":true,"shop_no":55})",
        .taken = R"({"results":[{"reference":"10234","ok":true,"parcel_order":90001,"awb":null}]})",
        .duplicate = R"({"ok":false,"error":{"code":"ORDER_EXISTS","text":"known"}})",
        .bad =
            R"({"results":[{"reference":"10234","ok":false,"error":{"code":"BAD_ORDER","text":"money is required"}}]})",
        .unknown_store = R"({"ok":false,"error":{"code":"UNKNOWN_SHOP","text":"no such shop"}})"};
}

// Bodies of a 2xx that say nothing of what was asked for.
inline std::vector<std::string> no_word() {
    return {"",
            "{}",
            "[]",
            "[{}]",
            "null",
            R"({"results":[]})",
            R"({"results":[{}]})",
            R"({"results":null})",
            R"({"results":{}})",
            R"({"status":"error"})",
            R"({"status":"queued"})",
            R"({"detail":"Not now."})",
            R"({"success":"true"})",
            R"({"success":null})",
            R"({"ok":"true"})",
            R"({"success":1,"ok":1})",
            R"({"results":[{"ok":true,"parcel_order":1},{"ok":true,"parcel_order":2}]})"};
}

class DialectTest : public ::testing::TestWithParam<const char*> {
 protected:
    Wire wire_ = wire(GetParam());
    bool flat_ = std::string(GetParam()) == "logistos-flat";
};
inline std::string dialect_name(const ::testing::TestParamInfo<const char*>& test) {
    return std::string(test.param) == "logistos-flat" ? "Flat" : "Batch";
}
inline auto both_dialects() { return ::testing::Values("logistos-flat", "logistos-batch"); }

}  // namespace shopwire::logistos

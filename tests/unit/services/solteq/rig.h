// One Solteq connection over a scripted transport: settings, room, source, sink.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "services/solteq/sink.h"
#include "services/solteq/source.h"
#include "tests/unit/services/connection_rig.h"

namespace shopwire::solteq {

// `more` are further settings, one per line.
inline std::string settings_yaml(const std::string& dialect, const std::string& more = {},
                                 const std::string& base_url = "https://solteq.example") {
    setenv("SOLTEQ_TEST_SECRET", "s3cret", 1);
    return "dialect: " + dialect + "\nbase_url: " + base_url + "\nidentity_url: " + base_url +
           "\nclient_id: me\nclient_secret: ${env:SOLTEQ_TEST_SECRET}\nweb_store_id: store-1\n" + more + "\n";
}

inline Parsed parse(const std::string& yaml, config::Problems& problems) {
    return parse_settings(config::Node::parse(yaml, "acme.yaml", problems), problems);
}

inline std::string fixture(const std::string& name, const std::string& dialect) {
    const std::string path = "tests/fixtures/solteq/" + name + (dialect == "solteq-rest" ? ".rest.json" : ".alt.json");
    std::ifstream file(path);
    EXPECT_TRUE(file) << path;
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

struct Rig : ConnectionRig {
    // `without`: operations that the dialect shall lack.
    explicit Rig(const std::string& dialect = "solteq-rest", const std::string& more = {},
                 const std::vector<std::string>& without = {})
        : ConnectionRig("erp", "https://solteq.example") {
        config::Problems problems;
        Parsed parsed = parse(settings_yaml(dialect, more), problems);
        EXPECT_EQ("", problems_text(problems));
        for (const std::string& operation : without) parsed.dialect.value().operations.erase(operation);
        room = open_room(std::move(parsed), context);
        sink = std::make_unique<Sink>(room, context);
        source = std::make_unique<Source>(room, context);
        reply(R"({"access_token":"t1","expires_in":86400})");
    }

    void reply(const std::string& body, int status = 200) { transport.reply(status, body); }
    Result<runtime::Applied> apply(const events::Command& command) { return sink->apply({&command, 1}, {}).front(); }

    std::shared_ptr<const Room> room{};
    std::unique_ptr<Sink> sink{};
    std::unique_ptr<Source> source{};
};

// The order of contract solteq 3.3: two shirts, 10 off, 49.80 with 25.5 % tax.
inline events::v1::Order the_order() {
    events::v1::Order order;
    order.set_native_id("10231");
    order.set_number("10231");
    order.set_currency("EUR");
    order.set_created_at_ms(1795245300000);  // 2026-11-21 09:15 in Helsinki
    order.set_paid_at_ms(1795245320000);
    order.set_payment_method("stripe");
    order.set_transaction_id("txn-1");
    order.set_customer_native_id("77");
    *order.mutable_total() = pdec("49.80");
    *order.mutable_total_tax() = pdec("10.12");
    events::v1::OrderLine& line = *order.add_lines();
    line.set_native_id("1");
    line.set_sku("TS-2041-BLK-M");
    line.set_name("T-paita");
    *line.mutable_quantity() = pdec("2");
    *line.mutable_subtotal() = pdec("47.65");
    *line.mutable_subtotal_tax() = pdec("12.15");
    *line.mutable_total() = pdec("39.68");
    *line.mutable_total_tax() = pdec("10.12");
    *line.mutable_vat_rate() = pdec("25.5");
    events::v1::PersonalFields& person = *order.mutable_personal()->mutable_clear();
    person.set_email("Osto@Esimerkki.example");
    person.set_phone("040 123 4567");
    person.set_tax_id("1234567-1");
    person.set_note("Ring the bell");
    person.mutable_billing()->set_company("Esimerkki Oy");
    person.mutable_billing()->set_first_name("Maija");
    person.mutable_billing()->set_last_name("Mallikas");
    person.mutable_billing()->set_line_1("Katu 1");
    person.mutable_billing()->set_postal_code("00100");
    person.mutable_billing()->set_city("Helsinki");
    person.mutable_billing()->set_country("FI");
    return order;
}

inline events::Command export_command() {
    events::Command command;
    auto& exported = *command.mutable_export_order();
    exported.set_external_number("woo:main:10231");
    exported.set_document_type(events::v1::DOCUMENT_TYPE_INVOICE);
    exported.set_order_connection("shop");
    *exported.mutable_order() = the_order();
    return command;
}

// One piece comes back.
inline events::Command refund_command() {
    events::Command command;
    auto& exported = *command.mutable_export_refund();
    exported.set_external_number("woo:main:10231:refund:77");
    exported.set_base_external_number("woo:main:10231");
    *exported.mutable_order() = the_order();
    events::v1::Refund& refund = *exported.mutable_refund();
    refund.set_native_id("77");
    refund.set_order_native_id("10231");
    *refund.mutable_amount() = pdec("24.90");
    refund.set_restocked(true);
    refund.set_created_at_ms(1795331700000);
    events::v1::RefundLine& line = *refund.add_lines();
    line.set_order_line_native_id("1");
    line.set_sku("TS-2041-BLK-M");
    *line.mutable_quantity() = pdec("1");
    *line.mutable_total() = pdec("19.84");
    *line.mutable_total_tax() = pdec("5.06");
    return command;
}

inline events::Command customer_command(const std::string& email = "uusi@example.test") {
    events::Command command;
    command.set_cause_observed_at_ms(testing::FakeClock::kStartMs);
    auto& upsert = *command.mutable_upsert_customer();
    upsert.set_external_id("woo:main:77");
    auto& person = *upsert.mutable_customer()->mutable_personal()->mutable_clear();
    person.set_email(email);
    person.set_phone("+358 40 765 4321");
    person.mutable_billing()->set_first_name("Maija");
    person.mutable_billing()->set_last_name("Mallikas");
    person.mutable_billing()->set_line_1("Katu 2");
    person.mutable_billing()->set_postal_code("20100");
    person.mutable_billing()->set_city("Turku");
    person.mutable_billing()->set_country("FI");
    return command;
}

// A list answer of one dialect around its rows.
inline std::string list_of(const std::string& dialect, const std::vector<std::string>& rows,
                           const std::string& token = "null") {
    std::string text;
    for (const std::string& row : rows) text += (text.empty() ? "" : ",") + row;
    if (dialect == "solteq-rest") return R"({"documents":[)" + text + R"(],"continuationToken":)" + token + "}";
    return R"({"items":[)" + text + R"(],"page":1,"pageSize":200,"total":)" + std::to_string(rows.size()) + "}";
}

// The sale as Solteq shows it.
inline std::string sale_row_of(const std::string& dialect) {
    std::string text = fixture("sale", dialect);
    text.replace(0, 1, R"({"id": "o-1", )");
    return text;
}

inline std::string with(std::string text, const std::string& from, const std::string& to) {
    const std::size_t at = text.find(from);
    EXPECT_NE(std::string::npos, at) << from;
    if (at != std::string::npos) text.replace(at, from.size(), to);
    return text;
}

}  // namespace shopwire::solteq

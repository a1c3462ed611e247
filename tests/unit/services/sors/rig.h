// One SORS connection over a scripted transport: settings, room, source, sink.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <functional>
#include <string>

#include "services/sors/sink.h"
#include "services/sors/source.h"
#include "tests/unit/services/connection_rig.h"

namespace shopwire::sors {

// `more` are further settings, one per line.
inline std::string settings_yaml(const std::string& dialect, const std::string& more = {}) {
    setenv("SORS_TEST_KEY", "k3y", 1);
    std::string text = "dialect: " + dialect +
                       "\napi_key: ${env:SORS_TEST_KEY}\nunit: 1\nbase_url: https://sors.example\n" + more +
                       (more.empty() ? "" : "\n");
    if (text.find("database") == std::string::npos) text += "database: Shop2026\n";
    return text;
}

inline Parsed parse(const std::string& yaml, config::Problems& problems) {
    return parse_settings(config::Node::parse(yaml, "acme.yaml", problems), problems);
}

struct Rig : ConnectionRig {
    // `without`: operations that the dialect shall lack.
    explicit Rig(const std::string& dialect = "sors-en", const std::string& more = {},
                 const std::vector<std::string>& without = {})
        : ConnectionRig("erp", "https://sors.example") {
        config::Problems problems;
        Parsed parsed = parse(settings_yaml(dialect, more), problems);
        EXPECT_EQ("", problems_text(problems));
        for (const std::string& operation : without) parsed.dialect.value().operations.erase(operation);
        room = open_room(std::move(parsed), context);
        sink = std::make_unique<Sink>(room, context);
        source = std::make_unique<Source>(room, context);
    }

    Result<runtime::Applied> apply(const events::Command& command) { return sink->apply({&command, 1}, {}).front(); }

    std::shared_ptr<const Room> room{};
    std::unique_ptr<Sink> sink{};
    std::unique_ptr<Source> source{};
};

// The order of contract sors 2.3.8: three pieces, 10.1873 % off, 3500.00 with 20 % tax.
inline events::Command export_command() {
    events::Command command;
    auto& exported = *command.mutable_export_order();
    exported.set_external_number("WC-10231");
    exported.set_document_type(events::v1::DOCUMENT_TYPE_RESERVATION);
    exported.set_order_connection("shop");
    auto& order = *exported.mutable_order();
    order.set_native_id("10231");
    order.set_currency("RSD");
    order.set_created_at_ms(1795255200000);  // 2026-11-21 11:00 in Belgrade
    *order.mutable_total() = pdec("3500");
    auto& line = *order.add_lines();
    line.set_native_id("1");
    line.set_sku("A-100045");
    *line.mutable_quantity() = pdec("3");
    *line.mutable_subtotal() = pdec("3247.5");
    *line.mutable_subtotal_tax() = pdec("649.5");
    *line.mutable_total() = pdec("2916.67");
    *line.mutable_total_tax() = pdec("583.33");
    auto& person = *order.mutable_personal()->mutable_clear();
    person.set_email("Petar@Example.com");
    person.set_phone("064 111 2223");
    person.set_note("Pozvati pre isporuke");
    person.mutable_billing()->set_first_name("Petar");
    person.mutable_billing()->set_last_name("Petrović");
    person.mutable_billing()->set_line_1("Ulica 5");
    person.mutable_billing()->set_city("Niš");
    person.mutable_billing()->set_postal_code("18000");
    person.mutable_billing()->set_country("RS");
    return command;
}

// The order of export_command, as the action that a command takes.
inline events::Command update_command(const std::string& quantity, const std::string& total,
                                      const std::string& known_id) {
    events::Command command;
    command.set_native_id(known_id);
    const events::Command first = export_command();
    auto& update = *command.mutable_update_order();
    *update.mutable_order() = first.export_order().order();
    update.set_external_number(first.export_order().external_number());
    update.set_document_type(first.export_order().document_type());
    update.set_order_connection(first.export_order().order_connection());
    auto& line = *update.mutable_order()->mutable_lines(0);
    *line.mutable_quantity() = pdec(quantity);
    for (auto* amount : {line.mutable_subtotal(), line.mutable_total(), update.mutable_order()->mutable_total()})
        *amount = pdec(total);
    for (auto* tax : {line.mutable_subtotal_tax(), line.mutable_total_tax()}) *tax = pdec("0");
    return command;
}

inline events::Command cancel_command(events::v1::DocumentType type, const std::string& native_id) {
    events::Command command;
    auto& cancel = *command.mutable_cancel_document();
    cancel.set_external_number("WC-10231");
    cancel.set_document_type(type);
    cancel.set_native_id(native_id);
    return command;
}

// `quantity` pieces of the order's line come back for `total` with tax; refunded `amount` in all.
inline events::Command refund_command(events::v1::DocumentType base, const std::string& base_id,
                                      const std::string& quantity, const std::string& total,
                                      const std::string& amount) {
    events::Command command;
    auto& exported = *command.mutable_export_refund();
    exported.set_external_number("WC-10231-R77");
    exported.set_base_external_number("WC-10231");
    exported.set_base_native_id(base_id);
    exported.set_base_type(base);
    *exported.mutable_order() = export_command().export_order().order();
    auto& refund = *exported.mutable_refund();
    refund.set_native_id("77");
    refund.set_order_native_id("10231");
    refund.set_created_at_ms(exported.order().created_at_ms());
    refund.set_restocked(true);
    *refund.mutable_amount() = pdec(amount);
    auto& line = *refund.add_lines();
    line.set_sku("A-100045");
    *line.mutable_quantity() = pdec(quantity);
    *line.mutable_total() = pdec(total);
    return command;
}

inline events::Command order_as(events::v1::DocumentType type) {
    events::Command command = export_command();
    command.mutable_export_order()->set_document_type(type);
    return command;
}

// What the ERP would answer, in both shapes.
struct Wire {
    std::string dialect{};
    std::string no_rows{}, customer{}, customer_row{}, customer_made{}, document{}, document_row{}, document_whole{},
        duplicate{};
};

inline Wire wire(const std::string& dialect) {
    const auto en = [](const std::string& data, const std::string& total) {
        return R"({"success":true,"message":null,"errors":[],"data":)" + data + R"(,"pagination":)" +
               (total.empty() ? "null" : R"({"page":1,"pageSize":50,"totalItems":)" + total + R"(,"totalPages":1})") +
               "}";
    };
    const auto sr = [](const std::string& data) { return R"({"status":1,"poruka":"","podaci":)" + data + "}"; };
    const auto rows = [&sr](const std::string& row) { return sr(R"({"ukupno":1,"stavke":[)" + row + "]}"); };
    if (dialect == "sors-en") {
        const std::string customer =
            R"({"id":990,"code":"K-0990","type":3,"name":"P","pib":null,"email":"petar@example.com","phone":"+381641112223","defaultDiscountPercent":0.0,"isActive":true})";
        const std::string head =
            R"("id":55120,"documentType":"reservation","number":"1/2026","externalNumber":"WC-10231","date":"2026-11-21","businessUnitId":1,"customerId":990,"status":"open","total":3500.0,"totalVat":583.33)";
        const std::string items =
            R"("items":[{"position":1,"productId":1204,"code":"A-100045","quantity":3.0,"unitPrice":1299.0,"discountPercent":10.1873,"vatRate":20.0,"amount":3500.0}])";
        return {
            .dialect = dialect,
            .no_rows = en("[]", "0"),
            .customer = en("[" + customer + "]", "1"),
            .customer_row = customer,
            .customer_made = en(customer, ""),
            .document = en("{" + head + "}", ""),
            .document_row = en("[{" + head + "}]", "1"),
            .document_whole = en("{" + head + "," + items + "}", ""),
            .duplicate =
                R"({"success":false,"message":"Postoji","errors":[{"code":"DUPLICATE_EXTERNAL_NUMBER","field":"externalNumber","message":"Dokument postoji"}],"data":null,"pagination":null})"};
    }
    const std::string customer =
        R"({"idPartnera":"990","sifra":"K-0990","vrsta":"3","naziv":"P","pib":"","email":"petar@example.com","telefon":"+381641112223","rabat":"0,00","aktivan":"D"})";
    const std::string head =
        R"("idDokumenta":"55120","vrsta":"3","broj":"1/2026","brojNarudzbine":"WC-10231","datum":"21.11.2026","pj":"1","kupac":{"sifra":"K-0990","pib":""},"stanjeDokumenta":"O","iznos":"3.500,00","iznosPdv":"583,33")";
    const std::string items =
        R"("stavke":[{"rb":"1","idArtikla":"1204","sifra":"A-100045","kolicina":"3,000","cena":"1.299,00","rabat":"10,1873","pdv":"20,00","iznos":"3.500,00"}])";
    return {
        .dialect = dialect,
        .no_rows = sr(R"({"ukupno":0,"stavke":[]})"),
        .customer = rows(customer),
        .customer_row = customer,
        .customer_made = sr(customer),
        .document = sr("{" + head + "}"),
        .document_row = rows("{" + head + "}"),
        .document_whole = sr("{" + head + "," + items + "}"),
        .duplicate = R"({"status":0,"poruka":"Dokument postoji","sifraGreske":"DUPLI_BROJ_NARUDZBINE","podaci":null})"};
}

}  // namespace shopwire::sors

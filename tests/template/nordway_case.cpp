// Nordway, before sandbox-nordway: a case as small as one can be.
#include "tests/contract/conformance/checks.h"
#include "tests/template/nordway/connector.h"

namespace shopwire::conformance {
namespace {

events::v1::Decimal decimal(const std::string& text) { return events::to_proto(*Decimal::parse(text)); }

std::string settings(const std::string& address) {
    setenv("NORDWAY_CONFORMANCE_KEY", "a-key-of-conformance", 1);
    return "base_url: " + address + "\napi_key: ${env:NORDWAY_CONFORMANCE_KEY}\npage_size: 3\n";
}

void prepare(Stage& stage) { stage.remote().control("company", R"({"currency":"EUR"})"); }

std::string state(Stage& stage) { return stage.remote().control("state"); }

std::vector<std::string> holds(Stage& stage) {
    const json::Document whole = stage.remote().asked("state");
    std::vector<std::string> lines;
    for (const char* list : {"articles", "orders"}) {
        const json::Value rows = whole.root().member(list);
        for (std::size_t i = 0; i < rows.size(); ++i) {
            std::string line = list;
            for (const char* name : {"sku", "free", "externalNumber", "status", "total"})
                line += " " + std::string(rows.at(i).member(name).text());
            lines.push_back(line);
        }
    }
    return lines;
}

events::Command order(const std::string& currency, const std::string& total) {
    events::Command command;
    commands::v1::ExportOrder& exported = *command.mutable_export_order();
    exported.set_external_number("WC-1");
    exported.set_document_type(events::v1::DOCUMENT_TYPE_RESERVATION);
    events::v1::Order& order = *exported.mutable_order();
    order.set_currency(currency);
    *order.mutable_total() = decimal(total);
    events::v1::OrderLine& line = *order.add_lines();
    line.set_sku("N-1");
    *line.mutable_quantity() = decimal("1");
    *line.mutable_total() = decimal(total);
    events::v1::PersonalFields& person = *order.mutable_personal()->mutable_clear();
    person.mutable_billing()->set_first_name("Ana");
    person.set_note("Ring the bell");
    return command;
}

events::Command cancelled_order(Stage& stage) {
    events::Command command;
    command.mutable_cancel_document()->set_external_number("WC-1");
    command.mutable_cancel_document()->set_native_id(stage.done(order("EUR", "21")).result.native_id());
    return command;
}

events::Command stock(Stage&) {
    events::Command command;
    command.mutable_set_stock()->set_sku("N-1");
    *command.mutable_set_stock()->mutable_quantity() = decimal("4");
    return command;
}

void use(Stage& stage, const std::string& currency) {
    stage.remote().control("company", R"({"currency":")" + currency + "\"}");
    stage.connect("currency: " + currency + "\n");
}

void price(Stage& stage, const std::string& currency, const std::string& amount) {
    stage.remote().control("article", R"({"sku":"N-1","price":")" + amount + "\"}");
    use(stage, currency);
}

}  // namespace

std::vector<ContractCase> nordway_cases() {
    return {{.name = "nordway",
             .spec = nordway::spec,
             .remote = {.path = SHOPWIRE_BIN "sandbox-nordway", .arguments = {"--key", "a-key-of-conformance"}},
             .settings = settings,
             .prepare = prepare,
             .streams = {{.name = "articles",
                          .events = 21,
                          .needed = {"free", "id", "last", "modifiedAt", "price", "sku"},
                          .words = {"status"},
                          .text = "name",
                          .price = price}},
             .commands = {{"export", [](Stage&) { return order("EUR", "21"); }},
                          {"cancel", cancelled_order},
                          {"stock", stock}},
             .holds = holds,
             .state = state,
             .money =
                 [](Stage& stage, const std::string& currency, const std::string& amount) {
                     use(stage, currency);
                     return order(currency, amount);
                 },
             .secrets = {"a-key-of-conformance"}}};
}

}  // namespace shopwire::conformance

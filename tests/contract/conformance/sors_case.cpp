// SORS in both dialects, before sandbox-erp.
#include "services/sors/connector.h"

#include <algorithm>

#include "tests/contract/conformance/checks.h"
#include "tests/contract/conformance/json_edit.h"
#include "tests/unit/services/sors/rig.h"

namespace shopwire::conformance {
namespace {

using events::v1::DOCUMENT_TYPE_INVOICE_DELIVERY_NOTE;
using events::v1::DOCUMENT_TYPE_RESERVATION;

std::string settings(const std::string& dialect, const std::string& address) {
    setenv("SORS_CONFORMANCE_KEY", "demo-key", 1);
    return "dialect: " + dialect + "\nbase_url: " + address +
           "\napi_key: ${env:SORS_CONFORMANCE_KEY}\ndatabase: Shop2026\nunit: 1\nlookup_delay: 1ms\npage_size: 3\n";
}

std::string state(Stage& stage) { return stage.remote().control("state/Shop2026"); }

std::vector<std::string> holds(Stage& stage) {
    const json::Document whole = json::Document::parse(state(stage)).value();
    const json::Value held = whole.root().member("databases").member("Shop2026");
    std::vector<std::string> lines;
    const auto note = [&lines](json::Value rows, const char* what, std::initializer_list<const char*> members) {
        for (std::size_t i = 0; i < rows.size(); ++i) {
            std::string line = what;
            for (const char* name : members) line += " " + std::string(rows.at(i).member(name).text());
            lines.push_back(line);
        }
    };
    note(held.member("documents"), "document", {"documentType", "externalNumber", "status", "total"});
    note(held.member("customers"), "customer", {"name", "email", "city", "pib"});
    const json::Value articles = held.member("articles");
    for (std::size_t i = 0; i < articles.size(); ++i)
        lines.push_back("article " + articles.at(i).member("units").dump());
    return lines;
}

events::Command exported(Stage&) { return sors::export_command(); }

events::Command updated(Stage& stage) {
    const runtime::Applied first = stage.done(sors::export_command());
    return sors::update_command("2", "2000", first.result.native_id());
}

events::Command cancelled_order(Stage& stage) {
    const runtime::Applied first = stage.done(sors::export_command());
    return sors::cancel_command(DOCUMENT_TYPE_RESERVATION, first.result.native_id());
}

events::Command refunded(Stage& stage) {
    const runtime::Applied first = stage.done(sors::order_as(DOCUMENT_TYPE_INVOICE_DELIVERY_NOTE));
    return sors::refund_command(DOCUMENT_TYPE_INVOICE_DELIVERY_NOTE, first.result.native_id(), "1", "1166.67",
                                "1166.67");
}

events::Command customer(Stage&) {
    events::Command command;
    command.mutable_upsert_customer()->set_external_id("woo:main:77");
    auto& known = *command.mutable_upsert_customer()->mutable_customer();
    known.set_active(true);
    *known.mutable_personal() = sors::export_command().export_order().order().personal();
    return command;
}

events::Command order_in(Stage& stage, const std::string& currency, const std::string& total) {
    stage.connect("currencies: [" + currency + "]\n");
    events::Command command = sors::export_command();
    auto& order = *command.mutable_export_order()->mutable_order();
    order.set_currency(currency);
    *order.mutable_total() = pdec(total);
    auto& line = *order.mutable_lines(0);
    *line.mutable_quantity() = pdec("1");
    *line.mutable_subtotal() = *line.mutable_total() = pdec(total);
    *line.mutable_subtotal_tax() = *line.mutable_total_tax() = pdec("0");
    return command;
}

void price(Stage& stage, const std::string& currency, const std::string& amount) {
    stage.remote().control("nivelacija", R"({"code":"A-100045","priceWithVat":")" + amount + "\"}");
    stage.connect("currency: " + currency + "\n");
}

// The debt of a customer, put in on the way.
void debt(Stage& stage, const std::string& total, const std::string& text, const std::string& code,
          const std::string& currency) {
    stage.wire().interfere([=](std::size_t, const http::Request& request, const Wire::Next& next) {
        Result<http::Response> answer = next();
        if (!answer || request.operation != "get_customer_debt") return answer;
        answer->body = with_member(answer->body, total, quoted(text));
        answer->body = with_member(answer->body, code, quoted(currency));
        return answer;
    });
}

void english_debt(Stage& stage, const std::string& currency, const std::string& amount) {
    debt(stage, "totalDebt", amount, "currency", currency);
}

void serbian_debt(Stage& stage, const std::string& currency, std::string amount) {
    std::ranges::replace(amount, '.', ',');
    debt(stage, "ukupno", amount, "oznakaValute", currency);
}

using Reasons = std::map<std::string_view, std::string_view>;
const Reasons kShelf{{"words", "a row has ids and numbers"}, {"text", "a row has ids and numbers"}};
const Reasons kGoods{{"price", "stock tells prices"}};
const Reasons kPeople{{"price", "balances tells money"}};
const Reasons kDebts{{"text", "a debt has ids and numbers"}};

std::vector<StreamFacts> english_streams() {
    return {
        {.name = "stock", .events = 5, .needed = {"code", "productId", "success"}, .price = price, .without = kShelf},
        {.name = "products",
         .events = 6,
         .needed = {"code", "id", "name", "success"},
         .words = {"kind", "unit"},
         .text = "name",
         .without = kGoods},
        {.name = "customers",
         .events = 3,
         .needed = {"id", "name", "success"},
         .words = {"type"},
         .text = "name",
         .without = kPeople},
        {.name = "balances",
         .events = 2,
         .needed = {"id", "success", "totalDebt"},
         .words = {"currency", "type"},
         .gone = true,
         .price = english_debt,
         .without = kDebts}};
}

std::vector<StreamFacts> serbian_streams() {
    return {
        {.name = "stock", .events = 5, .needed = {"idArtikla", "sifra", "status"}, .price = price, .without = kShelf},
        {.name = "products",
         .events = 6,
         .needed = {"idArtikla", "idGrupe", "idSlike", "naziv", "sifra", "status"},
         .words = {"jm", "vrsta"},
         .text = "naziv",
         .without = kGoods},
        {.name = "customers",
         .events = 3,
         .needed = {"idPartnera", "naziv", "status"},
         .words = {"vrsta"},
         .text = "naziv",
         .without = kPeople},
        {.name = "balances",
         .events = 2,
         .needed = {"idPartnera", "sifra", "status", "ukupno"},
         .words = {"oznakaValute", "vrsta"},
         .gone = true,
         .price = serbian_debt,
         .without = kDebts}};
}

ContractCase sors_case(const std::string& name, const std::string& dialect) {
    const bool english = dialect == "sors-en";
    return {.name = name,
            .spec = sors::spec,
            .remote = {.path = SHOPWIRE_BIN "sandbox-erp", .arguments = {"--dialect", dialect}},
            .settings = [dialect](const std::string& address) { return settings(dialect, address); },
            .streams = english ? english_streams() : serbian_streams(),
            .commands = {{"export", exported},
                         {"update", updated},
                         {"cancel", cancelled_order},
                         {"refund", refunded},
                         {"customer", customer}},
            .holds = holds,
            .state = state,
            .money = order_in,
            .secrets = {"demo-key"}};
}

}  // namespace

std::vector<ContractCase> sors_cases() { return {sors_case("sors_en", "sors-en"), sors_case("sors_sr", "sors-sr")}; }

}  // namespace shopwire::conformance

// Solteq Commerce Cloud in both dialects, before sandbox-solteq.
#include "services/solteq/connector.h"
#include "tests/contract/conformance/checks.h"
#include "tests/unit/services/solteq/rig.h"

namespace shopwire::conformance {
namespace {

std::string settings(const std::string& dialect, const std::string& address) {
    setenv("SOLTEQ_CONFORMANCE_SECRET", "sandbox-secret", 1);
    return "dialect: " + dialect + "\nbase_url: " + address + "\nidentity_url: " + address +
           "\nclient_id: sandbox-client\nclient_secret: ${env:SOLTEQ_CONFORMANCE_SECRET}\nweb_store_id: store-1\n"
           "page_size: 2\nshipping_sku: SHIPPING\nfee_sku: FEE\nrefund_sku: REFUND\n"
           "order_changes: refund_and_resend\npayment_types: {stripe: Card}\n";
}

std::string state(Stage& stage) { return stage.remote().control("state"); }

std::vector<std::string> holds(Stage& stage) {
    const json::Document whole = json::Document::parse(state(stage)).value();
    std::vector<std::string> lines;
    const auto note = [&](const char* list, std::initializer_list<const char*> members) {
        const json::Value rows = whole.root().member(list);
        for (std::size_t i = 0; i < rows.size(); ++i) {
            std::string line = list;
            for (const char* name : members) line += " " + rows.at(i).member(name).dump();
            lines.push_back(line);
        }
    };
    note("orders", {"externalId", "type", "totalAmount", "total"});
    note("customers", {"email", "phone", "firstName", "lastName", "address"});
    note("balances", {"sku", "stockId", "freeBalance", "reservedBalance"});
    return lines;
}

events::Command exported(Stage&) { return solteq::export_command(); }

events::Command updated(Stage& stage) {
    stage.done(solteq::export_command());
    events::Command update;
    update.mutable_update_order()->set_external_number("woo:main:10231");
    events::v1::Order& order = *update.mutable_update_order()->mutable_order();
    order = solteq::the_order();
    *order.mutable_total() = pdec("24.90");
    *order.mutable_lines(0)->mutable_quantity() = pdec("1");
    *order.mutable_lines(0)->mutable_total() = pdec("19.84");
    *order.mutable_lines(0)->mutable_total_tax() = pdec("5.06");
    return update;
}

events::Command cancelled_order(Stage& stage) {
    stage.done(solteq::export_command());
    events::Command cancel;
    cancel.mutable_cancel_document()->set_external_number("woo:main:10231");
    return cancel;
}

events::Command refunded(Stage& stage) {
    stage.done(solteq::export_command());
    return solteq::refund_command();
}

events::Command customer(Stage&) { return solteq::customer_command(); }

events::Command money(Stage& stage, const std::string& currency, const std::string& amount) {
    stage.connect("currency: " + currency + "\n");
    events::Command command = solteq::export_command();
    events::v1::Order& order = *command.mutable_export_order()->mutable_order();
    order.set_currency(currency);
    *order.mutable_total() = pdec(amount);
    *order.mutable_total_tax() = pdec("0");
    events::v1::OrderLine& line = *order.mutable_lines(0);
    *line.mutable_quantity() = pdec("1");
    *line.mutable_subtotal() = *line.mutable_total() = pdec(amount);
    *line.mutable_subtotal_tax() = *line.mutable_total_tax() = *line.mutable_vat_rate() = pdec("0");
    return command;
}

void price(Stage& stage, const std::string& currency, const std::string& amount) {
    stage.remote().control(
        "seed", R"({"products":[{"id":"p-3","salesPrice":)" + amount + R"(,"currency":")" + currency + "\"}]}");
    stage.connect("currency: " + currency + "\n");
}

using Reasons = std::map<std::string_view, std::string_view>;
const Reasons kGoods{{"price", "campaigns tells prices"}};
const Reasons kShelf{
    {"words", "a row has ids and numbers"}, {"text", "a row has ids and numbers"}, {"price", "stock has no money"}};

// Without the token of the next page a list is at its end, by contract (solteq 3.1), so null there tells less.
std::vector<StreamFacts> rest_streams() {
    const std::set<std::string> token{"access_token"};
    const std::set<std::string> next{"continuationToken"};
    return {{.name = "products",
             .events = 7,
             .needed = token,
             .tells_less = next,
             .words = {"type"},
             .text = "name",
             .without = kGoods},
            {.name = "catalogue",
             .events = 7,
             .needed = token,
             .tells_less = next,
             .words = {"type"},
             .text = "name",
             .without = kGoods},
            {.name = "campaigns",
             .events = 7,
             .needed = {"access_token", "id"},
             .tells_less = {"continuationToken", "salesPrice"},
             .words = {"type"},
             .price = price,
             .without = {{"text", "a price has none"}}},
            {.name = "balances",
             .events = 3,
             .needed = {"access_token", "freeBalance", "sku"},
             .tells_less = next,
             .without = kShelf},
            {.name = "customers",
             .events = 2,
             .needed = {"access_token", "id"},
             .words = {"customerType"},
             .text = "lastName",
             .without = {{"price", "a customer has no money"}}}};
}

std::vector<StreamFacts> alt_streams() {
    const std::set<std::string> token{"access_token"};
    return {{.name = "products", .events = 7, .needed = token, .words = {"type"}, .text = "name", .without = kGoods},
            {.name = "catalogue", .events = 7, .needed = token, .words = {"type"}, .text = "name", .without = kGoods},
            {.name = "campaigns",
             .events = 7,
             .needed = {"access_token", "id"},
             .tells_less = {"amount", "kind"},
             .words = {"type"},
             .price = price,
             .without = {{"text", "a price has none"}}},
            {.name = "balances",
             .events = 3,
             .needed = {"access_token", "freeBalance", "sku"},
             .tells_less = {"continuationToken"},
             .without = kShelf},
            {.name = "customers",
             .events = 2,
             .needed = {"access_token", "id"},
             .words = {"customerType"},
             .text = "lastName",
             .without = {{"price", "a customer has no money"}}}};
}

ContractCase solteq_case(const std::string& name, const std::string& dialect, std::vector<StreamFacts> streams,
                         std::vector<Waiver> waivers) {
    waivers.insert(waivers.end(),
                   {{"MembersThatNobodyKnowsChangeNothing",
                     {"products", "catalogue"},
                     "an article's attributes are an open map: a member that nobody knows is one more attribute"}});
    return {.name = name,
            .spec = solteq::spec,
            .remote = {.path = SHOPWIRE_BIN "sandbox-solteq", .arguments = {"--dialect", dialect}},
            .settings = [dialect](const std::string& address) { return settings(dialect, address); },
            .streams = std::move(streams),
            .commands = {{"export", exported},
                         {"update", updated},
                         {"cancel", cancelled_order},
                         {"refund", refunded},
                         {"customer", customer}},
            .holds = holds,
            .state = state,
            .money = money,
            .secrets = {"sandbox-secret"},
            .auth_is_not = {403},  // a scope that is missing stops its job alone
            .waivers = std::move(waivers)};
}

}  // namespace

std::vector<ContractCase> solteq_cases() {
    return {
        solteq_case("solteq_rest", "solteq-rest", rest_streams(), {}),
        solteq_case("solteq_alt", "solteq-alt", alt_streams(),
                    {{"MoneyWithoutAndWithThreeDecimalsIsExact", {"KWD"}, "this dialect's prices have two decimals"}})};
}

}  // namespace shopwire::conformance

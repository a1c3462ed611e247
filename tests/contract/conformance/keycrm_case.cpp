// KeyCRM, before sandbox-keycrm.
#include "services/keycrm/connector.h"
#include "tests/contract/conformance/checks.h"
#include "tests/contract/conformance/json_edit.h"
#include "tests/unit/services/keycrm/account_fixture.h"

namespace shopwire::conformance {
namespace {

std::string settings(const std::string& address) {
    setenv("KEYCRM_CONFORMANCE_KEY", "a-key-of-conformance", 1);
    setenv("KEYCRM_CONFORMANCE_PATH", "0123456789abcdef", 1);
    return "base_url: " + address +
           "/v1\napi_key: ${env:KEYCRM_CONFORMANCE_KEY}\nwebhook_secrets: [\"${env:KEYCRM_CONFORMANCE_PATH}\"]\n"
           "source_id: 4\nwarehouse_id: 1\ncreate_status_id: 4\npayment_methods: {card: 2}\nstatuses: {processing: 4, "
           "completed: 12}\n"
           "overlap: 10s\n";
}

// With KEYCRM's requests kept, when somebody wants to compare them with the vendor's file.
std::vector<std::string> arguments() {
    std::vector<std::string> words{"--rate", "0", "--key", "a-key-of-conformance"};
    if (const char* record = std::getenv("SHOPWIRE_KEYCRM_RECORD")) {
        words.emplace_back("--record");
        words.emplace_back(record);
    }
    return words;
}

events::Command order(const std::string& number) {
    events::Command command = keycrm::export_command();
    command.mutable_export_order()->set_external_number(number);
    command.mutable_export_order()->mutable_order()->mutable_lines(0)->set_sku("K-1");
    return command;
}

void prepare(Stage& stage) {
    stage.done(order("WC-0"));
    stage.connect();  // what this process did last is no news to it
}

std::string state(Stage& stage) {
    return R"({"orders":)" + stage.remote().control("orders") + R"(,"stock":)" + stage.remote().control("stock/9001") +
           "}";
}

std::vector<std::string> holds(Stage& stage) {
    const json::Document whole = json::Document::parse(state(stage)).value();
    const json::Value orders = whole.root().member("orders");
    std::vector<std::string> lines{"stock " + whole.root().member("stock").dump()};
    for (std::size_t i = 0; i < orders.size(); ++i) {
        const json::Value one = orders.at(i);
        std::string line = "order";
        for (const char* name : {"source_uuid", "status_id", "grand_total", "payment_status", "buyer_comment"})
            line += " " + std::string(one.member(name).text());
        for (const char* name : {"products", "payments", "expenses"})
            line += " " + std::to_string(one.member(name).size());
        lines.push_back(line);
    }
    return lines;
}

events::Command updated(Stage& stage) {
    events::Command command = order("WC-1");
    command.mutable_export_order()->mutable_order()->set_paid_at_ms(0);
    const runtime::Applied first = stage.done(command);
    events::Command update;
    update.set_native_id(first.result.native_id());
    update.mutable_update_order()->set_external_number("WC-1");
    events::v1::Order& now = *update.mutable_update_order()->mutable_order();
    now = keycrm::shop_order();
    now.mutable_lines(0)->set_sku("K-1");
    now.set_status("processing");
    return update;
}

events::Command cancelled_order(Stage& stage) {
    events::Command command;
    command.mutable_cancel_document()->set_external_number("WC-1");
    command.mutable_cancel_document()->set_native_id(stage.done(order("WC-1")).result.native_id());
    return command;
}

events::Command refunded(Stage& stage) {
    events::Command command;
    commands::v1::ExportRefund& action = *command.mutable_export_refund();
    action.set_base_native_id(stage.done(order("WC-1")).result.native_id());
    action.set_base_external_number("WC-1");
    action.set_external_number("WC-1-R9");
    action.mutable_refund()->set_native_id("9");
    action.mutable_refund()->set_created_at_ms(1'780'301'700'000);
    keycrm::set(action.mutable_refund()->mutable_amount(), "100");
    *action.mutable_order() = keycrm::shop_order();
    return command;
}

events::Command stock(Stage&) {
    events::Command command;
    command.mutable_set_stock()->set_sku("K-1");
    keycrm::set(command.mutable_set_stock()->mutable_quantity(), "4");
    return command;
}

events::Command refresh(Stage& stage) {
    events::Command command;
    command.mutable_refresh()->set_entity("document");
    command.mutable_refresh()->set_native_id(stage.done(order("WC-1")).result.native_id());
    return command;
}

// The sandbox computes money of its own; these amounts are put in on the way.
Wire::Interference with(std::initializer_list<std::pair<const char*, std::string>> members) {
    return [members = std::vector(members)](std::size_t, const http::Request&, const Wire::Next& next) {
        Result<http::Response> answer = next();
        for (const auto& [name, text] : members)
            if (answer) answer->body = with_member(answer->body, name, quoted(text));
        return answer;
    };
}

void price(Stage& stage, const std::string& currency, const std::string& amount) {
    stage.wire().interfere(with({{"price", amount}, {"currency_code", currency}}));
}

void order_total(Stage& stage, const std::string&, const std::string& amount) {
    stage.wire().interfere(with({{"grand_total", amount}}));
}

events::Command money(Stage& stage, const std::string& currency, const std::string& amount) {
    stage.connect("currencies: [" + currency + "]\n");
    events::Command command = order("WC-1");
    events::v1::Order& shop = *command.mutable_export_order()->mutable_order();
    shop.set_currency(currency);
    shop.clear_coupons();
    shop.clear_shipping();
    keycrm::set(shop.mutable_total(), amount);
    shop.clear_total_tax();
    events::v1::OrderLine& line = *shop.mutable_lines(0);
    keycrm::set(line.mutable_quantity(), "1");
    keycrm::set(line.mutable_subtotal(), amount);
    keycrm::set(line.mutable_total(), amount);
    line.clear_subtotal_tax();
    line.clear_total_tax();
    return command;
}

}  // namespace

std::vector<ContractCase> keycrm_cases() {
    return {{.name = "keycrm",
             .spec = keycrm::spec,
             .remote = {.path = SHOPWIRE_BIN "sandbox-keycrm", .arguments = arguments()},
             .settings = settings,
             .prepare = prepare,
             .streams = {{.name = "stock",
                          .events = 190,
                          .needed = {"current_page", "id", "quantity", "total"},
                          .without = {{"words", "a row has ids and numbers"},
                                      {"text", "a row has ids and numbers"},
                                      {"price", "prices are told by products"}}},
                         {.name = "products",
                          .events = 190,
                          .needed = {"current_page", "id", "total"},
                          .tells_less = {"has_offers", "price", "sku"},
                          .words = {"currency_code"},
                          .text = "name",
                          .price = price},
                         {.name = "orders",
                          .events = 1,
                          .needed = {"current_page", "grand_total", "id", "quantity", "status_id", "total"},
                          .tells_less = {"source_id"},
                          .words = {"payment_status", "status_group_id", "status_id"},
                          .price = order_total,
                          .no_currency = "KeyCRM names no currency of an order",
                          .without = {{"text", "an order is told with ids, words and numbers"}}},
                         {.name = "buyers",
                          .events = 1,
                          .needed = {"current_page", "id", "total"},
                          .text = "full_name",
                          .without = {{"words", "a buyer has no kind"}, {"price", "a buyer has no money"}}},
                         {.name = "followups", .quiet = "no webhook came"}},
             .commands = {{"export", [](Stage&) { return order("WC-1"); }},
                          {"update", updated},
                          {"cancel", cancelled_order},
                          {"refund", refunded},
                          {"stock", stock},
                          {.name = "refresh", .make = refresh, .writes = false}},
             .holds = holds,
             .state = state,
             .money = money,
             .secrets = {"a-key-of-conformance", "0123456789abcdef"},
             .auth_is_not = {403}}};  // without KeyCRM's own words it comes from something in between
}

}  // namespace shopwire::conformance

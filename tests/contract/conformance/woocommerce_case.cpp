// A WooCommerce shop, before sandbox-shop.
#include "services/woocommerce/connector.h"
#include "tests/contract/conformance/checks.h"
#include "tests/contract/conformance/json_edit.h"

namespace shopwire::conformance {
namespace {

constexpr const char* kSeed =
    R"({"products":[{"sku":"HAM","name":"Hammer & nails","price":"120.00","stock":10,"weight":"0.5"},
      {"sku":"P-1","name":"P","price":"20.00","stock":10},{"sku":"P-2","name":"P","price":"20.00","stock":10},
      {"sku":"P-3","name":"P","price":"20.00","stock":10},{"sku":"P-4","name":"P","price":"20.00","stock":10},
      {"sku":"P-5","name":"P","price":"20.00","stock":10},{"sku":"P-6","name":"P","price":"20.00","stock":10},
      {"sku":"P-7","name":"P","price":"20.00","stock":10},{"sku":"P-8","name":"P","price":"20.00","stock":10},
      {"sku":"P-9","name":"P","price":"20.00","stock":10},
      {"sku":"TS","name":"Shirt","attributes":[{"name":"Size","variation":true,"options":["S"]}],
       "variations":[{"sku":"TS-S","price":"60.00","stock":5,"attributes":[{"name":"Size","option":"S"}]}]}],
     "customers":[{"email":"ana@example.test","first_name":"Ana"},{"email":"bo@example.test","first_name":"Bo"}]})";
constexpr const char* kCheckout =
    R"({"lines":[{"sku":"HAM","quantity":1},{"sku":"TS-S","quantity":1}],"shipping_line":{"total":"100.00"},
     "billing":{"first_name":"Ana","email":"ana@example.test","country":"RS"},"payment_method":"cod"})";

std::string settings(const std::string& address) {
    setenv("WOO_CONFORMANCE_SECRET", "cs_conformance", 1);
    setenv("WOO_CONFORMANCE_HOOK", "a-hook-of-conformance", 1);
    return "base_url: " + address +
           "\nauth: oauth1\nconsumer_key: ck_conformance\nconsumer_secret: ${env:WOO_CONFORMANCE_SECRET}\n"
           "webhook_secrets: [\"${env:WOO_CONFORMANCE_HOOK}\"]\npage_size: 10\n";
}

void prepare(Stage& stage) {
    stage.remote().control("settings", R"({"currency":"RSD","price_places":2})");
    stage.remote().control("seed", kSeed);
    stage.remote().control("checkout", kCheckout);
    stage.remote().control("checkout", kCheckout);
    stage.connect();  // currency and the like are kept
}

std::string rest(Stage& stage, const std::string& path) {
    return stage.remote().get("/wp-json/wc/v3/" + path, {{"per_page", "100"}},
                              {{"Authorization", "Basic Y2tfY29uZm9ybWFuY2U6Y3NfY29uZm9ybWFuY2U="}});
}

std::string first_order(Stage& stage) {
    return std::string(json::Document::parse(rest(stage, "orders"))->root().at(0).member("id").text());
}

std::string state(Stage& stage) {
    return R"({"products":)" + rest(stage, "products") + R"(,"orders":)" + rest(stage, "orders") + R"(,"notes":)" +
           rest(stage, "orders/" + first_order(stage) + "/notes") + R"(,"customers":)" + rest(stage, "customers") +
           R"(,"categories":)" + rest(stage, "products/categories") + R"(,"images":)" +
           stage.remote().control("images") + R"(,"stock":)" + stage.remote().control("products") + "}";
}

std::vector<std::string> holds(Stage& stage) {
    const json::Document whole = json::Document::parse(state(stage)).value();
    std::vector<std::string> lines;
    const auto note = [&](const char* list, std::initializer_list<const char*> members) {
        const json::Value rows = whole.root().member(list);
        for (std::size_t i = 0; i < rows.size(); ++i) {
            std::string line = list;
            for (const char* name : members) line += " " + std::string(rows.at(i).member(name).text());
            for (const char* name : {"images", "categories", "meta_data", "attributes"})
                line += " " + std::to_string(rows.at(i).member(name).size());
            lines.push_back(line);
        }
    };
    note("products", {"sku", "name", "status", "regular_price", "sale_price", "stock_quantity"});
    note("orders", {"status", "total"});
    note("notes", {"note"});
    note("customers", {"email", "first_name"});
    note("categories", {"name"});
    note("images", {"origin"});
    note("stock", {"sku", "price", "stock"});
    return lines;
}

events::Command stock(Stage&) {
    events::Command command;
    command.mutable_set_stock()->set_sku("HAM");
    *command.mutable_set_stock()->mutable_quantity() = events::to_proto(Decimal::from_integer(4));
    return command;
}

events::Command priced(const std::string& currency, const std::string& amount) {
    events::Command command;
    commands::v1::SetPrice& price = *command.mutable_set_price();
    price.set_sku("HAM");
    price.set_currency(currency);
    price.set_includes_tax(true);
    *price.mutable_regular() = events::to_proto(*Decimal::parse(amount));
    return command;
}

events::Command status(Stage& stage) {
    events::Command command;
    command.mutable_set_order_status()->set_order_native_id(first_order(stage));
    command.mutable_set_order_status()->set_status("on-hold");
    return command;
}

events::Command note(Stage& stage) {
    events::Command command;
    command.mutable_add_order_note()->set_order_native_id(first_order(stage));
    command.mutable_add_order_note()->set_text("Sent to ERP as SO-1 & more");
    return command;
}

events::Command tracking(Stage& stage) {
    events::Command command;
    commands::v1::SetTracking& set = *command.mutable_set_tracking();
    set.set_order_native_id(first_order(stage));
    set.mutable_shipment()->set_tracking_number("TR-1");
    set.mutable_shipment()->set_carrier("Post & Co");
    set.mutable_shipment()->set_tracking_url("https://post.example/TR-1");
    set.set_note("Parcel TR-1 is with Post & Co");
    return command;
}

events::Command product(Stage&) {
    events::Command command;
    commands::v1::UpsertProduct& upsert = *command.mutable_upsert_product();
    upsert.set_publish(true);
    events::v1::Product& product = *upsert.mutable_product();
    product.set_native_id("A-1");
    product.set_sku("NEW");
    product.set_name("Saw & file");
    product.set_active(true);
    product.add_categories()->set_name("Tools & more");
    product.mutable_categories(0)->set_native_id("g1");
    product.add_images()->set_url("https://erp.example/media/1.jpg");
    product.mutable_images(0)->set_content_hash("h1");
    for (const char* size : {"S", "M"}) {
        events::v1::Variant& variant = *product.add_variants();
        variant.set_native_id(size);
        variant.set_sku(std::string("NEW-") + size);
        variant.set_active(true);
        events::v1::Attribute& attribute = *variant.add_attributes();
        attribute.set_name("Size");
        attribute.add_options(size);
        attribute.set_varies(true);
    }
    *upsert.mutable_price() = events::v1::Price();
    upsert.mutable_price()->set_currency("RSD");
    upsert.mutable_price()->set_includes_tax(true);
    *upsert.mutable_price()->mutable_regular() = events::to_proto(Decimal::from_integer(60));
    return command;
}

events::Command customer(Stage&) {
    events::Command command;
    commands::v1::UpsertCustomer& upsert = *command.mutable_upsert_customer();
    upsert.set_external_id("C-1");
    upsert.mutable_customer()->set_active(true);
    events::v1::PersonalFields& personal = *upsert.mutable_customer()->mutable_personal()->mutable_clear();
    personal.set_email("new@example.test");
    personal.set_phone("+381 11 1");
    personal.mutable_billing()->set_first_name("Ceca");
    personal.mutable_billing()->set_country("RS");
    return command;
}

events::Command refresh(Stage& stage) {
    events::Command command;
    command.mutable_refresh()->set_entity("order");
    command.mutable_refresh()->set_native_id(first_order(stage));
    return command;
}

void set_currency(Stage& stage, const std::string& currency, const std::string& amount) {
    const std::size_t point = amount.find('.');
    const std::size_t places = point == std::string::npos ? 0 : amount.size() - point - 1;
    stage.remote().control("settings",
                           R"({"currency":")" + currency + R"(","price_places":)" + std::to_string(places) + "}");
    stage.connect();
}

void price(Stage& stage, const std::string& currency, const std::string& amount) {
    set_currency(stage, currency, amount);
    stage.remote().control("seed", R"({"products":[{"sku":"HAM","name":"Hammer","price":")" + amount + "\"}]}");
}

// The simulated shop adds up in two decimals, so the totals of its orders are put in on the way.
void order_total(Stage& stage, const std::string& currency, const std::string& amount) {
    stage.wire().interfere([=](std::size_t, const http::Request&, const Wire::Next& next) {
        Result<http::Response> answer = next();
        if (answer) answer->body = with_member(answer->body, "currency", quoted(currency));
        if (answer) answer->body = with_member(answer->body, "total", quoted(amount));
        return answer;
    });
}

events::Command money(Stage& stage, const std::string& currency, const std::string& amount) {
    set_currency(stage, currency, amount);
    return priced(currency, amount);
}

}  // namespace

std::vector<ContractCase> woocommerce_cases() {
    return {{.name = "woocommerce",
             .spec = woocommerce::spec,
             .remote = {.path = SHOPWIRE_BIN "sandbox-shop",
                        .arguments = {"--basic-over-http", "--consumer-key", "ck_conformance", "--consumer-secret",
                                      "cs_conformance"}},
             .settings = settings,
             .prepare = prepare,
             .streams = {{.name = "orders",
                          .events = 2,
                          .needed = {"code", "currency", "date_modified_gmt", "discount_total", "id", "number",
                                     "prices_include_tax", "quantity", "shipping_tax_total", "status", "subtotal",
                                     "subtotal_tax", "tax_total", "total", "total_tax", "value"},
                          .words = {"status", "payment_method", "created_via"},
                          .text = "first_name",
                          .price = order_total},
                         {.name = "products",
                          .events = 20,
                          .needed = {"code", "date_modified_gmt", "id", "value"},
                          .tells_less = {"manage_stock", "regular_price", "sku", "type"},
                          .words = {"status"},
                          .text = "name",
                          .price = price},
                         {.name = "catalogue",
                          .events = 20,
                          .needed = {"code", "id", "value"},
                          .tells_less = {"manage_stock", "regular_price", "sku", "type"},
                          .words = {"status"},
                          .text = "name",
                          .price = price},
                         {.name = "customers",
                          .events = 2,
                          .needed = {"id"},
                          .words = {"role"},
                          .text = "first_name",
                          .without = {{"price", "a customer has no money"}}},
                         {.name = "deletes", .quiet = "nothing was deleted"}},
             .commands = {{"stock", stock},
                          {"price", [](Stage&) { return priced("RSD", "99.5"); }},
                          {"status", status},
                          {"note", note},
                          {"tracking", tracking},
                          {"product", product},
                          {"customer", customer},
                          {.name = "refresh", .make = refresh, .writes = false}},
             .holds = holds,
             .state = state,
             .money = money,
             .secrets = {"cs_conformance", "a-hook-of-conformance"},
             .empty_answers = {"[]"},
             .auth_is_not = {403}}};  // without the shop's own error it comes from a firewall
}

}  // namespace shopwire::conformance

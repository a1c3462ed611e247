#include "services/solteq/config.h"

namespace shopwire::solteq {
namespace {

using config::Node;
using config::Problems;
using config::Schema;

struct Environment {
    const char* name;
    const char* base_url;
    const char* identity_url;
};
// Contract solteq 3.1; the vendor's manual names them.
constexpr Environment kEnvironments[] = {
    {"production", "https://api.solteqpos.com", "https://login.smartretail.cloud"},
    {"stage", "https://api-stage.solteqpos.com", "https://login-integration.smartretail.cloud"},
    {"developer", "https://api-dev.solteqpos.com", "https://solteqidentity-test.azurewebsites.net"}};

bool is_clock_time(const std::string& text) {
    const auto digit = [&text](std::size_t at) { return text[at] >= '0' && text[at] <= '9'; };
    return text.size() == 5 && text[2] == ':' && digit(0) && digit(1) && digit(3) && digit(4) &&
           text.substr(0, 2) < "24" && text.substr(3) < "60";
}

void check_needs(const Settings& settings, const Node& node, Problems& problems) {
    const auto problem = [&](const char* key, const std::string& message) {
        node.member(key).problem(problems, message);
    };
    if (!is_clock_time(settings.end_of_business_day))
        problem("end_of_business_day", "expected a time like 04:00, got \"" + settings.end_of_business_day + "\"");
    if (settings.note_max_length < 0 || settings.note_max_length > 10'000)
        problem("note_max_length", "expected 0 to 10000");
    if (settings.page_size < 0 || settings.page_size > 1'000) problem("page_size", "expected 0 to 1000");
    if (settings.message_auth != "off" && settings.message_secrets.empty())
        node.problem(problems, "message_auth: " + settings.message_auth + " needs the key \"message_secrets\"");
    // A message tells one store's number; the other stores' are known only to a whole pass.
    if (settings.message_auth != "off" && settings.balance_scope == "sum")
        problem("balance_scope",
                "expected store or stock: a message of one store cannot be summed; "
                "name all locations in the stock route, which adds them up");
    // Nor which of its stocks another store sells from too, and a pass counts such a stock once.
    if (settings.message_auth != "off" && settings.balance_scope == "store" && settings.stores.size() > 1)
        problem("balance_scope",
                "several stores with messages need balance_scope: stock, since stores may share a stock");
}

Schema<Settings> connection_schema() {
    return Schema<Settings>("solteq", "One connection to Solteq Commerce Cloud.")
        .optional("dialect", &Settings::dialect,
                  "wire shape: solteq-rest, solteq-alt, or the path of a file of one's own")
        .choice("environment", &Settings::environment, {"production", "stage", "developer"},
                "whose addresses are used where the next two are not set")
        .optional("base_url", &Settings::base_url, "address of the API")
        .optional("identity_url", &Settings::identity_url, "address of the identity server, without /connect/token")
        .required("client_id", &Settings::client_id, "of the client credential")
        .required("client_secret", &Settings::client_secret, "of the client credential")
        .choice("client_authentication", &Settings::client_authentication, {"body", "basic"}, "where the secret goes")
        .optional("token_per_scope", &Settings::token_per_scope,
                  "never ask for several scopes in one token; off: only when that is refused")
        .optional("time_zone", &Settings::time_zone, "of the stores: campaigns and business dates")
        .required("web_store_id", &Settings::web_store_id, "store of the shop: prices, campaigns, sales")
        .optional("currency", &Settings::currency, "of prices that name none, and of sales")
        .optional("prices_include_vat", &Settings::prices_include_vat, "the sales price is with VAT")
        .optional("publish_purchase_price", &Settings::publish_purchase_price,
                  "put purchase prices into price events; they must not become public")
        .optional("product_kinds", &Settings::product_kinds,
                  "kinds of products that are told; another word is left out and counted")
        .optional("stores", &Settings::stores, "stores whose balances are read; default: web_store_id")
        .choice("balance_scope", &Settings::balance_scope, {"sum", "store", "stock"},
                "one location for the sum of all stores, or one per store, or one per stock")
        .optional("since_overlap", &Settings::since_overlap, "changes are asked for from so long before the last pass");
}

Schema<Settings> price_schema() {
    return connection_schema()
        .optional("campaign_subcategories", &Settings::campaign_subcategories,
                  "a campaign of a group holds for the groups below it")
        .choice("campaign_precedence", &Settings::campaign_precedence, {"lowest_price", "most_specific"},
                "which of several campaigns holds")
        .choice("valid_to_is", &Settings::valid_to_is, {"inclusive_day", "instant"},
                "what an end at 00:00:00 means: the end of that day, or its start")
        .choice("discount_source", &Settings::discount_source,
                {"campaigns_then_product", "product", "campaigns", "lowest"},
                "campaigns, or the discounted price of the product");
}

Schema<Settings> customer_schema() {
    return price_schema()
        .choice("customer_master", &Settings::customer_master, {"solteq", "woo", "latest"},
                "who wins when both sides changed a customer within conflict_window")
        .optional("conflict_window", &Settings::conflict_window, "how near two changes are a conflict")
        .optional("match_by_phone", &Settings::match_by_phone, "look for customers by phone too")
        .choice("invalid_tax_code", &Settings::invalid_tax_code, {"reject", "private"},
                "a company whose tax code fails its form")
        .optional("export_guests", &Settings::export_guests, "guests of the shop become customers");
}

Schema<Settings> sale_schema() {
    return customer_schema()
        .optional("export_orders", &Settings::export_orders, "off: commands to export are refused")
        .optional("only_paid", &Settings::only_paid, "refuse orders that are not paid")
        .optional("end_of_business_day", &Settings::end_of_business_day,
                  "local time; a sale before it belongs to the day before")
        .optional("channel", &Settings::channel, "channel of a sale")
        .optional("payment_types", &Settings::payment_types, "payment method of the shop: payment type of Solteq")
        .optional("payment_type_default", &Settings::payment_type_default, "of methods that payment_types lacks")
        .optional("invoice_payment_type", &Settings::invoice_payment_type, "the type that is paid later")
        .optional("invoice_needs_credit", &Settings::invoice_needs_credit,
                  "refuse such a sale unless the customer is allowed credit")
        .optional("shipping_sku", &Settings::shipping_sku, "service product for shipping")
        .optional("fee_sku", &Settings::fee_sku, "service product for fees")
        .optional("refund_sku", &Settings::refund_sku, "service product for refunded amounts without pieces")
        .optional("special_skus", &Settings::special_skus, "deposits and gift cards")
        .optional("export_special_types", &Settings::export_special_types, "export them as ordinary rows")
        .choice("refund_sign", &Settings::refund_sign, {"negative", "positive"}, "of quantities and amounts of refunds")
        .choice("order_changes", &Settings::order_changes, {"reject", "refund_and_resend"},
                "an order that is edited or cancelled after export: refuse, or refund it whole and send it anew")
        .optional("note_max_length", &Settings::note_max_length, "characters of the note")
        .optional("lookup_reliable", &Settings::lookup_reliable, "a sale that a lookup does not show was not made")
        .choice("message_auth", &Settings::message_auth, {"off", "bearer", "hmac"},
                "take pushed messages, and how they authenticate")
        .optional("message_secrets", &Settings::message_secrets, "two while one is changed")
        .optional("message_signature_header", &Settings::message_signature_header,
                  "header of hmac: SHA-256 over the raw body, hexadecimal or base64")
        .optional("company_id", &Settings::company_id, "refuse messages of other companies")
        .optional("connect_timeout", &Settings::connect_timeout, "time for a connection")
        .optional("timeout", &Settings::timeout, "time for a whole request")
        .optional("page_size", &Settings::page_size, "rows per page; 0: the dialect's")
        .optional("ca_file", &Settings::ca_file, "certificate authority of base_url; default: the system's");
}

void fill_addresses(Settings& settings) {
    for (const Environment& known : kEnvironments) {
        if (settings.environment != known.name) continue;
        if (settings.base_url.empty()) settings.base_url = known.base_url;
        if (settings.identity_url.empty()) settings.identity_url = known.identity_url;
    }
    while (settings.identity_url.ends_with('/')) settings.identity_url.pop_back();
}

}  // namespace

const config::Schema<Settings>& settings_schema() {
    static const auto schema = sale_schema().rule(check_needs);
    return schema;
}

Parsed parse_settings(const config::Node& node, config::Problems& problems) {
    const std::size_t before = problems.size();
    Parsed out{.settings = settings_schema().parse(node, problems)};
    Settings& settings = out.settings;
    fill_addresses(settings);
    if (settings.stores.empty()) settings.stores.push_back(settings.web_store_id);
    Result<dialect::Zone> zone = dialect::Zone::locate(settings.time_zone);
    if (!zone) node.member("time_zone").problem(problems, zone.error().message);
    const Node file = dialect::dialect_node(node.member("dialect"), settings.dialect, built_in_dialects(), problems);
    if (!file.is_null()) out.dialect = dialect::parse_dialect(file, vocabulary(), problems);
    if (problems.size() != before) out.dialect.reset();
    if (!out.dialect) return out;
    out.dialect->zone = *zone;
    if (out.dialect->auth.kind == dialect::Auth::Kind::kOAuth2) {
        out.dialect->auth.token_url = settings.identity_url + "/connect/token";
        out.dialect->auth.client_in_body = settings.client_authentication == "body";
        out.dialect->auth.token_per_scope |= settings.token_per_scope;
    }
    return out;
}

}  // namespace shopwire::solteq

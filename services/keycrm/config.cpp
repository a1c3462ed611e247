#include "services/keycrm/config.h"

#include <algorithm>
#include <array>

namespace shopwire::keycrm {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kSecretMin = 16;
constexpr std::size_t kSecretMax = 200;
constexpr std::array<std::string_view, 5> kParts{"status", "payments", "lines", "shipping", "comment"};

// A secret stands in an address: what would have to be escaped there is refused.
bool fits_in_path(std::string_view text) {
    return std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    });
}

void check_secrets(const Settings& settings, const config::Node& node, config::Problems& problems) {
    if (!settings.base_url.starts_with("http://") && !settings.base_url.starts_with("https://"))
        node.member("base_url").problem(problems, "expected an address like https://openapi.keycrm.app/v1");
    if (settings.webhook_secrets.size() > 2)
        node.member("webhook_secrets").problem(problems, "expected one secret, or two while it is being rotated");
    for (const Secret& secret : settings.webhook_secrets) {
        const std::string& text = secret.reveal();
        if (text.size() < kSecretMin || text.size() > kSecretMax || !fits_in_path(text))
            node.member("webhook_secrets")
                .problem(problems, "expected 16 to 200 letters, digits, \"-\" and \"_\": it is part of an address");
    }
}

void check_words(const Settings& settings, const config::Node& node, config::Problems& problems) {
    for (const std::string& part : settings.update)
        if (std::ranges::find(kParts, part) == kParts.end())
            node.member("update").problem(problems, "expected status, payments, lines, shipping or comment");
    for (const auto& [country, code] : settings.calling_codes)
        if (country.size() != 2 || code.empty() || code.find_first_not_of("0123456789") != std::string::npos)
            node.member("calling_codes").problem(problems, "expected entries like {UA: \"380\"}");
    if (settings.refund_as != "comment" && settings.expense_type_id == 0 && settings.expense_type.empty())
        node.problem(problems, "expected expense_type_id or expense_type, or refund_as: comment");
    if (settings.source_id == 0 && !settings.sources.empty())
        node.problem(problems, "expected the key \"source_id\" beside \"sources\"");
}

void check_bounds(const Settings& settings, const config::Node& node, config::Problems& problems) {
    // Times have whole seconds, and the bounds of a filter may or may not be part of it.
    if (settings.overlap < 10s || settings.overlap > 24h)
        node.member("overlap").problem(problems, "expected 10s to 24h");
    if (settings.timeout < 1s || settings.timeout > 60s) node.member("timeout").problem(problems, "expected 1s to 60s");
    // Together with `timeout` it must end before the runtime makes an order again (runtime.write_settle, 180 s).
    if (settings.send_within < 5s || settings.send_within > 90s)
        node.member("send_within").problem(problems, "expected 5s to 90s");
    const auto negative = [](const auto& entry) { return entry.second <= 0; };
    for (const auto& [key, ids] : {std::pair{"sources", &settings.sources}, std::pair{"statuses", &settings.statuses},
                                   std::pair{"payment_methods", &settings.payment_methods},
                                   std::pair{"delivery_services", &settings.delivery_services}})
        if (std::ranges::any_of(*ids, negative)) node.member(key).problem(problems, "expected ids above zero");
    const bool writes_unread =
        settings.warehouse_id != 0 && !settings.warehouses.empty() &&
        std::ranges::find(settings.warehouses, settings.warehouse_id) == settings.warehouses.end();
    if (writes_unread) node.member("warehouse_id").problem(problems, "expected one of \"warehouses\"");
}

config::Schema<Settings> base_schema() {
    return config::Schema<Settings>("keycrm", "One KeyCRM account.")
        .optional("base_url", &Settings::base_url, "address of the API")
        .required("api_key", &Settings::api_key, "API key of the account")
        .optional("ca_file", &Settings::ca_file, "certificates to trust; empty: those of the machine")
        .optional("webhook_secrets", &Settings::webhook_secrets,
                  "last part of the webhooks' address, since KeyCRM signs nothing; two while rotating")
        .optional("confirm_webhooks", &Settings::confirm_webhooks,
                  "read again what a webhook told, for what it lacks and for its order: a request each")
        .optional("warehouses", &Settings::warehouses, "ids of the warehouses whose sum is read; default: all")
        .optional("warehouse_id", &Settings::warehouse_id, "warehouse whose stock is written")
        .choice("stock_basis", &Settings::stock_basis, {"free", "physical"},
                "free: a number to write is what may be sold, and KeyCRM's reserve is added to it")
        .optional("currency", &Settings::currency, "of prices whose product names none")
        .optional("prices_include_tax", &Settings::prices_include_tax, "prices of the catalogue hold the tax")
        .optional("purchase_prices", &Settings::purchase_prices, "publish what the merchant pays, too")
        .optional("overlap", &Settings::overlap, "how far each reading of changes reads back")
        .optional("first_read", &Settings::first_read, "how far back a new connection reads orders and buyers")
        .optional("send_within", &Settings::send_within, "an order that waited longer for its turn is looked for anew")
        .optional("timeout", &Settings::timeout, "time for a whole request");
}

}  // namespace

const config::Schema<Settings>& settings_schema() {
    static const auto schema =
        base_schema()
            .optional("source_id", &Settings::source_id, "source of the orders; without one there are no orders")
            .optional("sources", &Settings::sources, "source by the connection of the shop, where it differs")
            .optional("statuses", &Settings::statuses, "status id by the shop's status, for changed orders")
            .optional("cancel_status_id", &Settings::cancel_status_id, "status of a cancelled order")
            .optional("create_status_id", &Settings::create_status_id, "status of a new order; 0: the account's first")
            .choice("unreserved_orders", &Settings::unreserved_orders, {"refuse", "allow"},
                    "new orders start in a status that reserves nothing; allow it where KeyCRM does not own the stock")
            .optional("payment_methods", &Settings::payment_methods, "payment method id by the shop's method")
            .optional("payment_method_id", &Settings::payment_method_id,
                      "of other methods; 0: they go by the title that the shop shows")
            .optional("delivery_services", &Settings::delivery_services, "delivery service id by the shop's method")
            .optional("currencies", &Settings::currencies, "currencies of orders that are exported")
            .choice("line_discount", &Settings::line_discount, {"per_unit", "per_line"},
                    "what discount_amount of a line counts for")
            .choice("taxes", &Settings::taxes, {"in_prices", "separate"}, "where an order's taxes go")
            .optional("check_skus", &Settings::check_skus, "refuse orders with SKUs that KeyCRM lacks: a request each")
            .optional("update", &Settings::update, "what of a changed order is written")
            .choice("refund_as", &Settings::refund_as, {"expense", "cancel_payment", "comment"},
                    "how a refund is noted; cancel_payment needs a payment of that amount, else it is an expense")
            .optional("expense_type_id", &Settings::expense_type_id, "expense type of refunds")
            .optional("expense_type", &Settings::expense_type, "or its name")
            .optional("calling_codes", &Settings::calling_codes, "of phone numbers without one, by country")
            .rule(check_secrets)
            .rule(check_words)
            .rule(check_bounds);
    return schema;
}

bool Settings::updates(std::string_view part) const { return std::ranges::find(update, part) != update.end(); }

std::int64_t Settings::source_of(const std::string& order_connection) const {
    const auto found = sources.find(order_connection);
    return found == sources.end() ? source_id : found->second;
}

std::vector<std::int64_t> Settings::all_sources() const {
    std::vector<std::int64_t> out;
    if (source_id != 0) out.push_back(source_id);
    for (const auto& [connection, id] : sources)
        if (std::ranges::find(out, id) == out.end()) out.push_back(id);
    return out;
}

bool Settings::is_ours(std::string_view text) const {
    return std::ranges::any_of(all_sources(), [text](std::int64_t id) { return std::to_string(id) == text; });
}

}  // namespace shopwire::keycrm

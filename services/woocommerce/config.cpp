#include "services/woocommerce/config.h"

#include <set>
#include <string_view>

namespace shopwire::woocommerce {
namespace {

using namespace std::chrono_literals;

void check_address(const Settings& settings, const config::Node& node, config::Problems& problems) {
    const bool https = settings.base_url.starts_with("https://");
    const bool http = settings.base_url.starts_with("http://");
    if (!https && !http) node.member("base_url").problem(problems, "expected an address like https://shop.example");
    // Over plain http the shop does not even look at a key in the header or the query (contract woocommerce 2).
    else if (http && settings.auth != "oauth1")
        node.member("base_url").problem(problems, "expected https://, since over http only auth: oauth1 works");
    if (settings.base_url.find("wp-json") != std::string::npos || settings.base_url.find('?') != std::string::npos)
        node.member("base_url").problem(problems, "expected the address of the shop's home page, without wp-json");
}

void check_bounds(const Settings& settings, const config::Node& node, config::Problems& problems) {
    if (settings.page_size < kPageMin || settings.page_size > kPageMax)
        node.member("page_size").problem(problems, "expected 10 to 100");
    if (settings.batch_size < 1 || settings.batch_size > kBatchMax)
        node.member("batch_size").problem(problems, "expected 1 to 100");
    // Times have whole seconds and the filter excludes its bound: below two seconds changes would be lost.
    if (settings.overlap < 2s || settings.overlap > 1h) node.member("overlap").problem(problems, "expected 2s to 1h");
    if (settings.read_timeout < 1s || settings.write_timeout < 1s)
        node.problem(problems, "expected read_timeout and write_timeout of at least 1s");
    if (settings.webhooks && settings.webhook_secrets.empty())
        node.problem(problems, "expected webhook_secrets, or webhooks: off");
    if (settings.webhook_secrets.size() > 2)
        node.member("webhook_secrets").problem(problems, "expected one secret, or two while it is being rotated");
    if (!settings.currency.empty() && settings.currency.size() != 3)
        node.member("currency").problem(problems, "expected a code like EUR");
    static const std::set<std::string_view> shops_own{"_", "_price", "_regular_price", "_sale_price", "_stock", "_sku"};
    if (!settings.purchase_price_key.starts_with('_') || shops_own.contains(settings.purchase_price_key))
        node.member("purchase_price_key")
            .problem(problems,
                     "expected a key that begins with _, which buyers do not see, and that is none of the shop's own");
}

}  // namespace

const config::Schema<Settings>& settings_schema() {
    static const auto schema =
        config::Schema<Settings>("woocommerce", "One WooCommerce shop.")
            .required("base_url", &Settings::base_url, "address of the shop's home page, as its settings name it")
            .choice("auth", &Settings::auth, {"basic", "query", "oauth1"},
                    "how the key is sent: header, query (where a host strips the header), or signature (plain http)")
            .required("consumer_key", &Settings::consumer_key, "REST API key, ck_..., with read and write permission")
            .required("consumer_secret", &Settings::consumer_secret, "its secret, cs_...")
            .optional("ca_file", &Settings::ca_file, "certificates to trust; empty: those of the machine")
            .optional("verify_tls", &Settings::verify_tls, "check the shop's certificate")
            .optional("webhooks", &Settings::webhooks,
                      "register and watch webhooks; off: the sweeps alone find changes")
            .optional("webhook_secrets", &Settings::webhook_secrets,
                      "the first signs new webhooks, all are accepted: two while rotating")
            .optional("page_size", &Settings::page_size, "rows per page of a list, 10 to 100")
            .optional("batch_size", &Settings::batch_size, "items per batch write; 20 to 50 on slow hosts")
            .optional("overlap", &Settings::overlap,
                      "how far each sweep reads back, for writes that became visible late")
            .optional("orders_first_read", &Settings::orders_first_read, "how far back a new connection reads orders")
            .optional("read_timeout", &Settings::read_timeout, "longest wait for a read")
            .optional("write_timeout", &Settings::write_timeout,
                      "longest wait for a write; a batch of 100 takes seconds")
            .optional("stale_check", &Settings::stale_check,
                      "before stock is raised, look for orders it does not count")
            .optional("stock_statuses", &Settings::stock_statuses,
                      "order statuses in which the shop has taken the stock")
            .optional(
                "tax_id_keys", &Settings::tax_id_keys,
                "billing fields or order meta keys that may hold the buyer's tax number; the first with a value counts")
            .optional("company_keys", &Settings::company_keys,
                      "the same for the company's name, when billing.company is empty")
            .optional("currency", &Settings::currency, "the shop's currency must be this one")
            .optional("customer_id_key", &Settings::customer_id_key,
                      "meta key of a customer's id in the system that it came from")
            .optional("purchase_price_key", &Settings::purchase_price_key,
                      "product meta key of what the merchant pays; begins with _, as what a shop never shows")
            .optional("tracking_number_keys", &Settings::tracking_number_keys,
                      "order meta keys that get a parcel's number; add the key that a tracking plugin reads")
            .optional("tracking_carrier_keys", &Settings::tracking_carrier_keys, "the same for the carrier's name")
            .optional("tracking_url_keys", &Settings::tracking_url_keys, "the same for the address of its page")
            .choice("categories", &Settings::categories, {"tree", "lists"},
                    "groups of a catalogue become a tree, or all of them categories of the top level")
            .choice("trashed", &Settings::trashed, {"draft", "reject"},
                    "a product of the catalogue that lies in the trash: taken out as a draft, or refused")
            .optional("replace_images", &Settings::replace_images,
                      "on: images of a catalogue take the place of those that somebody else gave a product")
            .optional("group_by_model", &Settings::group_by_model,
                      "on: articles with one model number become variations of one product")
            .optional("new_products_sold_out", &Settings::new_products_sold_out,
                      "a new product has no pieces until stock is told; off: its stock is not managed")
            .rule(check_address)
            .rule(check_bounds);
    return schema;
}

}  // namespace shopwire::woocommerce

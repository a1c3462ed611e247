#include "tests/template/nordway/config.h"

namespace shopwire::nordway {
namespace {

void check_values(const Settings& settings, const config::Node& node, config::Problems& problems) {
    if (!settings.base_url.starts_with("https://") && !settings.base_url.starts_with("http://"))
        node.member("base_url").problem(problems, "expected an address like https://api.nordway.example");
    if (settings.currency.size() != 3) node.member("currency").problem(problems, "expected a code like EUR");
    if (settings.page_size < 1 || settings.page_size > kPageMax)
        node.member("page_size").problem(problems, "expected 1 to 500");
}

}  // namespace

const config::Schema<Settings>& settings_schema() {
    static const auto schema =
        config::Schema<Settings>("nordway", "One Nordway company.")
            .optional("base_url", &Settings::base_url, "address of the API")
            .required("api_key", &Settings::api_key, "API key with read and write permission")
            .optional("currency", &Settings::currency, "of the price list; orders in another one are refused")
            .optional("prices_include_tax", &Settings::prices_include_tax, "whether the price list has gross prices")
            .optional("page_size", &Settings::page_size, "articles per page, 1 to 500")
            .optional("timeout", &Settings::timeout, "longest wait for an answer")
            .rule(check_values);
    return schema;
}

}  // namespace shopwire::nordway

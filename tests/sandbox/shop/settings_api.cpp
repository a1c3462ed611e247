#include "tests/sandbox/shop/settings_api.h"

#include <algorithm>

#include "tests/sandbox/kit/encoding.h"
#include "tests/sandbox/shop/product_write.h"
#include "tests/sandbox/shop/render.h"
#include "tests/sandbox/shop/validate.h"

namespace sandbox::shop {

namespace {

struct Setting {
    std::string group;
    std::string id;
    std::string label;
    std::string type;
    std::string usual;
    std::string value;
};

std::vector<Setting> settings_of(const ShopConfig& config) {
    return {{"tax", "woocommerce_prices_include_tax", "Prices entered with tax", "radio", "no",
             config.prices_include_tax ? "yes" : "no"},
            {"tax", "woocommerce_tax_round_at_subtotal", "Rounding", "checkbox", "no", "no"},
            {"general", "woocommerce_currency", "Currency", "select", "USD", config.currency},
            {"general", "woocommerce_calc_taxes", "Enable taxes", "checkbox", "no",
             config.tax_percent.is_zero() ? "no" : "yes"},
            {"general", "woocommerce_default_country", "Country / State", "single_select_country", "US:CA",
             config.tax_country},
            {"general", "woocommerce_price_num_decimals", "Number of decimals", "number", "2",
             std::to_string(config.price_places)},
            {"products", "woocommerce_weight_unit", "Weight unit", "select", "kg", config.weight_unit},
            {"products", "woocommerce_dimension_unit", "Dimensions unit", "select", "cm", config.dimension_unit},
            {"products", "woocommerce_manage_stock", "Manage stock", "checkbox", "yes", "yes"},
            {"products", "woocommerce_hold_stock_minutes", "Hold stock (minutes)", "number", "60", "60"}};
}

}  // namespace

Answer setting(const ShopConfig& config, const std::string& group, const std::string& id) {
    for (const auto& entry : settings_of(config)) {
        if (entry.group != group || entry.id != id) continue;
        Json options = Json::object();
        if (id == "woocommerce_prices_include_tax") {
            options = {{"yes", "Yes, I will enter prices inclusive of tax"},
                       {"no", "No, I will enter prices exclusive of tax"}};
        }
        Json out{
            {"id", id}, {"label", entry.label}, {"description", ""}, {"type", entry.type}, {"default", entry.usual}};
        if (!options.empty()) out["options"] = options;
        out["tip"] = "";
        out["value"] = entry.value;
        out["group_id"] = group;
        out["_links"] = links_json(config, "settings/" + group, id, {"GET", "POST", "PUT", "PATCH"});
        return wire_text(out);
    }
    return fail(404, "rest_setting_setting_invalid", "Invalid setting.");
}

std::string current_currency(const ShopConfig& config) {
    return wire_text({{"code", config.currency},
                      {"name", config.currency == "RSD"   ? "Serbian dinar"
                               : config.currency == "EUR" ? "Euro"
                                                          : config.currency},
                      {"symbol", currency_symbol(config.currency, true)},
                      {"_links", links_json(config, "data/currencies", config.currency, {"GET"})}});
}

std::string system_status(const ShopConfig& config) {
    const Json environment{{"home_url", config.home_url}, {"site_url", config.home_url},
                           {"version", config.version},   {"wp_version", config.wordpress_version},
                           {"wp_multisite", false},       {"wp_cron", true},
                           {"language", "en_US"},         {"server_info", "sandbox-shop"},
                           {"php_version", "8.2.36"}};
    const Json settings{{"api_enabled", false},        {"force_ssl", false},
                        {"currency", config.currency}, {"currency_symbol", currency_symbol(config.currency, true)},
                        {"currency_position", "left"}, {"thousand_separator", ","},
                        {"decimal_separator", "."},    {"number_of_decimals", config.price_places},
                        {"HPOS_enabled", true},        {"HPOS_sync_enabled", false}};
    return wire_text({{"environment", environment},
                      {"database", {{"wc_database_version", config.version}}},
                      {"active_plugins", Json::array()},
                      {"settings", settings}});
}

std::string tax_rates(const ShopConfig& config) {
    Json out = Json::array();
    if (!config.tax_percent.is_zero()) {
        out.push_back({{"id", 1},
                       {"country", config.tax_country},
                       {"state", ""},
                       {"postcode", ""},
                       {"city", ""},
                       {"rate", config.tax_percent.fixed(4)},
                       {"name", config.tax_name},
                       {"priority", 1},
                       {"compound", false},
                       {"shipping", true},
                       {"order", 1},
                       {"class", "standard"},
                       {"postcodes", Json::array()},
                       {"cities", Json::array()},
                       {"_links", links_json(config, "taxes", "1")}});
    }
    return wire_text(out);
}

std::string order_statuses(const ShopConfig& config) {
    Json out = Json::array();
    for (const auto& [slug, name] :
         std::initializer_list<std::pair<const char*, const char*>>{{"pending", "Pending payment"},
                                                                    {"processing", "Processing"},
                                                                    {"on-hold", "On hold"},
                                                                    {"completed", "Completed"},
                                                                    {"cancelled", "Cancelled"},
                                                                    {"refunded", "Refunded"},
                                                                    {"failed", "Failed"},
                                                                    {"checkout-draft", "Draft"}}) {
        out.push_back({{"slug", slug}, {"name", name}});
    }
    for (const auto& slug : config.more_statuses) out.push_back({{"slug", slug}, {"name", slug}});
    return wire_text(out);
}

std::string payment_gateways(const ShopConfig& config) {
    Json out = Json::array();
    for (const char* known : {"bacs", "cheque", "cod"})
        if (std::ranges::find(config.payment_gateways, known) == config.payment_gateways.end())
            out.push_back({{"id", known}, {"title", known}, {"enabled", false}});
    for (const auto& id : config.payment_gateways) out.push_back({{"id", id}, {"title", id}, {"enabled", true}});
    return wire_text(out);
}

std::string site_index(const ShopConfig& config) {
    return wire_text({{"name", config.name},
                      {"description", ""},
                      {"url", config.home_url},
                      {"home", config.home_url},
                      {"gmt_offset", config.site_offset_minutes / 60},
                      {"timezone_string", config.timezone_string},
                      {"namespaces", {"oembed/1.0", "wc/v1", "wc/v2", "wc/v3", "wp/v2"}}});
}

std::string terms_text(const ShopConfig& config, const std::map<std::int64_t, Term>& terms,
                       const std::string& collection, std::size_t first, std::size_t limit) {
    Json out = Json::array();
    for (const auto& [id, term] : terms) {
        if (first > 0) {
            --first;
            continue;
        }
        if (out.size() == limit) break;
        out.push_back({{"id", id}, {"name", html_escaped_name(term.name)}, {"slug", term.slug}});
        if (collection == "categories") out.back()["parent"] = term.parent;
        out.back()["_links"] = links_json(config, "products/" + collection, std::to_string(id));
    }
    return wire_text(out);
}

Answer create_term(Store& store, bool attribute, const Json& body) {
    if (!has_value(body, "name")) return std::unexpected(missing_params({"name"}));
    const auto config = store.config();
    const std::scoped_lock lock(store.mutex);
    auto& terms = attribute ? store.attributes : store.categories;
    const auto name = text_or(body, "name", "");
    const auto parent = attribute ? 0 : integer_or(body, "parent", 0);
    if (parent != 0 && !terms.contains(parent))
        return fail(400, "woocommerce_rest_term_invalid", "Parent resource does not exist.");
    for (const auto& [id, term] : terms) {
        if (kit::lower(term.name) != kit::lower(name) || term.parent != parent) continue;
        return fail(400, "term_exists", "A term with the name provided already exists with this parent.",
                    {{"resource_id", id}});
    }
    const auto id = terms.empty() ? 1 : terms.rbegin()->first + 1;
    const auto slug = text_or(body, "slug", (attribute ? "pa_" : "") + slug_of(name));
    terms[id] = {name, slug, parent};
    Json out{{"id", id}, {"name", name}, {"slug", slug}};
    if (attribute) {
        out["type"] = text_or(body, "type", "select");
        out["order_by"] = "menu_order";
        out["has_archives"] = false;
    } else {
        out.update(Json{{"parent", parent},
                        {"description", ""},
                        {"display", "default"},
                        {"image", nullptr},
                        {"menu_order", 0},
                        {"count", 0}});
    }
    out["_links"] = links_json(config, attribute ? "products/attributes" : "products/categories", std::to_string(id));
    return wire_text(out);
}

}  // namespace sandbox::shop

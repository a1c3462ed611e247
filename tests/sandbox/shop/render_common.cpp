#include <array>

#include "tests/sandbox/kit/encoding.h"
#include "tests/sandbox/shop/render.h"

namespace sandbox::shop {

namespace {

struct Symbol {
    const char* code;
    const char* text;
    const char* entity;
};

constexpr std::array<Symbol, 8> kSymbols{{{"EUR", "€", "&euro;"},
                                          {"USD", "$", "&#36;"},
                                          {"GBP", "£", "&pound;"},
                                          {"RSD", "рсд", "&#1088;&#1089;&#1076;"},
                                          {"UAH", "₴", "&#8372;"},
                                          {"PLN", "zł", "&#122;&#322;"},
                                          {"BAM", "KM", "KM"},
                                          {"SEK", "kr", "&#107;&#114;"}}};

}  // namespace

std::string currency_symbol(const std::string& code, bool entity) {
    for (const auto& symbol : kSymbols) {
        if (code == symbol.code) return entity ? symbol.entity : symbol.text;
    }
    return code;
}

std::string price_html(const ShopConfig& config, const std::string& price) {
    if (price.empty()) return "";
    return "<span class=\"woocommerce-Price-amount amount\"><bdi><span class=\"woocommerce-Price-currencySymbol\" "
           "translate=\"no\">" +
           currency_symbol(config.currency, true) + "</span>" + decimal_of(price).fixed(config.price_places) +
           "</bdi></span>";
}

Json meta_json(const std::vector<Meta>& meta) {
    Json out = Json::array();
    for (const auto& entry : meta) out.push_back({{"id", entry.id}, {"key", entry.key}, {"value", entry.value}});
    return out;
}

Json local_time(const ShopConfig& config, std::optional<std::int64_t> seconds) {
    return seconds ? Json(kit::iso_seconds(*seconds + config.site_offset_seconds())) : Json(nullptr);
}

Json utc_time(std::optional<std::int64_t> seconds) {
    return seconds ? Json(kit::iso_seconds(*seconds)) : Json(nullptr);
}

Json links_json(const ShopConfig& config, const std::string& collection, const std::string& id,
                std::initializer_list<const char*> allowed) {
    const std::string base = config.home_url + "/wp-json/wc/v3/" + collection;
    Json self = Json::object();
    self["href"] = base + "/" + id;
    self["targetHints"]["allow"] = Json(allowed);
    Json out = Json::object();
    out["self"] = Json::array({self});
    out["collection"] = Json::array({Json{{"href", base}}});
    return out;
}

Json customer_json(const ShopConfig& config, const Customer& customer) {
    Json out = Json::object();
    out["id"] = customer.id;
    out["date_created"] = local_time(config, customer.created);
    out["date_created_gmt"] = utc_time(customer.created);
    out["date_modified"] = local_time(config, customer.modified);
    out["date_modified_gmt"] = utc_time(customer.modified);
    out["email"] = customer.email;
    out["first_name"] = customer.first_name;
    out["last_name"] = customer.last_name;
    out["role"] = customer.role;
    out["username"] = customer.username;
    out["billing"] = customer.billing;
    out["shipping"] = customer.shipping;
    out["is_paying_customer"] = customer.paying;
    out["avatar_url"] =
        "https://secure.gravatar.com/avatar/" + kit::md5_hex(kit::lower(customer.email)) + "?s=96&d=mm&r=g";
    out["meta_data"] = meta_json(customer.meta);
    out["_links"] = links_json(config, "customers", std::to_string(customer.id));
    return out;
}

}  // namespace sandbox::shop

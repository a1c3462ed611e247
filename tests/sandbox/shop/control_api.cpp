#include "tests/sandbox/shop/control_api.h"

#include <functional>

#include "tests/sandbox/shop/storefront.h"

namespace sandbox::shop {

namespace {

constexpr std::int64_t kDefaultLogPage = 10'000;
constexpr std::int64_t kMaxLogPage = 200'000;

std::int64_t number_or(const kit::Request& request, const char* name, std::int64_t fallback) {
    const auto* text = request.query_value(name);
    return text == nullptr ? fallback : to_integer(Json(*text));
}

std::size_t page_size(const kit::Request& request) {
    const auto limit = number_or(request, "limit", kDefaultLogPage);
    return static_cast<std::size_t>(std::clamp<std::int64_t>(limit, 0, kMaxLogPage));
}

using Call = std::function<Answer(const Json& body)>;

kit::RouteHandler with_body(const Call& call) {
    return [call](const kit::Request& request, const kit::PathValues&) {
        const auto body = Json::parse(request.body.empty() ? std::string("{}") : request.body, nullptr, false);
        if (!body.is_object())
            return fail(400, "sandbox_bad_json", "The body is not a JSON object.").error().response();
        const auto answer = call(body);
        return answer ? kit::json_response(200, *answer) : answer.error().response();
    };
}

std::string settings_text(const ShopConfig& config) {
    return wire_text({{"home_url", config.home_url},
                      {"currency", config.currency},
                      {"price_places", config.price_places},
                      {"tax_percent", config.tax_percent.text()},
                      {"tax_country", config.tax_country},
                      {"tax_name", config.tax_name},
                      {"prices_include_tax", config.prices_include_tax},
                      {"site_offset_minutes", config.site_offset_minutes},
                      {"timezone_string", config.timezone_string},
                      {"pretty_permalinks", config.pretty_permalinks},
                      {"strip_authorization", config.strip_authorization},
                      {"payment_gateways", config.payment_gateways},
                      {"more_statuses", config.more_statuses},
                      {"weight_unit", config.weight_unit},
                      {"dimension_unit", config.dimension_unit},
                      {"version", config.version},
                      {"global_variations_route", config.global_variations_route},
                      {"max_batch_items", config.max_batch_items},
                      {"latency_ms", config.latency_ms},
                      {"item_latency_ms", config.item_latency_ms},
                      {"webhook_delay_ms", config.webhook_delay_ms},
                      {"webhook_tick_ms", config.webhook_tick_ms}});
}

Answer change_settings(Store& store, const Json& body) {
    auto config = store.config();
    const std::pair<const char*, std::string*> texts[] = {{"home_url", &config.home_url},
                                                          {"currency", &config.currency},
                                                          {"tax_country", &config.tax_country},
                                                          {"tax_name", &config.tax_name},
                                                          {"weight_unit", &config.weight_unit},
                                                          {"dimension_unit", &config.dimension_unit},
                                                          {"timezone_string", &config.timezone_string},
                                                          {"version", &config.version}};
    for (const auto& [key, field] : texts) *field = text_or(body, key, *field);
    const std::pair<const char*, int*> numbers[] = {
        {"price_places", &config.price_places},       {"site_offset_minutes", &config.site_offset_minutes},
        {"max_batch_items", &config.max_batch_items}, {"latency_ms", &config.latency_ms},
        {"item_latency_ms", &config.item_latency_ms}, {"webhook_delay_ms", &config.webhook_delay_ms},
        {"webhook_tick_ms", &config.webhook_tick_ms}};
    for (const auto& [key, field] : numbers) *field = static_cast<int>(integer_or(body, key, *field));
    const std::pair<const char*, bool*> switches[] = {{"prices_include_tax", &config.prices_include_tax},
                                                      {"pretty_permalinks", &config.pretty_permalinks},
                                                      {"strip_authorization", &config.strip_authorization},
                                                      {"global_variations_route", &config.global_variations_route}};
    for (const auto& [key, field] : switches) {
        if (has_value(body, key)) *field = to_bool(body.at(key));
    }
    const std::pair<const char*, std::vector<std::string>*> lists[] = {{"payment_gateways", &config.payment_gateways},
                                                                       {"more_statuses", &config.more_statuses}};
    for (const auto& [key, field] : lists) {
        if (!has_value(body, key)) continue;
        field->clear();
        for (const auto& item : body.at(key)) field->push_back(to_text(item));
    }
    // The rights of the first key: "read", "write" or "read_write".
    if (const auto rights = text_or(body, "key_rights", ""); !rights.empty()) {
        config.keys.front().read = rights.starts_with("read");
        config.keys.front().write = rights.ends_with("write");
    }
    if (has_value(body, "tax_percent")) config.tax_percent = decimal_of(to_text(body.at("tax_percent")));
    const std::scoped_lock lock(store.mutex);
    store.set_config(config);
    return settings_text(config);
}

std::string products_text(Store& store) {
    const std::scoped_lock lock(store.mutex);
    Json out = Json::array();
    for (const auto& [id, product] : store.products) {
        out.push_back({{"id", id},
                       {"parent_id", product.parent_id},
                       {"sku", product.sku},
                       {"status", product.status},
                       {"price", product.price},
                       {"stock", product.manage_stock ? Json(product.stock) : Json(nullptr)}});
    }
    return wire_text(out);
}

std::string images_text(Store& store) {
    const std::scoped_lock lock(store.mutex);
    Json out = Json::array();
    for (const auto& [id, image] : store.images)
        out.push_back({{"id", id}, {"origin", image.origin}, {"src", image.src}});
    return wire_text(out);
}

}  // namespace

std::string state_text(Context context) {
    Json out = Json::object();
    {
        const std::scoped_lock lock(context.store.mutex);
        out = {{"products", context.store.products.size()},
               {"orders", context.store.orders.size()},
               {"customers", context.store.customers.size()},
               {"log_sequence", context.store.log_sequence()},
               {"clock", context.store.clock()}};
    }
    out["webhooks_idle"] = context.hooks.idle();
    out["webhook_queue"] = Json::parse(context.hooks.state());
    return out.dump();
}

void add_shop_control_routes(kit::Router& router, Context context) {
    router.add("POST", "/__sandbox/checkout",
               with_body([context](const Json& body) mutable { return checkout(context, body); }));
    router.add("POST", "/__sandbox/seed",
               with_body([context](const Json& body) mutable { return seed(context, body); }));
    router.add("POST", "/__sandbox/silent-edit",
               with_body([context](const Json& body) mutable { return silent_edit(context, body); }));
    router.add("POST", "/__sandbox/clock", with_body([context](const Json& body) -> Answer {
                   context.store.set_drift(integer_or(body, "drift_seconds", 0));
                   return "{\"clock\":" + std::to_string(context.store.clock()) + "}";
               }));
    router.add("POST", "/__sandbox/settings",
               with_body([context](const Json& body) { return change_settings(context.store, body); }));
    router.add("GET", "/__sandbox/settings", [context](const kit::Request&, const kit::PathValues&) {
        return kit::json_response(200, settings_text(context.store.config()));
    });
    router.add("GET", "/__sandbox/products", [context](const kit::Request&, const kit::PathValues&) {
        return kit::json_response(200, products_text(context.store));
    });
    // Every image that was ever imported: one that stands here twice is the mistake that merchants know.
    router.add("GET", "/__sandbox/images", [context](const kit::Request&, const kit::PathValues&) {
        return kit::json_response(200, images_text(context.store));
    });
    router.add("GET", "/__sandbox/log", [context](const kit::Request& request, const kit::PathValues&) {
        const std::scoped_lock lock(context.store.mutex);
        return kit::json_response(200, context.store.log_text(number_or(request, "after", 0), page_size(request)));
    });
    router.add("GET", "/__sandbox/deliveries", [context](const kit::Request& request, const kit::PathValues&) {
        return kit::json_response(200, context.hooks.deliveries(number_or(request, "after", 0), page_size(request)));
    });
}

}  // namespace sandbox::shop

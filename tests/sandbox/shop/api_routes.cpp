// Which path goes where.
#include "tests/sandbox/shop/api.h"
#include "tests/sandbox/shop/settings_api.h"

namespace sandbox::shop {

namespace {

using Ids = std::vector<std::int64_t>;

// PHP prints the route's pattern instead of the parent's id (capture variation-create-201).
constexpr const char* kVariationLocation = "/products/(?P<product_id>[\\d]+)/variations";
constexpr const char* kRefundLocation = "/orders/(?P<order_id>[\\d]+)/refunds";

}  // namespace

void Api::add_products() {
    router_.add("GET", "/wp-json/wc/v3/products",
                [this](const kit::Request& request, const kit::PathValues&) { return products_.list(request); });
    add_create("/products", "",
               [this](const Ids&, const Json& body) { return products_.create(body, Origin::kSingle); });
    add_read("/products/{id}", [this](const Ids& ids, const kit::Request&) { return products_.get(ids[0]); });
    add_update("/products/{id}",
               [this](const Ids& ids, const Json& body) { return products_.update(ids[0], body, Origin::kSingle); });
    add_remove("/products/{id}",
               [this](const Ids& ids, bool force) { return products_.remove(ids[0], force, Origin::kSingle); });
    add_batch("/products/batch", [this](const Ids&) {
        return BatchOperations{
            .create = [this](const Json& item) { return products_.create(item, Origin::kBatch); },
            .update = [this](std::int64_t id, const Json& item) { return products_.update(id, item, Origin::kBatch); },
            .remove = [this](std::int64_t id) { return products_.remove(id, true, Origin::kBatch); },
            .invalid_id_code = "woocommerce_rest_product_invalid_id"};
    });
}

void Api::add_variations() {
    router_.add("GET", "/wp-json/wc/v3/variations", [this](const kit::Request& request, const kit::PathValues&) {
        if (!context_.store.config().global_variations_route) {
            return fail(404, "rest_no_route", "No route was found matching the URL and request method.")
                .error()
                .response();
        }
        return variations_.list_all(request);
    });
    router_.add("GET", "/wp-json/wc/v3/products/{id}/variations",
                [this](const kit::Request& request, const kit::PathValues& values) {
                    return variations_.list(request, to_integer(Json(values[0])));
                });
    add_create("/products/{id}/variations", kVariationLocation,
               [this](const Ids& ids, const Json& body) { return variations_.create(ids[0], body, Origin::kSingle); });
    add_batch("/products/{id}/variations/batch", [this](const Ids& ids) {
        const auto parent = ids[0];
        return BatchOperations{
            .create = [this, parent](const Json& item) { return variations_.create(parent, item, Origin::kBatch); },
            .update = [this, parent](std::int64_t id,
                                     const Json& item) { return variations_.update(parent, id, item, Origin::kBatch); },
            .remove = [this, parent](std::int64_t id) { return variations_.remove(parent, id, true); },
            .invalid_id_code = "woocommerce_rest_product_variation_invalid_id"};
    });
    const char* item = "/products/{id}/variations/{id}";
    add_read(item, [this](const Ids& ids, const kit::Request&) { return variations_.get(ids[0], ids[1]); });
    add_update(item, [this](const Ids& ids, const Json& body) {
        return variations_.update(ids[0], ids[1], body, Origin::kSingle);
    });
    add_remove(item, [this](const Ids& ids, bool force) { return variations_.remove(ids[0], ids[1], force); });
}

void Api::add_orders() {
    router_.add("GET", "/wp-json/wc/v3/orders",
                [this](const kit::Request& request, const kit::PathValues&) { return orders_.list(request); });
    add_create("/orders", "", [this](const Ids&, const Json& body) { return orders_.create(body, Origin::kSingle); });
    add_read("/orders/statuses",
             [this](const Ids&, const kit::Request&) { return Answer(order_statuses(context_.store.config())); });
    add_read("/orders/{id}", [this](const Ids& ids, const kit::Request& request) {
        const auto* places = request.query_value("dp");
        return orders_.get(ids[0], places == nullptr ? 2 : static_cast<int>(to_integer(Json(*places))));
    });
    add_update("/orders/{id}",
               [this](const Ids& ids, const Json& body) { return orders_.update(ids[0], body, Origin::kSingle); });
    add_remove("/orders/{id}", [this](const Ids& ids, bool force) { return orders_.remove(ids[0], force); });
    add_batch("/orders/batch", [this](const Ids&) {
        return BatchOperations{
            .create = [this](const Json& item) { return orders_.create(item, Origin::kBatch); },
            .update = [this](std::int64_t id, const Json& item) { return orders_.update(id, item, Origin::kBatch); },
            .remove = [this](std::int64_t id) { return orders_.remove(id, true); },
            .invalid_id_code = "woocommerce_rest_shop_order_invalid_id",
            .invalid_id_message = "ID is invalid."};
    });
}

void Api::add_order_extras() {
    add_read("/orders/{id}/notes", [this](const Ids& ids, const kit::Request&) { return orders_.notes(ids[0]); });
    add_create("/orders/{id}/notes", "",
               [this](const Ids& ids, const Json& body) { return orders_.add_note(ids[0], body); });
    add_read("/orders/{id}/notes/{id}",
             [this](const Ids& ids, const kit::Request&) { return orders_.note(ids[0], ids[1]); });
    add_remove("/orders/{id}/notes/{id}", [this](const Ids& ids, bool) { return orders_.remove_note(ids[0], ids[1]); });
    add_read("/orders/{id}/refunds", [this](const Ids& ids, const kit::Request&) { return orders_.refunds(ids[0]); });
    add_create("/orders/{id}/refunds", kRefundLocation,
               [this](const Ids& ids, const Json& body) { return orders_.add_refund(ids[0], body); });
    add_read("/orders/{id}/refunds/{id}",
             [this](const Ids& ids, const kit::Request&) { return orders_.refund(ids[0], ids[1]); });
    add_remove("/orders/{id}/refunds/{id}",
               [this](const Ids& ids, bool) { return orders_.remove_refund(ids[0], ids[1]); });
    add_read("/refunds", [this](const Ids&, const kit::Request&) { return orders_.all_refunds(); });
}

void Api::add_customers() {
    router_.add("GET", "/wp-json/wc/v3/customers",
                [this](const kit::Request& request, const kit::PathValues&) { return customers_.list(request); });
    add_create("/customers", "",
               [this](const Ids&, const Json& body) { return customers_.create(body, Origin::kSingle); });
    add_read("/customers/{id}", [this](const Ids& ids, const kit::Request&) { return customers_.get(ids[0]); });
    add_update("/customers/{id}",
               [this](const Ids& ids, const Json& body) { return customers_.update(ids[0], body, Origin::kSingle); });
    add_remove("/customers/{id}", [this](const Ids& ids, bool force) { return customers_.remove(ids[0], force); });
    add_batch("/customers/batch", [this](const Ids&) {
        return BatchOperations{
            .create = [this](const Json& item) { return customers_.create(item, Origin::kBatch); },
            .update = [this](std::int64_t id, const Json& item) { return customers_.update(id, item, Origin::kBatch); },
            .remove = [this](std::int64_t id) { return customers_.remove(id, true); },
            .invalid_id_code = "wc_user_invalid_id",
            .invalid_id_message = "Invalid user ID."};
    });
}

void Api::add_webhooks() {
    router_.add("GET", "/wp-json/wc/v3/webhooks",
                [this](const kit::Request& request, const kit::PathValues&) { return webhooks_.list(request); });
    add_create("/webhooks", "",
               [this](const Ids&, const Json& body) { return webhooks_.create(body, Origin::kSingle); });
    add_read("/webhooks/{id}", [this](const Ids& ids, const kit::Request&) { return webhooks_.get(ids[0]); });
    add_update("/webhooks/{id}",
               [this](const Ids& ids, const Json& body) { return webhooks_.update(ids[0], body, Origin::kSingle); });
    add_remove("/webhooks/{id}", [this](const Ids& ids, bool force) { return webhooks_.remove(ids[0], force); });
    add_batch("/webhooks/batch", [this](const Ids&) {
        return BatchOperations{
            .create = [this](const Json& item) { return webhooks_.create(item, Origin::kBatch); },
            .update = [this](std::int64_t id, const Json& item) { return webhooks_.update(id, item, Origin::kBatch); },
            .remove = [this](std::int64_t id) { return webhooks_.remove(id, true); },
            .invalid_id_code = "woocommerce_rest_shop_webhook_invalid_id",
            .invalid_id_message = "ID is invalid."};
    });
}

void Api::add_settings() {
    auto& store = context_.store;
    router_.add("GET", "/wp-json/wc/v3/settings/{group}/{name}",
                [&store](const kit::Request&, const kit::PathValues& values) {
                    const auto answer = setting(store.config(), values[0], values[1]);
                    return answer ? kit::json_response(200, *answer) : answer.error().response();
                });
    const auto plain = [&](const char* path, std::string (*text)(const ShopConfig&)) {
        add_read(path, [&store, text](const Ids&, const kit::Request&) { return Answer(text(store.config())); });
    };
    plain("/data/currencies/current", current_currency);
    plain("/system_status", system_status);
    plain("/taxes", tax_rates);
    plain("/payment_gateways", payment_gateways);
    for (const bool attribute : {false, true}) {
        const char* path = attribute ? "/products/attributes" : "/products/categories";
        add_create(path, "",
                   [&store, attribute](const Ids&, const Json& body) { return create_term(store, attribute, body); });
        add_read(path, [&store, attribute](const Ids&, const kit::Request& request) {
            const std::scoped_lock lock(store.mutex);
            // Attributes have no pages.
            if (attribute) return Answer(terms_text(store.config(), store.attributes, "attributes", 0, SIZE_MAX));
            const auto number = [&request](const char* name, std::int64_t usual) {
                const auto* text = request.query_value(name);
                return std::max<std::int64_t>(1, text == nullptr ? usual : to_integer(Json(*text)));
            };
            const auto limit = static_cast<std::size_t>(std::min<std::int64_t>(number("per_page", 10), 100));
            const auto first = (static_cast<std::size_t>(number("page", 1)) - 1) * limit;
            return Answer(terms_text(store.config(), store.categories, "categories", first, limit));
        });
    }
}

}  // namespace sandbox::shop

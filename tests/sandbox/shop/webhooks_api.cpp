#include "tests/sandbox/shop/webhooks_api.h"

#include "tests/sandbox/shop/list_query.h"
#include "tests/sandbox/shop/render.h"

namespace sandbox::shop {

namespace {

const ListRules& webhook_list_rules() {
    static const ListRules rules{
        .orderby = {"date", "id", "title"}, .statuses = {"all", "active", "paused", "disabled"}, .dates = false};
    return rules;
}

Json hooks_of(const std::string& topic) {
    static const std::map<std::string, std::vector<std::string>> table{
        {"order.updated", {"woocommerce_update_order", "woocommerce_order_refunded"}},
        {"order.created", {"woocommerce_new_order"}},
        {"order.deleted", {"wp_trash_post", "woocommerce_trash_order"}},
        {"order.restored", {"untrashed_post", "woocommerce_untrash_order"}},
        {"customer.created", {"user_register", "woocommerce_created_customer", "woocommerce_new_customer"}},
        {"customer.updated", {"profile_update", "woocommerce_update_customer"}},
        {"customer.deleted", {"delete_user"}},
        {"coupon.created", {"woocommerce_process_shop_coupon_meta", "woocommerce_new_coupon"}},
        {"product.created",
         {"woocommerce_process_product_meta", "woocommerce_new_product", "woocommerce_new_product_variation"}},
        {"product.updated",
         {"woocommerce_process_product_meta", "woocommerce_update_product", "woocommerce_update_product_variation"}},
        {"product.deleted", {"wp_trash_post"}},
        {"product.restored", {"untrashed_post"}},
        {"product.published", {"woocommerce_product_published"}}};
    if (topic.starts_with("action.")) return Json::array({topic.substr(7)});
    const auto found = table.find(topic);
    return found == table.end() ? Json::array() : Json(found->second);
}

std::unexpected<ApiError> invalid_id() {
    return fail(404, "woocommerce_rest_shop_webhook_invalid_id", "ID is invalid.");
}

}  // namespace

Json Webhooks::json_of(const Webhook& hook) {
    const auto config = context_.store.config();
    const auto dot = hook.topic.find('.');
    return {{"id", hook.id},
            {"name", hook.name},
            {"status", hook.status},
            {"topic", hook.topic},
            {"resource", hook.topic.substr(0, dot)},
            {"event", hook.topic.substr(dot + 1)},
            {"hooks", hooks_of(hook.topic)},
            {"delivery_url", hook.delivery_url},
            {"date_created", local_time(config, hook.created)},
            {"date_created_gmt", utc_time(hook.created)},
            {"date_modified", local_time(config, hook.modified)},
            {"date_modified_gmt", utc_time(hook.modified)},
            {"_links", links_json(config, "webhooks", std::to_string(hook.id))}};
}

kit::Response Webhooks::list(const kit::Request& request) {
    const auto config = context_.store.config();
    const auto query = parse_list(request, config, webhook_list_rules());
    if (!query) return query.error().response();
    auto hooks = context_.hooks.all();
    if (!query->statuses.empty()) {
        std::erase_if(hooks, [&](const Webhook& hook) { return hook.status != query->statuses.front(); });
    }
    std::vector<Webhook*> rows;
    rows.reserve(hooks.size());
    for (auto& hook : hooks) rows.push_back(&hook);
    const auto page = page_of(std::move(rows), *query, [](const Webhook& a, const Webhook& b) { return a.id < b.id; });
    std::vector<std::string> texts;
    std::vector<const std::string*> pointers;
    texts.reserve(page.size());
    pointers.reserve(page.size());
    for (const auto* hook : page) texts.push_back(wire_text(json_of(*hook)));
    for (const auto& text : texts) pointers.push_back(&text);
    return list_response(request, config, *query, hooks.size(), array_of(pointers, query->fields));
}

Answer Webhooks::get(std::int64_t id) {
    const auto hook = context_.hooks.find(id);
    if (!hook) return invalid_id();
    return wire_text(json_of(*hook));
}

Answer Webhooks::create(const Json& body, Origin origin) {
    if (origin == Origin::kSingle) {
        std::vector<std::string> missing;
        for (const char* key : {"topic", "delivery_url"}) {
            if (!has_value(body, key)) missing.emplace_back(key);
        }
        if (!missing.empty()) return std::unexpected(missing_params(missing));
        if (auto checked = validate(webhook_rules(), body); !checked) return std::unexpected(checked.error());
    }
    auto created = context_.hooks.create(body, context_.store.clock());
    if (!created) return std::unexpected(created.error());
    return wire_text(json_of(*created));
}

Answer Webhooks::update(std::int64_t id, const Json& body, Origin origin) {
    if (origin == Origin::kSingle) {
        if (auto checked = validate(webhook_rules(), body); !checked) return std::unexpected(checked.error());
    }
    auto changed = context_.hooks.update(id, body, context_.store.clock());
    if (!changed) return std::unexpected(changed.error());
    return wire_text(json_of(*changed));
}

Answer Webhooks::remove(std::int64_t id, bool force) {
    if (!force) return fail(501, "woocommerce_rest_trash_not_supported", "Webhooks do not support trashing.");
    const auto gone = context_.hooks.remove(id);
    if (!gone) return invalid_id();
    return wire_text(json_of(*gone));
}

std::string webhook_payload(Store& store, const Webhook& hook, std::int64_t resource_id) {
    if (hook.topic.starts_with("action.")) {
        // A stock hook's argument is an object, which arrives as [] (contract woocommerce 10).
        const bool stock = hook.topic.ends_with("_set_stock");
        return wire_text({{"action", hook.topic.substr(7)}, {"arg", stock ? Json::array() : Json(resource_id)}});
    }
    if (hook.topic.ends_with(".deleted")) return "{\"id\":" + std::to_string(resource_id) + "}";
    const auto config = store.config();
    const std::scoped_lock lock(store.mutex);
    if (hook.topic.starts_with("product.")) {
        auto* product = store.product(resource_id);
        if (product != nullptr) return product_text(store, config, *product);
        return wire_text(fail(404, "woocommerce_rest_product_invalid_id", "Invalid ID.").error().json());
    }
    if (hook.topic.starts_with("order.")) {
        auto* order = store.order(resource_id);
        if (order != nullptr) return order_text(store, config, *order);
        return wire_text(fail(404, "woocommerce_rest_shop_order_invalid_id", "Invalid ID.").error().json());
    }
    const auto* customer = store.customer(resource_id);
    if (customer != nullptr) return wire_text(customer_json(config, *customer));
    return wire_text(fail(404, "wc_user_invalid_id", "Invalid user ID.").error().json());
}

}  // namespace sandbox::shop

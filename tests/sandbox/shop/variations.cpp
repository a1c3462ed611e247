#include "tests/sandbox/shop/list_query.h"
#include "tests/sandbox/shop/product_write.h"
#include "tests/sandbox/shop/products.h"
#include "tests/sandbox/shop/render.h"

namespace sandbox::shop {

namespace {

const ListRules& variation_list_rules() {
    static const ListRules rules{.orderby = {"date", "id", "include", "title", "slug", "modified", "menu_order"},
                                 .statuses = {"any", "future", "trash", "draft", "pending", "private", "publish"}};
    return rules;
}

std::unexpected<ApiError> invalid_id(int status) {
    return fail(status, "woocommerce_rest_product_variation_invalid_id", "Invalid ID.");
}

std::unexpected<ApiError> invalid_parent() {
    return fail(404, "woocommerce_rest_product_variation_invalid_parent", "Parent product does not exist.");
}

Product* under(Store& store, std::int64_t parent, std::int64_t id) {
    auto* variation = store.product(id);
    return variation != nullptr && variation->is_variation() && variation->parent_id == parent ? variation : nullptr;
}

bool fits(const kit::Request& request, const ListQuery& query, const Product& variation) {
    if (query.statuses.empty() ? variation.status == "trash" : variation.status != query.statuses.front()) return false;
    if (!query.in_time(variation.created, variation.modified)) return false;
    if (!query.include.empty() && std::ranges::find(query.include, variation.id) == query.include.end()) return false;
    if (std::ranges::find(query.exclude, variation.id) != query.exclude.end()) return false;
    if (const auto* skus = request.query_value("sku"); skus != nullptr && !skus->empty()) {
        const auto wanted = kit::split(kit::lower(*skus), ',');
        if (std::ranges::find(wanted, kit::lower(variation.sku)) == wanted.end()) return false;
    }
    const auto* stock = request.query_value("stock_status");
    return stock == nullptr || variation.stock_status == *stock;
}

std::string text_of(Context& context, const Product& variation, bool edit) {
    return wire_text(variation_json(context.store, context.store.config(), variation, edit));
}

// The links of the global list lead nowhere useful (capture variations-global-list-by-sku-200).
void spoil_links(const ShopConfig& config, Json& item) {
    const auto base = config.home_url + "/wp-json/wc/v3/";
    item["_links"]["self"] = Json::array({Json{{"href", base + "variations/" + item["id"].dump()}}});
    item["_links"]["collection"] = Json::array({Json{{"href", base + "variations"}}});
    item["_links"]["up"] = Json::array({Json{{"href", base + "products/0"}}});
}

}  // namespace

kit::Response Variations::answer(const kit::Request& request, const ListQuery& query, std::vector<Product*> rows,
                                 bool of_all) {
    const auto config = context_.store.config();
    const auto total = rows.size();
    const auto page = page_of(std::move(rows), query, [&](const Product& a, const Product& b) {
        if (query.orderby == "modified") return std::pair{a.modified, a.id} < std::pair{b.modified, b.id};
        if (query.orderby == "id") return a.id < b.id;
        return std::pair{a.created, a.id} < std::pair{b.created, b.id};
    });
    std::vector<std::string> texts;
    std::vector<const std::string*> pointers;
    for (const auto* variation : page) {
        auto item = variation_json(context_.store, config, *variation, false);
        if (of_all) spoil_links(config, item);
        texts.push_back(wire_text(item));
    }
    pointers.reserve(texts.size());
    for (const auto& text : texts) pointers.push_back(&text);
    return list_response(request, config, query, total, array_of(pointers, query.fields));
}

kit::Response Variations::list(const kit::Request& request, std::int64_t parent) {
    const auto query = parse_list(request, context_.store.config(), variation_list_rules());
    if (!query) return query.error().response();
    const std::scoped_lock lock(context_.store.mutex);
    std::vector<Product*> rows;
    if (const auto* owner = context_.store.product(parent); owner != nullptr) {
        for (const auto id : owner->variations) {
            auto* variation = context_.store.product(id);
            if (fits(request, *query, *variation)) rows.push_back(variation);
        }
    }
    return answer(request, *query, std::move(rows), false);
}

kit::Response Variations::list_all(const kit::Request& request) {
    const auto query = parse_list(request, context_.store.config(), variation_list_rules());
    if (!query) return query.error().response();
    const std::scoped_lock lock(context_.store.mutex);
    std::vector<Product*> rows;
    const auto& by_time = context_.store.products_by_time;
    const auto from =
        query->modified_after ? by_time.upper_bound({*query->modified_after, INT64_MAX}) : by_time.begin();
    for (auto at = from; at != by_time.end(); ++at) {
        auto* variation = context_.store.product(at->second);
        if (variation->is_variation() && fits(request, *query, *variation)) rows.push_back(variation);
    }
    return answer(request, *query, std::move(rows), true);
}

Answer Variations::get(std::int64_t parent, std::int64_t id) {
    const std::scoped_lock lock(context_.store.mutex);
    const auto* variation = under(context_.store, parent, id);
    if (variation == nullptr) return invalid_id(404);
    return text_of(context_, *variation, false);
}

Answer Variations::create(std::int64_t parent, const Json& body, Origin origin) {
    if (origin == Origin::kSingle) {
        if (auto checked = validate(variation_rules(), body); !checked) return std::unexpected(checked.error());
    }
    auto& store = context_.store;
    const std::scoped_lock lock(store.mutex);
    const auto* owner = store.product(parent);
    if (owner == nullptr || owner->is_variation()) return invalid_parent();
    if (store.products.size() >= Store::kMaxProducts) return fail(500, "internal_server_error", "The sandbox is full.");
    if (auto checked = check_identifiers(store, body, 0); !checked) return std::unexpected(checked.error());
    Product fresh;
    fresh.id = store.next_post_id();
    fresh.parent_id = parent;
    fresh.type = "variation";
    fresh.name = owner->name;
    fresh.slug = owner->slug + "-" + std::to_string(fresh.id);
    fresh.created = fresh.modified = store.clock();
    auto& variation = store.add_product(std::move(fresh));
    apply_product(context_, variation, body, origin, "rest:create");
    store.product_saved(variation);
    if (variation.status == "publish") context_.hooks.event("product.published", variation.id);
    context_.hooks.event("product.created", variation.id);
    return text_of(context_, variation, true);
}

Answer Variations::update(std::int64_t parent, std::int64_t id, const Json& body, Origin origin) {
    if (origin == Origin::kSingle) {
        if (auto checked = validate(variation_rules(), body); !checked) return std::unexpected(checked.error());
    }
    auto& store = context_.store;
    const std::scoped_lock lock(store.mutex);
    auto* variation = under(store, parent, id);
    if (variation == nullptr) return invalid_id(origin == Origin::kSingle ? 404 : 400);
    if (auto checked = check_identifiers(store, body, id); !checked) return std::unexpected(checked.error());
    apply_product(context_, *variation, body, origin, origin == Origin::kSingle ? "rest:put" : "rest:batch");
    if (has_value(body, "inventory_delta") && variation->manage_stock && !has(body, "stock_quantity")) {
        store.set_stock(*variation, variation->stock + to_integer(body.at("inventory_delta")), "rest:delta");
    }
    store.product_saved(*variation);
    context_.hooks.event("product.updated", id);
    return text_of(context_, *variation, true);
}

Answer Variations::remove(std::int64_t parent, std::int64_t id, bool force) {
    auto& store = context_.store;
    const std::scoped_lock lock(store.mutex);
    auto* variation = under(store, parent, id);
    if (variation == nullptr) return invalid_id(404);
    auto text = text_of(context_, *variation, true);
    if (force) {
        // Silent, and the parent's date stays.
        store.remove_product(id);
        return text;
    }
    if (variation->status == "trash") {
        return fail(410, "woocommerce_rest_already_trashed", "The variation has already been deleted.");
    }
    variation->status = "trash";
    store.product_saved(*variation);
    return text;
}

}  // namespace sandbox::shop

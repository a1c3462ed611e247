#include "tests/sandbox/shop/products.h"

#include <thread>

#include "tests/sandbox/shop/list_query.h"
#include "tests/sandbox/shop/product_write.h"
#include "tests/sandbox/shop/render.h"

namespace sandbox::shop {

namespace {

const ListRules& product_list_rules() {
    static const ListRules rules{.orderby = {"date", "id", "include", "title", "slug", "modified", "popularity",
                                             "rating", "post__in", "price", "sales", "menu_order", "random",
                                             "popularity", "rating", "menu_order", "price", "popularity", "rating"},
                                 .statuses = {"any", "future", "trash", "draft", "pending", "private", "publish"}};
    return rules;
}

const std::vector<const char*> kTypes{"simple", "grouped", "external", "variable"};
const std::vector<const char*> kStockStatuses{"instock", "outofstock", "onbackorder"};

Outcome<void> check_enum(const kit::Request& request, const char* name, const std::vector<const char*>& values) {
    const auto* text = request.query_value(name);
    if (text == nullptr || std::ranges::any_of(values, [&](const char* value) { return *text == value; })) return {};
    return std::unexpected(not_in_enum(name, name, values));
}

Outcome<void> check_types(const kit::Request& request) {
    if (auto checked = check_enum(request, "type", kTypes); !checked) return checked;
    if (auto checked = check_enum(request, "stock_status", kStockStatuses); !checked) return checked;
    const auto* listed = request.query_value("include_types");
    if (listed == nullptr) return {};
    const auto parts = kit::split(*listed, ',');
    for (std::size_t i = 0; i < parts.size(); ++i) {
        if (std::ranges::any_of(kTypes, [&](const char* value) { return parts[i] == value; })) continue;
        return std::unexpected(not_in_enum("include_types", "include_types[" + std::to_string(i) + "]", kTypes));
    }
    return {};
}

bool contains(const std::vector<std::int64_t>& ids, std::int64_t id) { return std::ranges::find(ids, id) != ids.end(); }

bool status_fits(const ListQuery& query, const Product& product) {
    if (query.statuses.empty()) return product.status != "trash";
    return product.status == query.statuses.front();
}

bool matches(const kit::Request& request, const ListQuery& query, const Product& product) {
    if (!status_fits(query, product) || !query.in_time(product.created, product.modified)) return false;
    if (!query.include.empty() && !contains(query.include, product.id)) return false;
    if (contains(query.exclude, product.id)) return false;
    if (const auto* type = request.query_value("type"); type != nullptr && product.type != *type) return false;
    if (const auto* wanted = request.query_value("stock_status");
        wanted != nullptr && product.stock_status != *wanted) {
        return false;
    }
    if (const auto* part = request.query_value("search_sku");
        part != nullptr && kit::lower(product.sku).find(kit::lower(*part)) == std::string::npos) {
        return false;
    }
    if (const auto* slug = request.query_value("slug"); slug != nullptr && product.slug != *slug) return false;
    if (!query.search.empty() && kit::lower(product.name).find(query.search) == std::string::npos) return false;
    return true;
}

bool product_less(const ListQuery& query, const Product& a, const Product& b) {
    if (query.orderby == "modified") return std::pair{a.modified, a.id} < std::pair{b.modified, b.id};
    if (query.orderby == "title") return std::tie(a.name, a.id) < std::tie(b.name, b.id);
    if (query.orderby == "slug") return std::tie(a.slug, a.id) < std::tie(b.slug, b.id);
    if (query.orderby == "menu_order") return std::tie(a.menu_order, a.id) < std::tie(b.menu_order, b.id);
    if (query.orderby == "price") return std::pair{decimal_of(a.price), a.id} < std::pair{decimal_of(b.price), b.id};
    if (query.orderby == "id") return a.id < b.id;
    return std::pair{a.created, a.id} < std::pair{b.created, b.id};
}

std::unexpected<ApiError> invalid_id(int status) {
    return fail(status, "woocommerce_rest_product_invalid_id", "Invalid ID.");
}

std::unexpected<ApiError> is_a_variation() {
    return fail(
        404, "woocommerce_rest_invalid_product_id",
        "To manipulate product variations you should use the /products/&lt;product_id&gt;/variations/&lt;id&gt; "
        "endpoint.");
}

std::string edit_text(Context& context, const Product& product) {
    return wire_text(product_json(context.store, context.store.config(), product, true));
}

}  // namespace

std::vector<Product*> Products::candidates(const kit::Request& request, const ListQuery& query) {
    auto& store = context_.store;
    std::vector<Product*> out;
    const auto take = [&](Product* product) {
        if (product != nullptr && matches(request, query, *product) && std::ranges::find(out, product) == out.end()) {
            out.push_back(product);
        }
    };
    if (const auto* skus = request.query_value("sku"); skus != nullptr && !skus->empty()) {
        // The lookup by SKU is the one list that shows variations.
        for (const auto& sku : kit::split(*skus, ',')) take(store.product_by_sku(sku));
        return out;
    }
    if (const auto* gtin = request.query_value("global_unique_id"); gtin != nullptr && !gtin->empty()) {
        take(store.product_by_gtin(*gtin));
        return out;
    }
    if (!query.include.empty()) {
        for (const auto id : query.include) {
            auto* product = store.product(id);
            if (product != nullptr && !product->is_variation()) take(product);
        }
        return out;
    }
    if (query.modified_after) {
        const auto first = store.products_by_time.upper_bound({*query.modified_after, INT64_MAX});
        for (auto at = first; at != store.products_by_time.end(); ++at) {
            auto* product = store.product(at->second);
            if (!product->is_variation() && matches(request, query, *product)) out.push_back(product);
        }
        return out;
    }
    for (auto& [id, product] : store.products) {
        if (!product.is_variation() && matches(request, query, product)) out.push_back(&product);
    }
    return out;
}

kit::Response Products::list(const kit::Request& request) {
    const auto config = context_.store.config();
    const auto query = parse_list(request, config, product_list_rules());
    if (!query) return query.error().response();
    if (const auto checked = check_types(request); !checked) return checked.error().response();
    const std::scoped_lock lock(context_.store.mutex);
    auto rows = candidates(request, *query);
    const auto total = rows.size();
    const auto page = page_of(std::move(rows), *query,
                              [&](const Product& a, const Product& b) { return product_less(*query, a, b); });
    std::vector<const std::string*> texts;
    texts.reserve(page.size());
    for (auto* product : page) texts.push_back(&product_text(context_.store, config, *product));
    return list_response(request, config, *query, total, array_of(texts, query->fields, true));
}

Answer Products::get(std::int64_t id) {
    const std::scoped_lock lock(context_.store.mutex);
    auto* product = context_.store.product(id);
    if (product == nullptr) return invalid_id(404);
    return product_text(context_.store, context_.store.config(), *product);
}

Answer Products::create(const Json& body, Origin origin) {
    if (integer_or(body, "id", 0) != 0) {
        return fail(400, "woocommerce_rest_product_exists", "Cannot create existing product.");
    }
    if (origin == Origin::kSingle) {
        if (auto checked = validate(product_rules(), body); !checked) return std::unexpected(checked.error());
    }
    auto& store = context_.store;
    const std::scoped_lock lock(store.mutex);
    if (store.products.size() >= Store::kMaxProducts) return fail(500, "internal_server_error", "The sandbox is full.");
    if (auto checked = check_identifiers(store, body, 0); !checked) return std::unexpected(checked.error());
    Product fresh;
    fresh.id = store.next_post_id();
    fresh.created = fresh.modified = store.clock();
    fresh.category_ids = Json::array({15});
    auto& product = store.add_product(std::move(fresh));
    apply_product(context_, product, body, origin, "rest:create");
    store.product_saved(product);
    if (product.status == "publish") context_.hooks.event("product.published", product.id);
    context_.hooks.event("product.created", product.id);
    return edit_text(context_, product);
}

void Products::apply_delta(std::int64_t id, const Json& body) {
    auto& store = context_.store;
    std::int64_t seen = 0;
    {
        const std::scoped_lock lock(store.mutex);
        const auto* product = store.product(id);
        if (product == nullptr || !product->manage_stock) return;
        seen = product->stock;
    }
    std::this_thread::yield();
    const std::scoped_lock lock(store.mutex);
    auto* product = store.product(id);
    if (product != nullptr) store.set_stock(*product, seen + to_integer(body.at("inventory_delta")), "rest:delta");
}

Answer Products::update(std::int64_t id, const Json& body, Origin origin) {
    if (origin == Origin::kSingle) {
        if (auto checked = validate(product_rules(), body); !checked) return std::unexpected(checked.error());
    }
    if (has_value(body, "inventory_delta") && !has(body, "stock_quantity")) apply_delta(id, body);
    auto& store = context_.store;
    const std::scoped_lock lock(store.mutex);
    auto* product = store.product(id);
    if (product == nullptr) return invalid_id(400);
    if (product->is_variation()) return is_a_variation();
    if (auto checked = check_identifiers(store, body, id); !checked) return std::unexpected(checked.error());
    const bool was_published = product->status == "publish";
    apply_product(context_, *product, body, origin, origin == Origin::kSingle ? "rest:put" : "rest:batch");
    store.product_saved(*product);
    if (!was_published && product->status == "publish") context_.hooks.event("product.published", id);
    context_.hooks.event("product.updated", id);
    return edit_text(context_, *product);
}

Answer Products::remove(std::int64_t id, bool force, Origin origin) {
    auto& store = context_.store;
    const std::scoped_lock lock(store.mutex);
    auto* product = store.product(id);
    if (product == nullptr) return invalid_id(404);
    if (product->is_variation()) return is_a_variation();
    auto text = edit_text(context_, *product);
    // Only trashing tells anybody (contract woocommerce 0.5).
    if (force || origin == Origin::kBatch) {
        store.remove_product(id);
        return text;
    }
    if (product->status == "trash") {
        return fail(410, "woocommerce_rest_already_trashed", "The product has already been deleted.");
    }
    product->status_before_trash = product->status;
    product->status = "trash";
    store.product_saved(*product);
    context_.hooks.event("product.deleted", id);
    return text;
}

}  // namespace sandbox::shop

#include "tests/sandbox/shop/orders.h"

#include "tests/sandbox/kit/encoding.h"
#include "tests/sandbox/shop/list_query.h"
#include "tests/sandbox/shop/order_stock.h"
#include "tests/sandbox/shop/order_totals.h"
#include "tests/sandbox/shop/order_write.h"
#include "tests/sandbox/shop/render.h"

namespace sandbox::shop {

namespace {

const ListRules& order_list_rules() {
    static const ListRules rules{.orderby = {"date", "id", "include", "title", "slug", "modified"},
                                 .statuses = {"any", "trash", "auto-draft", "pending", "processing", "on-hold",
                                              "completed", "cancelled", "refunded", "failed", "checkout-draft"},
                                 .many_statuses = true};
    return rules;
}

bool has_product(const Order& order, std::int64_t product) {
    return std::ranges::any_of(order.lines, [&](const ProductLine& line) {
        return line.product_id == product || line.variation_id == product;
    });
}

bool contains(const Order& order, const std::string& search) {
    if (std::to_string(order.id) == search) return true;
    for (const auto& [key, value] : order.billing.items()) {
        if (kit::lower(to_text(value)).find(search) != std::string::npos) return true;
    }
    return false;
}

bool matches(const kit::Request& request, const ListQuery& query, const Order& order) {
    const bool listed =
        query.statuses.empty()
            ? order.status != "trash" && order.status != "auto-draft" && order.status != "checkout-draft"
            : std::ranges::find(query.statuses, order.status) != query.statuses.end();
    if (!listed || !query.in_time(order.created, order.modified)) return false;
    if (!query.include.empty() && std::ranges::find(query.include, order.id) == query.include.end()) return false;
    if (std::ranges::find(query.exclude, order.id) != query.exclude.end()) return false;
    if (const auto* text = request.query_value("customer");
        text != nullptr && to_integer(Json(*text)) != order.customer_id) {
        return false;
    }
    if (const auto* text = request.query_value("product");
        text != nullptr && !has_product(order, to_integer(Json(*text)))) {
        return false;
    }
    return query.search.empty() || contains(order, query.search);
}

std::unexpected<ApiError> invalid_id(int status) {
    return fail(status, "woocommerce_rest_shop_order_invalid_id", status == 400 ? "ID is invalid." : "Invalid ID.");
}

std::string known_status(const std::string& status) {
    for (const auto& rule : order_rules()) {
        if (std::string_view(rule.name) != "status") continue;
        if (std::ranges::any_of(rule.values, [&](const char* value) { return status == value; })) return status;
    }
    return "pending";  // what a batch makes of a status it does not know
}

// The status that a request asks for, "" when it asks for none.
std::string wanted_status(const Json& body, const Order& order) {
    std::string status;
    if (has_value(body, "status")) status = known_status(to_text(body.at("status")));
    const auto& from = status.empty() ? order.status : status;
    const bool unpaid = from == "pending" || from == "on-hold" || from == "failed";
    if (has_value(body, "set_paid") && to_bool(body.at("set_paid")) && unpaid) return "processing";
    return status;
}

}  // namespace

Order blank_order(Store& store, const ShopConfig& config) {
    Order order;
    order.id = store.next_post_id();
    order.currency = config.currency;
    order.prices_include_tax = config.prices_include_tax;
    order.tax_percent = config.tax_percent;
    order.created = order.modified = store.clock();
    order.order_key = "wc_order_" + kit::random_token(13);
    order.billing = blank_billing();
    order.shipping = blank_shipping();
    return order;
}

void order_created(Context& context, Order& order, bool by_storefront) {
    context.store.log_order(order, "created:" + order.created_via);
    // At the storefront the update was seen before the creation (capture measured-webhooks-fired-by-event).
    if (by_storefront) context.hooks.event("order.updated", order.id);
    context.hooks.event("order.created", order.id);
    if (!by_storefront && order.stock_reduced) context.hooks.event("order.updated", order.id);
}

kit::Response Orders::list(const kit::Request& request) {
    const auto config = context_.store.config();
    const auto query = parse_list(request, config, order_list_rules());
    if (!query) return query.error().response();
    auto& store = context_.store;
    const std::scoped_lock lock(store.mutex);
    std::vector<Order*> rows;
    if (!query->include.empty()) {
        for (const auto id : query->include) {
            auto* order = store.order(id);
            if (order != nullptr && matches(request, *query, *order)) rows.push_back(order);
        }
    } else if (query->modified_after) {
        const auto from = store.orders_by_time.upper_bound({*query->modified_after, INT64_MAX});
        for (auto at = from; at != store.orders_by_time.end(); ++at) {
            auto* order = store.order(at->second);
            if (matches(request, *query, *order)) rows.push_back(order);
        }
    } else {
        for (auto& [id, order] : store.orders) {
            if (matches(request, *query, order)) rows.push_back(&order);
        }
    }
    const auto total = rows.size();
    const auto page = page_of(std::move(rows), *query, [&](const Order& a, const Order& b) {
        if (query->orderby == "modified") return std::pair{a.modified, a.id} < std::pair{b.modified, b.id};
        if (query->orderby == "id") return a.id < b.id;
        return std::pair{a.created, a.id} < std::pair{b.created, b.id};
    });
    const auto* places = request.query_value("dp");
    std::vector<std::string> texts;
    std::vector<const std::string*> pointers;
    texts.reserve(page.size());
    for (auto* order : page) {
        if (places != nullptr) {
            texts.push_back(wire_text(order_json(store, config, *order, static_cast<int>(to_integer(Json(*places))))));
        }
        pointers.push_back(places != nullptr ? &texts.back() : &order_text(store, config, *order));
    }
    return list_response(request, config, *query, total, array_of(pointers, query->fields));
}

Answer Orders::get(std::int64_t id, int places) {
    const std::scoped_lock lock(context_.store.mutex);
    auto* order = context_.store.order(id);
    if (order == nullptr) return invalid_id(404);
    const auto config = context_.store.config();
    if (places == 2) return order_text(context_.store, config, *order);
    return wire_text(order_json(context_.store, config, *order, places));
}

Answer Orders::create(const Json& body, Origin origin) {
    if (origin == Origin::kSingle) {
        if (auto checked = validate_order(body); !checked) return std::unexpected(checked.error());
    }
    auto& store = context_.store;
    const auto config = store.config();
    const std::scoped_lock lock(store.mutex);
    if (integer_or(body, "id", 0) != 0) {
        return fail(400, "woocommerce_rest_shop_order_exists", "Cannot create existing shop_order.");
    }
    if (store.orders.size() >= Store::kMaxOrders) return fail(500, "internal_server_error", "The sandbox is full.");
    Order fresh = blank_order(store, config);
    if (auto applied = apply_order(context_, config, fresh, body); !applied) return std::unexpected(applied.error());
    auto& order = store.add_order(std::move(fresh));
    const auto status = wanted_status(body, order);
    if (!status.empty()) change_status(context_, order, status);
    store.order_saved(order);
    order_created(context_, order, false);
    return order_text(store, config, order);
}

Answer Orders::update(std::int64_t id, const Json& body, Origin origin) {
    if (origin == Origin::kSingle) {
        if (auto checked = validate_order(body); !checked) return std::unexpected(checked.error());
    }
    auto& store = context_.store;
    const auto config = store.config();
    const std::scoped_lock lock(store.mutex);
    auto* order = store.order(id);
    if (order == nullptr) return invalid_id(400);
    Order changed = *order;
    if (auto applied = apply_order(context_, config, changed, body); !applied) return std::unexpected(applied.error());
    *order = std::move(changed);
    const auto status = wanted_status(body, *order);
    if (!status.empty()) change_status(context_, *order, status);
    store.order_saved(*order);
    context_.hooks.event("order.updated", id);
    return order_text(store, config, *order);
}

Answer Orders::remove(std::int64_t id, bool force) {
    auto& store = context_.store;
    const std::scoped_lock lock(store.mutex);
    auto* order = store.order(id);
    if (order == nullptr) return invalid_id(404);
    std::string text = order_text(store, store.config(), *order);
    if (force) {
        store.log_order(*order, "removed");
        store.remove_order(id);
        return text;
    }
    if (order->status == "trash") {
        return fail(410, "woocommerce_rest_already_trashed", "The shop_order has already been deleted.");
    }
    order->status = "trash";
    store.order_saved(*order);
    store.log_order(*order, "trashed");
    context_.hooks.event("order.deleted", id);
    return text;
}

}  // namespace sandbox::shop

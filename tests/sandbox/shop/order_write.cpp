#include "tests/sandbox/shop/order_write.h"

#include "tests/sandbox/kit/encoding.h"
#include "tests/sandbox/shop/order_stock.h"
#include "tests/sandbox/shop/order_totals.h"
#include "tests/sandbox/shop/product_write.h"
#include "tests/sandbox/shop/render.h"

namespace sandbox::shop {

namespace {

constexpr std::size_t kMaxLines = 20'000;

Json blank(std::initializer_list<const char*> keys) {
    Json out = Json::object();
    for (const char* key : keys) out[key] = "";
    return out;
}

// What a real shop answers when PHP dies (capture order-create-line-qty-0-500).
std::unexpected<ApiError> php_crash() {
    return fail(
        500, "internal_server_error",
        "<p>There has been a critical error on this website.</p><p><a "
        "href=\"https://wordpress.org/documentation/article/faq-troubleshooting/\">Learn more about troubleshooting "
        "WordPress.</a></p>");
}

Product* named_product(Store& store, const Json& item) {
    if (const auto id = integer_or(item, "variation_id", 0); id != 0) return store.product(id);
    if (const auto id = integer_or(item, "product_id", 0); id != 0) return store.product(id);
    return store.product_by_sku(text_or(item, "sku", ""));
}

void apply_line_amounts(const Json& item, OrderItem& line) {
    if (has_value(item, "subtotal")) line.subtotal = decimal_of(to_text(item.at("subtotal")));
    if (has_value(item, "total")) {
        line.total = decimal_of(to_text(item.at("total")));
        if (!has_value(item, "subtotal") && line.subtotal < line.total) line.subtotal = line.total;
    }
    if (has_value(item, "name")) line.name = to_text(item.at("name"));
}

Outcome<void> change_line(Context& context, Order& order, const Json& item) {
    const auto id = to_integer(item.at("id"));
    const auto found = std::ranges::find(order.lines, id, &ProductLine::id);
    if (found == order.lines.end()) {
        return fail(400, "woocommerce_rest_invalid_item_id", "Order item ID provided is not associated with order.");
    }
    const auto quantity = integer_or(item, "quantity", found->quantity);
    const bool removed = quantity == 0 || (has(item, "product_id") && item.at("product_id").is_null());
    adjust_line_stock(context, order, *found, removed ? 0 : quantity);
    if (removed) {
        order.lines.erase(found);
        return {};
    }
    found->quantity = quantity;  // the amounts stay as they are (contract woocommerce 9)
    apply_line_amounts(item, *found);
    apply_meta(context.store, found->meta, item);
    return {};
}

Outcome<void> add_line(Context& context, Order& order, const Json& item) {
    const bool named = integer_or(item, "product_id", 0) != 0 || integer_or(item, "variation_id", 0) != 0 ||
                       !text_or(item, "sku", "").empty();
    if (!named) return fail(400, "woocommerce_rest_required_product_reference", "Product ID or SKU is required.");
    const auto quantity = integer_or(item, "quantity", 1);
    if (quantity == 0) return php_crash();
    if (order.lines.size() >= kMaxLines) return php_crash();
    ProductLine line;
    line.id = context.store.next_item_id();
    price_line(context.store, order, named_product(context.store, item), quantity, line);
    apply_line_amounts(item, line);
    apply_meta(context.store, line.meta, item);
    order.lines.push_back(std::move(line));
    if (order.stock_reduced) adjust_line_stock(context, order, order.lines.back(), quantity);
    return {};
}

template <typename Line, typename Fill>
void apply_lines(Context& context, std::vector<Line>& lines, const Json& body, const char* key, const char* removal,
                 Fill fill) {
    if (!has_value(body, key) || !body.at(key).is_array()) return;
    for (const auto& item : body.at(key)) {
        const auto id = integer_or(item, "id", 0);
        auto found = std::ranges::find(lines, id, &Line::id);
        if (found != lines.end() && has(item, removal) && item.at(removal).is_null()) {
            lines.erase(found);
            continue;
        }
        if (found == lines.end()) {
            lines.emplace_back();
            found = std::prev(lines.end());
            found->id = context.store.next_item_id();
        }
        fill(*found, item);
        apply_meta(context.store, found->meta, item);
    }
}

void apply_other_lines(Context& context, Order& order, const Json& body) {
    apply_lines(context, order.shipping_lines, body, "shipping_lines", "method_id",
                [](ShippingLine& line, const Json& item) {
                    line.method_id = text_or(item, "method_id", line.method_id);
                    line.name = text_or(item, "method_title", line.name);
                    line.instance_id = text_or(item, "instance_id", line.instance_id);
                    line.total = decimal_of(text_or(item, "total", line.total.text()));
                });
    apply_lines(context, order.fees, body, "fee_lines", "name", [](FeeLine& line, const Json& item) {
        line.name = text_or(item, "name", line.name);
        line.tax_class = text_or(item, "tax_class", line.tax_class);
        if (has_value(item, "tax_status")) line.taxable = to_text(item.at("tax_status")) == "taxable";
        line.total = decimal_of(text_or(item, "total", line.total.text()));
    });
}

Outcome<void> apply_coupons(Context& context, const ShopConfig& config, Order& order, const Json& body) {
    if (!has_value(body, "coupon_lines") || !body.at("coupon_lines").is_array()) return {};
    for (const auto& item : body.at("coupon_lines")) {
        const auto code = kit::lower(text_or(item, "code", ""));
        if (std::ranges::find(order.coupons, code, &CouponLine::code) != order.coupons.end()) continue;
        const auto coupon = context.store.coupons.find(code);
        if (coupon == context.store.coupons.end()) {
            return fail(400, "woocommerce_rest_invalid_coupon", "Coupon \"" + code + "\" does not exist!");
        }
        apply_coupon(config, order, coupon->second, context.store.next_item_id());
    }
    return {};
}

void apply_plain_fields(Context& context, Order& order, const Json& body) {
    const std::pair<const char*, std::string*> fields[] = {{"currency", &order.currency},
                                                           {"payment_method", &order.payment_method},
                                                           {"payment_method_title", &order.payment_method_title},
                                                           {"transaction_id", &order.transaction_id},
                                                           {"customer_note", &order.customer_note},
                                                           {"created_via", &order.created_via}};
    for (const auto& [key, field] : fields) {
        if (has_value(body, key)) *field = to_text(body.at(key));
    }
    if (has_value(body, "billing")) merge_address(order.billing, body.at("billing"));
    if (has_value(body, "shipping")) merge_address(order.shipping, body.at("shipping"));
    apply_meta(context.store, order.meta, body);
}

}  // namespace

Json blank_billing() {
    return blank({"first_name", "last_name", "company", "address_1", "address_2", "city", "state", "postcode",
                  "country", "email", "phone"});
}

Json blank_shipping() {
    return blank({"first_name", "last_name", "company", "address_1", "address_2", "city", "state", "postcode",
                  "country", "phone"});
}

void merge_address(Json& address, const Json& sent) {
    if (!sent.is_object()) return;
    for (auto& [key, value] : address.items()) {
        if (has_value(sent, key.c_str())) value = to_text(sent.at(key));
    }
}

bool price_line(Store& store, const Order& order, Product* product, std::int64_t quantity, ProductLine& line) {
    line.quantity = quantity;
    if (product == nullptr) return false;  // accepted all the same: product 0, no name, 0.00
    line.known = true;
    line.sku = product->sku;
    line.gtin = product->gtin;
    line.name = product->name;
    line.product_id = product->id;
    if (product->is_variation()) {
        const auto* parent = store.product(product->parent_id);
        line.product_id = product->parent_id;
        line.variation_id = product->id;
        line.parent_name = parent == nullptr ? "" : parent->name;
        std::string options;
        for (const auto& attribute : product->attributes) {
            const auto option = text_or(attribute, "option", "");
            options += (options.empty() ? " - " : ", ") + option;
            line.meta.push_back({store.next_meta_id(), text_or(attribute, "slug", ""),
                                 integer_or(attribute, "id", 0) != 0 ? kit::lower(option) : option});
        }
        line.name = line.parent_name + options;
    }
    const auto price = on_sale(store, *product) ? product->sale_price : product->regular_price;
    line.subtotal = line.total =
        net_of_price(order, decimal_of(product->type == "variable" ? product->price : price), quantity);
    return true;
}

Outcome<void> apply_order(Context& context, const ShopConfig& config, Order& order, const Json& body) {
    if (has_value(body, "customer_id")) {
        const auto id = to_integer(body.at("customer_id"));
        if (id != 0 && context.store.customer(id) == nullptr) {
            return fail(400, "woocommerce_rest_invalid_customer_id", "Customer ID is invalid.");
        }
        order.customer_id = id;
    }
    apply_plain_fields(context, order, body);
    if (has_value(body, "line_items") && body.at("line_items").is_array()) {
        for (const auto& item : body.at("line_items")) {
            const bool known = integer_or(item, "id", 0) != 0;
            auto applied = known ? change_line(context, order, item) : add_line(context, order, item);
            if (!applied) return applied;
        }
    }
    apply_other_lines(context, order, body);
    if (auto applied = apply_coupons(context, config, order, body); !applied) return applied;
    if (order.tax_line_id == 0) order.tax_line_id = context.store.next_item_id();
    compute_totals(config, order);
    return {};
}

}  // namespace sandbox::shop

#include "tests/sandbox/kit/encoding.h"
#include "tests/sandbox/shop/order_stock.h"
#include "tests/sandbox/shop/order_totals.h"
#include "tests/sandbox/shop/order_write.h"
#include "tests/sandbox/shop/orders.h"
#include "tests/sandbox/shop/render.h"
#include "tests/sandbox/shop/storefront.h"

namespace sandbox::shop {

namespace {

struct Wanted {
    Product* product = nullptr;
    std::int64_t quantity = 0;
};

// Every line must be sellable, and lines that draw on one stock must fit into it together.
Outcome<std::vector<Wanted>> read_cart(Store& store, const Json& body) {
    std::vector<Wanted> cart;
    std::map<Product*, std::int64_t> taken;
    if (!has_value(body, "lines") || !body.at("lines").is_array() || body.at("lines").empty()) {
        return fail(400, "sandbox_empty_cart", "lines must be a list of {sku, quantity}.");
    }
    for (const auto& item : body.at("lines")) {
        const auto sku = text_or(item, "sku", "");
        auto* product = sku.empty() ? store.product(integer_or(item, "product_id", 0)) : store.product_by_sku(sku);
        const auto quantity = integer_or(item, "quantity", 1);
        if (product == nullptr || product->status != "publish" || product->price.empty() || quantity < 1) {
            return fail(409, "sandbox_not_purchasable", "Cannot be bought: " + sku, {{"sku", sku}});
        }
        ProductLine probe;
        probe.known = true;
        probe.product_id = product->is_variation() ? product->parent_id : product->id;
        probe.variation_id = product->is_variation() ? product->id : 0;
        auto* owner = stock_owner(store, probe);
        if (owner == nullptr && product->stock_status == "outofstock") {
            return fail(409, "sandbox_out_of_stock", "Out of stock: " + sku, {{"sku", sku}});
        }
        if (owner != nullptr && owner->manage_stock && owner->backorders == "no") {
            taken[owner] += quantity;
            if (taken[owner] > owner->stock) {
                return fail(409, "sandbox_out_of_stock", "Not enough in stock: " + sku,
                            {{"sku", sku}, {"stock", owner->stock}});
            }
        }
        cart.push_back({product, quantity});
    }
    return cart;
}

void add_shipping(Store& store, Order& order, const Json& body) {
    if (!has_value(body, "shipping_line")) return;
    const auto& sent = body.at("shipping_line");
    ShippingLine line;
    line.id = store.next_item_id();
    line.method_id = text_or(sent, "method_id", "flat_rate");
    line.name = text_or(sent, "method_title", "Flat rate");
    line.instance_id = text_or(sent, "instance_id", "1");
    line.total = decimal_of(text_or(sent, "total", "0"));
    order.shipping_lines.push_back(std::move(line));
}

void add_buyer(Store& store, Order& order, const Json& body) {
    if (has_value(body, "billing")) merge_address(order.billing, body.at("billing"));
    merge_address(order.shipping, has_value(body, "shipping") ? body.at("shipping") : order.billing);
    order.payment_method = text_or(body, "payment_method", "cod");
    order.payment_method_title = text_or(body, "payment_method_title",
                                         order.payment_method == "cod" ? "Cash on delivery" : order.payment_method);
    order.transaction_id = text_or(body, "transaction_id", "");
    order.customer_note = text_or(body, "customer_note", "");
    order.created_via = text_or(body, "created_via", "store-api");
    order.customer_ip = "127.0.0.1";
    order.cart_hash = kit::md5_hex(order.order_key);
    order.customer_id = integer_or(body, "customer_id", 0);
    for (const auto& [key, value] : std::initializer_list<std::pair<const char*, const char*>>{
             {"_coupons_hash", "d751713988987e9331980363e24189ce"}, {"is_vat_exempt", "no"}}) {
        order.meta.push_back({store.next_meta_id(), key, value});
    }
}

}  // namespace

Answer checkout(Context& context, const Json& body) {
    auto& store = context.store;
    const auto config = store.config();
    const std::scoped_lock lock(store.mutex);
    if (store.orders.size() >= Store::kMaxOrders) return fail(500, "sandbox_full", "The sandbox is full.");
    const auto cart = read_cart(store, body);
    if (!cart) return std::unexpected(cart.error());
    const auto code = kit::lower(text_or(body, "coupon", ""));
    const auto coupon = store.coupons.find(code);
    if (!code.empty() && coupon == store.coupons.end()) {
        return fail(409, "sandbox_unknown_coupon", "Coupon \"" + code + "\" does not exist!");
    }
    Order fresh = blank_order(store, config);
    add_buyer(store, fresh, body);
    for (const auto& wanted : *cart) {
        ProductLine line;
        line.id = store.next_item_id();
        price_line(store, fresh, wanted.product, wanted.quantity, line);
        fresh.lines.push_back(std::move(line));
    }
    fresh.tax_line_id = store.next_item_id();
    add_shipping(store, fresh, body);
    if (!code.empty()) apply_coupon(config, fresh, coupon->second, store.next_item_id());
    compute_totals(config, fresh);
    auto& order = store.add_order(std::move(fresh));
    change_status(context, order, text_or(body, "status", "processing"));
    store.order_saved(order);
    order_created(context, order, true);
    return order_text(store, config, order);
}

}  // namespace sandbox::shop

#include "tests/sandbox/shop/order_stock.h"

namespace sandbox::shop {

namespace {

bool takes_stock(const std::string& status) {
    return status == "processing" || status == "completed" || status == "on-hold";
}

bool gives_back(const std::string& status) { return status == "cancelled" || status == "pending"; }

Product* sold_product(Store& store, const ProductLine& line) {
    return line.known ? store.product(line.product_id) : nullptr;
}

void count_sale(Store& store, const ProductLine& line, std::int64_t pieces) {
    auto* product = sold_product(store, line);
    if (product == nullptr) return;
    product->total_sales += pieces;
    product->shown.clear();
}

void move_stock(Context& context, Product& owner, std::int64_t difference, const std::string& cause,
                std::int64_t order_id) {
    context.store.set_stock(owner, owner.stock + difference, cause, order_id);
    context.store.product_saved(owner);
    context.hooks.event("product.updated", owner.id);
    context.hooks.event(
        owner.is_variation() ? "action.woocommerce_variation_set_stock" : "action.woocommerce_product_set_stock",
        owner.id);
}

void reduce(Context& context, Order& order) {
    for (auto& line : order.lines) {
        count_sale(context.store, line, line.quantity);
        auto* owner = stock_owner(context.store, line);
        if (owner == nullptr) continue;
        move_stock(context, *owner, -line.quantity, "order:" + order.status, order.id);
        line.reduced = line.quantity;
    }
    order.stock_reduced = true;
}

void restore(Context& context, Order& order) {
    for (auto& line : order.lines) {
        count_sale(context.store, line, -line.quantity);
        auto* owner = stock_owner(context.store, line);
        const auto pieces = line.reduced - line.restocked;
        line.reduced = 0;
        line.restocked = 0;
        if (owner != nullptr && pieces != 0) move_stock(context, *owner, pieces, "order:" + order.status, order.id);
    }
    order.stock_reduced = false;
}

void set_dates(Store& store, Order& order) {
    const bool cash_on_delivery = order.payment_method == "cod" && order.status == "processing";
    if ((order.status == "processing" || order.status == "completed") && !order.paid && !cash_on_delivery) {
        order.paid = store.clock();
    }
    if (order.status == "completed" && !order.completed) order.completed = store.clock();
}

void thank_customer(Context& context, const Order& order) {
    auto* customer = order.status == "completed" ? context.store.customer(order.customer_id) : nullptr;
    if (customer == nullptr) return;
    customer->paying = true;
    customer->modified = context.store.clock();
    context.hooks.event("customer.updated", customer->id);
}

}  // namespace

Product* stock_owner(Store& store, const ProductLine& line) {
    auto* product = line.known ? store.product(line.variation_id != 0 ? line.variation_id : line.product_id) : nullptr;
    if (product == nullptr || product->manage_stock) return product;
    auto* parent = store.product(product->parent_id);
    return parent != nullptr && parent->manage_stock ? parent : nullptr;
}

void add_note(Store& store, Order& order, const std::string& text, bool for_customer, const std::string& author) {
    order.notes.push_back({.id = store.next_note_id(),
                           .created = store.clock(),
                           .author = author,
                           .text = text,
                           .for_customer = for_customer});
}

bool change_status(Context& context, Order& order, const std::string& status) {
    if (order.status == status) return false;
    const auto before = order.status;
    order.status = status;
    bool moved = false;
    if (takes_stock(status) && !order.stock_reduced) {
        reduce(context, order);
        moved = true;
    } else if (gives_back(status) && order.stock_reduced) {
        restore(context, order);
        moved = true;
    }
    set_dates(context.store, order);
    thank_customer(context, order);
    add_note(context.store, order, "Order status changed from " + before + " to " + status + ".");
    context.store.log_order(order, "status:" + before);
    context.hooks.event("action.woocommerce_order_status_changed", order.id);
    return moved;
}

void adjust_line_stock(Context& context, Order& order, ProductLine& line, std::int64_t quantity) {
    if (!order.stock_reduced) return;
    count_sale(context.store, line, quantity - line.quantity);
    auto* owner = stock_owner(context.store, line);
    const auto difference = line.reduced - quantity;
    if (owner == nullptr || difference == 0) return;
    move_stock(context, *owner, difference, "order:line", order.id);
    line.reduced = quantity;
}

void restock_line(Context& context, Order& order, ProductLine& line, std::int64_t pieces, const std::string& cause) {
    auto* owner = stock_owner(context.store, line);
    const auto given = std::min(pieces, line.reduced - line.restocked);
    if (owner == nullptr || given <= 0) return;
    move_stock(context, *owner, given, cause, order.id);
    line.restocked += given;
}

}  // namespace sandbox::shop

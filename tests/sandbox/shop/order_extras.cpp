// Notes and refunds of orders.
#include "tests/sandbox/shop/order_stock.h"
#include "tests/sandbox/shop/order_totals.h"
#include "tests/sandbox/shop/orders.h"
#include "tests/sandbox/shop/render.h"
#include "tests/sandbox/shop/validate.h"

namespace sandbox::shop {

namespace {

std::unexpected<ApiError> no_order() {
    return fail(404, "woocommerce_rest_shop_order_invalid_id", "Invalid order ID.");
}

std::unexpected<ApiError> no_note() { return fail(404, "woocommerce_rest_invalid_id", "Invalid resource ID."); }

std::unexpected<ApiError> no_refund() {
    return fail(404, "woocommerce_rest_invalid_order_refund_id", "Invalid order refund ID.");
}

// "data" is the bare number here, as on the real shop (contract woocommerce 3).
std::unexpected<ApiError> cannot_refund(const std::string& message) {
    return std::unexpected(ApiError{500, "woocommerce_rest_cannot_create_order_refund", message, 500});
}

kit::Decimal refunded(const Order& order) {
    kit::Decimal sum;
    for (const auto& refund : order.refunds) sum += refund.amount;
    return sum;
}

kit::Decimal amount_of(const Json& item, const char* key) { return decimal_of(text_or(item, key, "0")); }

// The lines of a refund; the amounts as sent, else nothing.
void read_lines(Store& store, const Order& order, const Json& body, Refund& refund, kit::Decimal& sum) {
    if (!has_value(body, "line_items") || !body.at("line_items").is_array()) return;
    for (const auto& item : body.at("line_items")) {
        const auto original = std::ranges::find(order.lines, integer_or(item, "id", 0), &ProductLine::id);
        if (original == order.lines.end()) continue;
        ProductLine line = *original;
        line.id = store.next_item_id();
        line.quantity = integer_or(item, "quantity", 0);
        line.reduced = line.restocked = 0;
        line.subtotal = line.total = amount_of(item, "refund_total");
        line.meta = {{store.next_meta_id(), "_refunded_item_id", std::to_string(original->id)}};
        sum += line.total;
        if (has_value(item, "refund_tax") && item.at("refund_tax").is_array()) {
            for (const auto& tax : item.at("refund_tax")) sum += amount_of(tax, "refund_total");
        }
        refund.lines.push_back(std::move(line));
        refund.refunded_items.push_back(original->id);
    }
}

}  // namespace

Answer Orders::notes(std::int64_t id) {
    const std::scoped_lock lock(context_.store.mutex);
    const auto* order = context_.store.order(id);
    if (order == nullptr) return no_order();
    const auto config = context_.store.config();
    Json out = Json::array();
    for (auto note = order->notes.rbegin(); note != order->notes.rend(); ++note) {
        out.push_back(note_json(config, *order, *note));
    }
    return wire_text(out);
}

Answer Orders::add_note(std::int64_t id, const Json& body) {
    if (!has_value(body, "note")) return std::unexpected(missing_params({"note"}));
    const std::scoped_lock lock(context_.store.mutex);
    auto* order = context_.store.order(id);
    if (order == nullptr) return no_order();
    // Neither the order's date nor a webhook tells of a note.
    shop::add_note(context_.store, *order, to_text(body.at("note")),
                   has_value(body, "customer_note") && to_bool(body.at("customer_note")));
    return wire_text(note_json(context_.store.config(), *order, order->notes.back()));
}

Answer Orders::note(std::int64_t id, std::int64_t note_id) {
    const std::scoped_lock lock(context_.store.mutex);
    const auto* order = context_.store.order(id);
    if (order == nullptr) return no_order();
    const auto found = std::ranges::find(order->notes, note_id, &OrderNote::id);
    if (found == order->notes.end()) return no_note();
    return wire_text(note_json(context_.store.config(), *order, *found));
}

Answer Orders::remove_note(std::int64_t id, std::int64_t note_id) {
    const std::scoped_lock lock(context_.store.mutex);
    auto* order = context_.store.order(id);
    if (order == nullptr) return no_order();
    const auto found = std::ranges::find(order->notes, note_id, &OrderNote::id);
    if (found == order->notes.end()) return no_note();
    auto text = wire_text(note_json(context_.store.config(), *order, *found));
    order->notes.erase(found);
    return text;
}

Answer Orders::refunds(std::int64_t id) {
    const std::scoped_lock lock(context_.store.mutex);
    const auto* order = context_.store.order(id);
    if (order == nullptr) return no_order();
    const auto config = context_.store.config();
    Json out = Json::array();
    for (auto refund = order->refunds.rbegin(); refund != order->refunds.rend(); ++refund) {
        out.push_back(refund_json(config, *order, *refund));
    }
    return wire_text(out);
}

Answer Orders::all_refunds() {
    const std::scoped_lock lock(context_.store.mutex);
    const auto config = context_.store.config();
    Json out = Json::array();
    for (auto at = context_.store.orders.rbegin(); at != context_.store.orders.rend() && out.size() < 100; ++at) {
        for (const auto& refund : at->second.refunds) {
            auto item = refund_json(config, at->second, refund);
            item["parent_id"] = at->first;
            out.push_back(std::move(item));
        }
    }
    return wire_text(out);
}

Answer Orders::refund(std::int64_t id, std::int64_t refund_id) {
    const std::scoped_lock lock(context_.store.mutex);
    const auto* order = context_.store.order(id);
    if (order == nullptr) return no_order();
    const auto found = std::ranges::find(order->refunds, refund_id, &Refund::id);
    if (found == order->refunds.end()) return no_refund();
    return wire_text(refund_json(context_.store.config(), *order, *found));
}

Answer Orders::add_refund(std::int64_t id, const Json& body) {
    auto& store = context_.store;
    const std::scoped_lock lock(store.mutex);
    auto* order = store.order(id);
    if (order == nullptr) return no_order();
    if (!has_value(body, "api_refund") || to_bool(body.at("api_refund"))) {
        return cannot_refund("The payment gateway for this order does not support automatic refunds.");
    }
    Refund refund{.id = 0,
                  .created = store.clock(),
                  .amount = {},
                  .reason = text_or(body, "reason", ""),
                  .lines = {},
                  .refunded_items = {},
                  .tax_line_id = 0};
    kit::Decimal sum;
    read_lines(store, *order, body, refund, sum);
    refund.amount = has_value(body, "amount") ? decimal_of(to_text(body.at("amount"))) : sum;
    const auto left = order->totals.total - refunded(*order);
    if (refund.amount.is_zero() || refund.amount.is_negative() || refund.amount > left) {
        return cannot_refund("Invalid refund amount.");
    }
    refund.id = store.next_post_id();
    refund.tax_line_id = store.next_item_id();
    if (!has_value(body, "api_restock") || to_bool(body.at("api_restock"))) {
        for (std::size_t i = 0; i < refund.lines.size(); ++i) {
            const auto line = std::ranges::find(order->lines, refund.refunded_items[i], &ProductLine::id);
            restock_line(context_, *order, *line, refund.lines[i].quantity, "refund:" + std::to_string(refund.id));
        }
    }
    const bool whole = refund.amount == left;
    order->refunds.push_back(std::move(refund));
    // A refund of everything closes the order.
    if (whole) change_status(context_, *order, "refunded");
    store.order_saved(*order);
    context_.hooks.event("order.updated", id);
    return wire_text(refund_json(store.config(), *order, order->refunds.back()));
}

Answer Orders::remove_refund(std::int64_t id, std::int64_t refund_id) {
    auto& store = context_.store;
    const std::scoped_lock lock(store.mutex);
    auto* order = store.order(id);
    if (order == nullptr) return no_order();
    const auto found = std::ranges::find(order->refunds, refund_id, &Refund::id);
    if (found == order->refunds.end()) return no_refund();
    auto text = wire_text(refund_json(store.config(), *order, *found));
    order->refunds.erase(found);
    store.order_saved(*order);
    context_.hooks.event("order.updated", id);
    return text;
}

}  // namespace sandbox::shop

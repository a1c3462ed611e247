#include "services/keycrm/order_state.h"

#include <algorithm>
#include <charconv>

#include "common/events/codec.h"
#include "services/keycrm/translator.h"

namespace shopwire::keycrm {
namespace {

constexpr int kMoneyDecimals = 2;

std::string text_of(const json::Reader& reader, std::string_view name) { return std::string(reader.raw(name).text()); }

// The line of KeyCRM that a draft's line became.  A one-time product has no SKU, so its name tells.
const OrderState::Line* match(const DraftLine& wanted, const OrderState& state, std::vector<bool>& taken) {
    for (std::size_t i = 0; i < state.lines.size(); ++i) {
        const OrderState::Line& line = state.lines[i];
        const bool same = wanted.sku.empty() ? line.sku.empty() && line.name == wanted.name
                                             : events::fold_sku(line.sku) == events::fold_sku(wanted.sku);
        if (taken[i] || !same) continue;
        taken[i] = true;
        return &line;
    }
    return nullptr;
}

void write_line(json::Writer& out, const OrderState::Line& line, const DraftLine& wanted) {
    out.begin_object();
    if (!line.id.empty())
        out.key("id").number_text(line.id);
    else
        out.key("sku").string(line.sku);
    out.key("price").number(wanted.price, kMoneyDecimals).key("quantity").number(wanted.quantity);
    out.key("discount_amount").number(wanted.discount, kMoneyDecimals).end_object();
}

void write_lines(json::Writer& out, const OrderState& state, const Draft& draft, OrderChange& change) {
    std::vector<bool> taken(state.lines.size(), false);
    std::vector<std::pair<const OrderState::Line*, const DraftLine*>> changed;
    std::size_t added = 0;
    for (const DraftLine& wanted : draft.lines) {
        const OrderState::Line* line = match(wanted, state, taken);
        if (line == nullptr || (line->id.empty() && line->sku.empty())) {
            ++added;
            continue;
        }
        const bool same =
            line->price == wanted.price && line->quantity == wanted.quantity && line->discount == wanted.discount;
        if (!same) changed.emplace_back(line, &wanted);
    }
    const auto removed = std::ranges::count(taken, false);
    if (added > 0) change.remarks.push_back(std::to_string(added) + " lines are new: KeyCRM's API cannot add them");
    if (removed > 0)
        change.remarks.push_back(std::to_string(removed) + " lines are gone: KeyCRM's API cannot remove them");
    if (!changed.empty()) {
        out.key("products").begin_array();
        for (const auto& [line, wanted] : changed) write_line(out, *line, *wanted);
        out.end_array();
    }
    // With lines that cannot follow, the order's discount would only hide the difference.
    if (added == 0 && removed == 0 && state.discount != draft.discount)
        out.key("discount_amount").number(draft.discount, kMoneyDecimals);
}

// Only what differs, and never the tracking code: setting it twice is an error.
void write_shipping(json::Writer& out, const OrderState& state, const events::v1::Order& order,
                    const Settings& settings) {
    std::vector<std::pair<std::string, std::string>> changed;
    for (auto& [name, text] : shipping_texts(order, settings))
        if (state.shipping.member(name).text() != text) changed.emplace_back(name, text);
    if (changed.empty()) return;
    out.key("shipping").begin_object();
    for (const auto& [name, text] : changed) out.key(name).string(text);
    out.end_object();
}

}  // namespace

Result<OrderState> order_state(json::Value value) {
    json::Reader reader(value);
    OrderState state{.id = reader.id("id"), .status_id = reader.id("status_id")};
    state.status_group = reader.integer_or_none("status_group_id").value_or(0);
    state.total = amount(reader, "grand_total");
    state.buyer_comment = text_of(reader, "buyer_comment");
    state.manager_comment = text_of(reader, "manager_comment");
    Decimal lines_discount;
    for (json::Reader& row : reader.array_or_empty("products")) {
        state.lines.push_back({.id = text_of(row, "id"),
                               .sku = text_of(row, "sku"),
                               .name = text_of(row, "name"),
                               .price = amount(row, "price"),
                               .discount = amount_or_zero(row, "discount_amount"),
                               .quantity = amount(row, "quantity")});
        lines_discount += amount_or_zero(row, "total_discount");
    }
    // total_discount of an order holds the lines' and its own.
    state.discount = (amount_or_zero(reader, "total_discount") - lines_discount).rounded(kMoneyDecimals);
    if (!reader.raw("discount_amount").is_null()) state.discount = amount(reader, "discount_amount");
    for (json::Reader& row : reader.array_or_empty("payments"))
        state.payments.push_back(
            {.id = row.id("id"), .status = row.string_or("status"), .amount = amount(row, "amount")});
    state.shipping = reader.raw("shipping");
    if (Status ok = reader.status(); !ok) return within("reading an order", std::move(ok).error());
    return state;
}

OrderChange plan_change(const OrderState& state, const Draft& draft, const events::v1::Order& order,
                        std::int64_t status_id, const Settings& settings) {
    OrderChange change;
    json::Writer out;
    out.begin_object();
    if (status_id != 0 && std::to_string(status_id) != state.status_id) out.key("status_id").number(status_id);
    const std::string& note = order.personal().clear().note();
    if (settings.updates("comment") && !note.empty() && note != state.buyer_comment)
        out.key("buyer_comment").string(note);
    if (settings.updates("lines")) write_lines(out, state, draft, change);
    if (settings.updates("shipping")) write_shipping(out, state, order, settings);
    std::string body = out.end_object().take();
    if (body != "{}") change.body = std::move(body);
    return change;
}

PaymentChange plan_payment(const OrderState& state, const events::v1::Order& order) {
    PaymentChange change;
    if (order.paid_at_ms() == 0) return change;  // never taken back here: a refund or a person does that
    const Decimal total = events::from_proto(order.total());
    Decimal paid;
    for (const OrderState::Payment& payment : state.payments)
        if (payment.status == "paid") paid += payment.amount;
    if (paid == total || total <= Decimal{}) return change;
    if (!paid.is_zero()) {
        change.remark =
            "payments are left as they are: paid " + paid.text(kMoneyDecimals) + " of " + total.text(kMoneyDecimals);
        return change;
    }
    for (const OrderState::Payment& payment : state.payments)
        if (payment.status == "not_paid" && payment.amount == total) change.settle_id = payment.id;
    if (!change.settle_id.empty()) return change;
    // By a refund of ours or by a person: a new one would undo that.
    if (std::ranges::count(state.payments, "canceled", &OrderState::Payment::status) > 0)
        change.remark = "a payment was cancelled in KeyCRM: none is added";
    else
        change.add = total;
    return change;
}

}  // namespace shopwire::keycrm

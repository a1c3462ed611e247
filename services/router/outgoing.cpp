#include "services/router/outgoing.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "common/core/decimal.h"
#include "common/dialect/jq.h"
#include "common/events/codec.h"
#include "services/router/message_json.h"

namespace shopwire::router {
namespace {

using events::from_proto;
using events::to_proto;
using events::v1::Order;
using events::v1::OrderLine;

constexpr std::size_t kWordsBytesMax = 64 * 1024;  // that a program may add

void exchange(std::string* left, std::string* right) { left->swap(*right); }

// What is absent stays absent.
void exchange_address(events::v1::PersonalFields& left, events::v1::PersonalFields& right,
                      events::v1::Address* (events::v1::PersonalFields::*release)(),
                      void (events::v1::PersonalFields::*set)(events::v1::Address*)) {
    events::v1::Address* from_left = (left.*release)();
    events::v1::Address* from_right = (right.*release)();
    if (from_left != nullptr) (right.*set)(from_left);
    if (from_right != nullptr) (left.*set)(from_right);
}

void exchange_personal(const OrderRoute& route, events::v1::PersonalFields& left, events::v1::PersonalFields& right) {
    using Person = events::v1::PersonalFields;
    if (!contains(route.fields, "email")) exchange(left.mutable_email(), right.mutable_email());
    if (!contains(route.fields, "phone")) exchange(left.mutable_phone(), right.mutable_phone());
    if (!contains(route.fields, "tax_id")) exchange(left.mutable_tax_id(), right.mutable_tax_id());
    if (!contains(route.fields, "note")) exchange(left.mutable_note(), right.mutable_note());
    if (!contains(route.fields, "billing"))
        exchange_address(left, right, &Person::unsafe_arena_release_billing,
                         &Person::unsafe_arena_set_allocated_billing);
    if (!contains(route.fields, "shipping"))
        exchange_address(left, right, &Person::unsafe_arena_release_shipping,
                         &Person::unsafe_arena_set_allocated_shipping);
}

// Pieces and money of one line that came back.
struct Back {
    Decimal quantity{};
    Decimal total{};
    Decimal total_tax{};
};

// A refund that names no line takes from the first one of its SKU alone.
bool is_of(const events::v1::RefundLine& back, const Order& order, const OrderLine& line) {
    if (!back.order_line_native_id().empty()) return back.order_line_native_id() == line.native_id();
    if (back.sku().empty()) return false;
    const std::string sku = events::fold_sku(back.sku());
    const auto first =
        std::ranges::find_if(order.lines(), [&](const OrderLine& one) { return events::fold_sku(one.sku()) == sku; });
    return first != order.lines().end() && &*first == &line;
}

bool is_listed(const events::v1::Refund& refund, const Order& order) {
    return std::ranges::any_of(order.refunds(),
                               [&](const auto& known) { return known.native_id() == refund.native_id(); });
}

// A state of the order that is younger than the refund and does not list it: it was deleted in the shop.
bool is_deleted(const events::v1::Refund& refund, const Order& order, const internal::v1::Link& link) {
    const std::int64_t made = refund.created_at_ms();
    return made != 0 && made < link.seen().modified_at_ms() && !is_listed(refund, order);
}

// `order` as the shop has it, and one of its lines.
Back back_of(const internal::v1::Link& link, const Order& order, const OrderLine& line) {
    Back sum;
    for (const events::v1::Refund& refund : link.refunds()) {
        if (!refund.restocked() || is_deleted(refund, order, link)) continue;
        for (const events::v1::RefundLine& one : refund.lines()) {
            if (!is_of(one, order, line) || from_proto(one.quantity()).is_zero()) continue;
            sum.quantity += from_proto(one.quantity());
            sum.total += from_proto(one.total());
            sum.total_tax += from_proto(one.total_tax());
        }
    }
    return sum;
}

// value * part / whole.
Decimal share(Decimal value, Decimal part, Decimal whole) {
    const Result<Decimal> product = multiply(value, part, Decimal::kDecimals);
    if (!product) return value;
    return divide(*product, whole, Decimal::kDecimals).value_or(value);
}

// What is left of one amount of a line, and what went of it.
Decimal take(events::v1::Decimal& amount, Decimal back) {
    const Decimal before = from_proto(amount);
    const Decimal after = std::max(Decimal(), before - back);
    amount = to_proto(after);
    return before - after;
}

void shrink(Order& order, OrderLine& line, const Back& back) {
    const Decimal before = from_proto(line.quantity());
    const Decimal left = std::max(Decimal(), before - back.quantity);
    *line.mutable_quantity() = to_proto(left);
    const Decimal total = take(*line.mutable_total(), back.total);
    const Decimal tax = take(*line.mutable_total_tax(), back.total_tax);
    // A discount stays one: what is left costs no more than its price before discounts.
    *line.mutable_subtotal() =
        to_proto(std::max(from_proto(line.total()), share(from_proto(line.subtotal()), left, before)));
    *line.mutable_subtotal_tax() =
        to_proto(std::max(from_proto(line.total_tax()), share(from_proto(line.subtotal_tax()), left, before)));
    *order.mutable_total() = to_proto(from_proto(order.total()) - total - tax);
    *order.mutable_total_tax() = to_proto(from_proto(order.total_tax()) - tax);
}

Decimal discount_of(const Order& order) {
    Decimal sum;
    for (const OrderLine& line : order.lines()) sum += from_proto(line.subtotal()) - from_proto(line.total());
    return sum;
}

template <class Items>
void take_names(const Items& from, Items& to) {
    if (from.size() != to.size()) return;
    for (int i = 0; i < to.size(); ++i)
        if (!from[i].name().empty()) to[i].set_name(from[i].name());
}

// What a program may change.  What it does not give stays.
void take_words(const Order& from, Order& to) {
    if (!from.payment_method().empty()) to.set_payment_method(from.payment_method());
    if (!from.payment_title().empty()) to.set_payment_title(from.payment_title());
    take_names(from.lines(), *to.mutable_lines());
    take_names(from.shipping(), *to.mutable_shipping());
    take_names(from.fees(), *to.mutable_fees());
    if (from.personal().has_clear() && !to.personal().has_sealed())
        *to.mutable_personal()->mutable_clear() = from.personal().clear();
}

}  // namespace

Outgoing::Outgoing(const OrderRoute& route, Order& order)
    : route_(route), order_(order), kept_(*google::protobuf::Arena::CreateMessage<Order>(order.GetArena())) {
    assert(order.GetArena() != nullptr);
    exchange_withheld();
}

Outgoing::~Outgoing() { exchange_withheld(); }

// Done twice, all is as before.
void Outgoing::exchange_withheld() {
    const std::vector<std::string>& fields = route_.fields;
    const bool payment = !contains(fields, "payment");
    if (payment || !route_.send_transaction_id)
        exchange(order_.mutable_transaction_id(), kept_.mutable_transaction_id());
    if (payment) {
        exchange(order_.mutable_payment_method(), kept_.mutable_payment_method());
        exchange(order_.mutable_payment_title(), kept_.mutable_payment_title());
    }
    if (!contains(fields, "customer"))
        exchange(order_.mutable_customer_native_id(), kept_.mutable_customer_native_id());
    if (!contains(fields, "coupons")) order_.mutable_coupons()->Swap(kept_.mutable_coupons());
    if (order_.personal().has_clear())
        exchange_personal(route_, *order_.mutable_personal()->mutable_clear(),
                          *kept_.mutable_personal()->mutable_clear());
}

Status Outgoing::convert() {
    if (route_.program == nullptr) return {};
    const std::string before = to_json(order_);
    const Result<std::string> output = route_.program->run_one(before);
    if (!output) return std::unexpected(output.error());
    if (output->size() > before.size() + kWordsBytesMax) return rejected("it gave far more than it got");
    const Result<json::Document> document = json::Document::parse(*output);
    if (!document) return std::unexpected(document.error());
    google::protobuf::Arena& arena = *order_.GetArena();
    Order& changed = *google::protobuf::Arena::CreateMessage<Order>(&arena);
    if (Status read = from_json(document->root(), changed); !read) return read;
    if (changed.native_id() != order_.native_id()) return rejected("it gave something else than the order");
    Order& shown = *google::protobuf::Arena::CreateMessage<Order>(&arena);
    shown = order_;
    take_words(changed, shown);
    const Result<json::Document> given = json::Document::parse(to_json(changed));  // without what is null
    if (!given) return std::unexpected(given.error());
    // The place alone: its values may be somebody's.
    if (const std::vector<std::string> other = differences(given->root(), shown); !other.empty())
        return rejected("it changed " + other.front().substr(0, other.front().find(':')) + ", which is the shop's");
    shown_ = &shown;
    return {};
}

std::string Outgoing::fingerprint() {
    Order& order = *shown_;
    const auto exchange_told_apart = [this, &order] {
        exchange(order.mutable_status(), kept_.mutable_status());
        order.mutable_refunds()->Swap(kept_.mutable_refunds());
    };
    // What a line's article is like is known to one process of the shop's connector and not yet to another, and an
    // article that is weighed again changes no order.
    std::vector<OrderLine> articles;
    for (OrderLine& line : *order.mutable_lines()) {
        OrderLine& article = articles.emplace_back();
        if (line.has_measures()) *article.mutable_measures() = line.measures();
        if (line.has_needs_shipping()) article.set_needs_shipping(line.needs_shipping());
        line.clear_measures();
        line.clear_needs_shipping();
    }
    exchange_told_apart();
    std::string hash = events::content_hash_of(order);
    exchange_told_apart();
    for (std::size_t i = 0; i < articles.size(); ++i) order.mutable_lines(static_cast<int>(i))->MergeFrom(articles[i]);
    return hash;
}

Order& without_refunded(Order& order, const internal::v1::Link& link) {
    if (std::ranges::none_of(link.refunds(), [](const auto& refund) { return refund.restocked(); })) return order;
    assert(order.GetArena() != nullptr);
    Order& left = *google::protobuf::Arena::CreateMessage<Order>(order.GetArena());
    left = order;
    left.clear_lines();
    for (const OrderLine& before : order.lines()) {
        OrderLine& line = *left.add_lines();
        line = before;
        const Back back = back_of(link, order, before);
        if (back.quantity.is_zero()) continue;
        shrink(left, line, back);
        if (from_proto(line.quantity()).is_zero()) left.mutable_lines()->RemoveLast();
    }
    *left.mutable_discount_total() =
        to_proto(std::max(Decimal(), from_proto(order.discount_total()) - (discount_of(order) - discount_of(left))));
    return left;
}

bool is_refunded_whole(const Order& order, const Order& left, const internal::v1::Link& link) {
    if (left.lines().empty() && !order.lines().empty()) return true;
    Decimal paid_back;
    for (const events::v1::OrderRefund& refund : order.refunds()) paid_back += from_proto(refund.total());
    for (const events::v1::Refund& refund : link.refunds()) {
        if (!is_listed(refund, order) && !is_deleted(refund, order, link)) paid_back += from_proto(refund.amount());
    }
    return !from_proto(order.total()).is_zero() && paid_back >= from_proto(order.total());
}

}  // namespace shopwire::router

// What an order takes of each article, and what of it the owner's document holds, for the ledger.
#include <algorithm>

#include "services/router/ledger.h"
#include "services/router/order_step.h"

namespace shopwire::router {
namespace {

using internal::v1::Link;
using internal::v1::LinkTarget;

// The route by which the stock of a shop is shown; nullptr: it shows none.
const StockRoute* stock_route(const MerchantRoutes& routes, const std::string& shop) {
    const auto stock = std::ranges::find(routes.stock, shop, &StockRoute::to);
    return stock == routes.stock.end() ? nullptr : &*stock;
}

// The order's document at the owner of this stock route; nullptr: none is asked for, so nothing will be missing there.
const LinkTarget* taken_by(const Link& link, const StockRoute& stock) {
    const LinkTarget* target = find_target(link, stock.owner);
    if (target == nullptr) return nullptr;
    // The shop takes its pieces again, and no document holds them.
    const bool reopened = target->state() == internal::v1::LINK_STATE_CANCELLED && target->last_error() == kReopened;
    // It is sent once it was read again.
    const bool asked = target->state() == internal::v1::LINK_STATE_UNSPECIFIED && link.wants_order();
    const bool takes = reopened || asked || !target->held().empty() || is_linked(*target) ||
                       target->state() == internal::v1::LINK_STATE_REQUESTED ||
                       target->state() == internal::v1::LINK_STATE_PARKED;
    return takes ? target : nullptr;
}

// Pieces of this article that the owner's document holds for sure.
events::v1::Decimal held(const LinkTarget& target, const std::string& sku) {
    const auto line = std::ranges::find(target.exported(), sku, &internal::v1::LinkLine::sku);
    return line == target.exported().end() ? events::to_proto(Decimal()) : line->quantity();
}

void send_claim(OrderStep& step, const StockRoute& stock, const std::string& sku, const events::v1::Decimal* quantity) {
    internal::v1::LedgerOrder& claim =
        *make_input(step.context, step.source.merchant(), sku, step.source.observed_at_ms())
             .mutable_claim()
             ->mutable_order();
    claim.set_connection(step.source.connection());
    claim.set_native_id(step.link.native_id());
    claim.set_owner(stock.owner);
    claim.set_modified_at_ms(step.source.modified_at_ms());
    claim.set_known_at_ms(step.context.now_ms);
    const LinkTarget* target = taken_by(step.link, stock);
    *claim.mutable_quantity() = target != nullptr && quantity != nullptr ? *quantity : events::to_proto(Decimal());
    if (target == nullptr || target->confirmed_at_ms() == 0 || !moves_stock(target->document_type(), stock)) return;
    claim.set_confirmed_at_ms(target->confirmed_at_ms());
    *claim.mutable_confirmed_quantity() = held(*target, sku);
}

// What the owner is to hold: where a refund changes its document, without what came back.  A refund that becomes a
// document of its own raises the owner's number itself, so the order goes on taking its pieces.
events::v1::Order& as_taken(OrderStep& step, const StockRoute& stock) {
    const LinkTarget* target = taken_by(step.link, stock);
    for (const OrderRoute& route : step.routing.routes.orders) {
        if (route.from != step.source.connection() || route.to != stock.owner || target == nullptr) continue;
        if (route.refunds && adjusts(route, target->document_type())) return without_refunded(step.order, step.link);
    }
    return step.order;
}

}  // namespace

void send_claims(OrderStep& step) {
    const MerchantRoutes& routes = step.routing.routes;
    const StockRoute* stock = stock_route(routes, step.source.connection());
    if (stock == nullptr) return;
    Lines& lines = *step.context.make<internal::v1::LinkLines>().mutable_lines();
    count_lines(routes, step.source.connection(), as_taken(step, *stock), lines);
    for (const internal::v1::LinkLine& old : step.link.lines())
        if (std::ranges::none_of(lines, [&](const auto& line) { return line.sku() == old.sku(); }))
            send_claim(step, *stock, old.sku(), nullptr);
    for (const internal::v1::LinkLine& line : lines) send_claim(step, *stock, line.sku(), &line.quantity());
    step.link.mutable_lines()->Swap(&lines);
    step.link.set_in_flight(taken_by(step.link, *stock) != nullptr);
}

void drop_claims(OrderStep& step, const LinkTarget& target) {
    const StockRoute* stock = stock_route(step.routing.routes, step.source.connection());
    if (stock == nullptr || stock->owner != target.connection()) return;
    for (const internal::v1::LinkLine& line : step.link.lines()) send_claim(step, *stock, line.sku(), nullptr);
}

void send_confirmations(OrderStep& step, const LinkTarget& target) {
    const StockRoute* stock = stock_route(step.routing.routes, step.source.connection());
    if (stock == nullptr || stock->owner != target.connection() || target.confirmed_at_ms() == 0) return;
    if (!moves_stock(target.document_type(), *stock)) return;
    for (const internal::v1::LinkLine& line : target.exported()) {
        internal::v1::LedgerConfirmation& confirmation =
            *make_input(step.context, step.source.merchant(), line.sku(), step.source.observed_at_ms())
                 .mutable_confirmation();
        confirmation.set_connection(step.source.connection());
        confirmation.set_native_id(step.link.native_id());
        confirmation.set_confirmed_at_ms(target.confirmed_at_ms());
        *confirmation.mutable_quantity() = line.quantity();
    }
}

}  // namespace shopwire::router

// Refunds: each becomes a document of its own at a target, or takes its pieces off the order's document.
#include <algorithm>

#include "services/router/order_step.h"

namespace shopwire::router {
namespace {

using events::v1::Event;
using events::v1::Order;
using events::v1::Refund;
using internal::v1::Link;
using internal::v1::LinkRefund;
using internal::v1::LinkTarget;

constexpr int kRefundsMax = 500;  // of one order

LinkRefund* find_refund(LinkTarget& target, const std::string& id) {
    auto& refunds = *target.mutable_refunds();
    const auto found = std::ranges::find(refunds, id, &LinkRefund::native_id);
    return found == refunds.end() ? nullptr : &*found;
}

// Its document there is one that a refund changes, or was cancelled without its goods.  Before there is one, either may
// be.
bool is_adjusted(const OrderRoute& route, const LinkTarget& target) {
    if (target.goods_stay_out()) return true;
    return target.document_type() != events::v1::DOCUMENT_TYPE_UNSPECIFIED && adjusts(route, target.document_type());
}

bool is_seen(const Link& link) { return link.seen().observed_at_ms() != 0; }

// The order has, or may get, something at this target that a refund is about.
bool concerns(const OrderRoute& route, const Link& link) {
    const LinkTarget* target = find_target(link, route.to);
    if (target != nullptr && target->goods_stay_out()) return true;  // it may put them back
    if (!route.refunds) return false;
    if (!is_seen(link)) return true;
    if (target == nullptr || target->state() == internal::v1::LINK_STATE_CANCELLED) return false;
    return !is_unsent(*target) || (route.exports && link.created_at_ms() >= route.export_since_ms);
}

Status request_refund(OrderStep& step, const OrderRoute& route, LinkTarget& target, const Refund& refund,
                      Order& order) {
    const Result<std::unique_ptr<Outgoing>> leaving = outgoing(route, target, order);
    if (!leaving) return std::unexpected(leaving.error());
    if (*leaving == nullptr) {
        step.context.metrics.parked.add();
        return {};
    }
    LinkRefund& made = *target.add_refunds();
    made.set_native_id(refund.native_id());
    made.set_state(internal::v1::REFUND_STATE_REQUESTED);
    // Each is an entity of its own: one that is refused keeps neither the order nor the next refund waiting.
    commands::v1::Command& command =
        command_for(step.context, target, refund_key(step.order_key, refund.native_id()), "refund");
    command.clear_native_id();
    commands::v1::ExportRefund& action = *command.mutable_export_refund();
    *action.mutable_refund() = refund;
    action.mutable_refund()->clear_order();
    action.set_external_number(target.external_number() + "-R" + refund.native_id());
    action.set_base_external_number(target.external_number());
    action.set_base_native_id(target.native_id());
    action.set_base_type(target.document_type());
    action.set_order_connection(step.source.connection());
    action.unsafe_arena_set_allocated_order(&(*leaving)->order());  // lent
    step.context.metrics.refunds.add();
    return send(step, command);
}

// The order's newest state, if that is what was read together with the refund.
Order* newest_of(Refund& refund, const Link& link) {
    if (!refund.has_order() || events::content_hash_of(refund.order()) != link.seen().content_hash()) return nullptr;
    return refund.mutable_order();
}

// Pieces come off the order's document: that takes the order's newest state.
Status adjust(OrderStep& step, const OrderRoute& route, bool has_order, bool order_comes) {
    const LinkTarget* target = find_target(step.link, route.to);
    if (target == nullptr || is_unsent(*target) || !is_adjusted(route, *target)) return {};
    if (has_order) return route_order(step, route);
    step.link.set_wants_order(true);
    return order_comes ? Status{} : request_refresh(step);
}

Status route_refund(OrderStep& step, Refund& refund, bool has_order, bool order_comes) {
    bool concerned = false;
    for (const OrderRoute& route : step.routing.routes.orders) {
        if (route.from != step.source.connection() || !concerns(route, step.link)) continue;
        concerned = true;
        if (Status done = adjust(step, route, has_order, order_comes); !done) return done;
        if (Status sent = send_refunds(step, route, has_order); !sent) return sent;
    }
    if (concerned) return {};
    step.context.metrics.refunds_unexported.add();
    refund.clear_order();
    return {};
}

}  // namespace

std::string refund_key(const std::string& order_key, const std::string& refund_id) {
    return order_key + "/" + events::join_key({refund_id});
}

void forget_orders(OrderStep& step) {
    Link& link = step.link;
    for (Refund& refund : *link.mutable_refunds()) {
        if (!refund.has_order()) continue;
        const bool wanted = std::ranges::any_of(step.routing.routes.orders, [&](const OrderRoute& route) {
            if (route.from != step.source.connection() || !concerns(route, link)) return false;
            const LinkTarget* target = find_target(link, route.to);
            return target == nullptr || (!is_adjusted(route, *target) &&
                                         std::ranges::none_of(target->refunds(), [&](const LinkRefund& made) {
                                             return made.native_id() == refund.native_id();
                                         }));
        });
        if (!wanted) refund.clear_order();
    }
}

Status send_refunds(OrderStep& step, const OrderRoute& route, bool has_order) {
    if (!route.refunds || step.link.refunds().empty()) return {};
    const LinkTarget* known = find_target(step.link, route.to);
    if (known == nullptr || !is_linked(*known) || is_adjusted(route, *known)) return {};
    // What an update that is under way, or held, lowers must not be returned before it is done, nor what it adds.
    if (known->state() == internal::v1::LINK_STATE_UPDATING || !known->held().empty()) return {};
    LinkTarget& target = target_of(step.link, route.to);
    for (Refund& refund : *step.link.mutable_refunds()) {
        if (find_refund(target, refund.native_id()) != nullptr) continue;
        if (!refund.has_order() && !has_order) {
            step.link.set_wants_order(true);
            if (Status asked = request_refresh(step); !asked) return asked;
            break;
        }
        Order& order = refund.has_order() ? *refund.mutable_order() : step.order;
        if (Status sent = request_refund(step, route, target, refund, order); !sent) return sent;
        if (!target.held().empty()) break;
    }
    return {};
}

Status handle_refund_event(Context& context, Event& event) {
    if (!event.has_refund()) return {};
    const events::v1::Source& source = event.source();
    const MerchantRouting* routing = context.routing.find(source.merchant());
    if (routing == nullptr) return unknown_merchant(context, source.merchant());
    const auto& routes = routing->routes.orders;
    if (std::ranges::find(routes, source.connection(), &OrderRoute::from) == routes.end()) {
        context.metrics.unrouted.add();
        return {};
    }
    const std::string key = link_key(context.record_key);
    const Result<Link*> stored = load<Link>(context, context.links, key);
    if (!stored) return std::unexpected(stored.error());
    Link& link = **stored;
    if (std::ranges::find(link.refunds(), event.refund().native_id(), &Refund::native_id) != link.refunds().end()) {
        context.metrics.same.add();  // a refund never changes
        return {};
    }
    if (link.refunds_size() >= kRefundsMax)
        return rejected("an order with more than " + std::to_string(kRefundsMax) + " refunds");
    const bool waited = waits(link);
    Refund& refund = *link.add_refunds();
    refund = event.refund();
    // What a program of the operator's makes of orders holds for this one too, so it comes as an event of its own.
    if (std::ranges::any_of(routing->routes.filters, [&](const EventFilter& filter) {
            return filter.from == source.connection() && filter.entity == "order";
        }))
        refund.clear_order();
    Order* newest = newest_of(refund, link);
    const events::v1::Source known = source_of(link, source);
    OrderStep step{.context = context,
                   .routing = *routing,
                   .source = known,
                   .order = newest != nullptr ? *newest : context.make<Order>(),
                   .order_key = events::join_key({source.connection(), refund.order_native_id()}),
                   .link = link};
    const bool order_comes = source.read_started_at_ms() > link.seen().observed_at_ms();
    if (Status routed = route_refund(step, refund, newest != nullptr, order_comes); !routed) return routed;
    if (newest != nullptr) send_claims(step);
    keep_waiting(link, newest);
    forget_orders(step);  // last: `newest` is one of them
    keep(context, key, link, waited);
    return {};
}

Status handle_refund_result(Context& context, const commands::v1::CommandResult& result) {
    const MerchantRouting* routing = context.routing.find(result.merchant());
    if (routing == nullptr) return unknown_merchant(context, result.merchant());
    const std::string key = link_key(context.record_key);
    const Result<Link*> stored = load<Link>(context, context.links, key);
    if (!stored) return std::unexpected(stored.error());
    Link& link = **stored;
    const bool waited = waits(link);
    const events::v1::Source source = source_of(link, result);
    OrderStep step{.context = context,
                   .routing = *routing,
                   .source = source,
                   .order = context.make<Order>(),
                   .order_key = events::join_key({result.cause_connection(), link.native_id()}),
                   .link = link};
    for (LinkRefund& refund : *target_of(link, result.connection()).mutable_refunds()) {
        if (refund_key(step.order_key, refund.native_id()) != result.key()) continue;
        refund.set_last_error(result.error());
        switch (result.outcome()) {
            case commands::v1::OUTCOME_APPLIED:
            case commands::v1::OUTCOME_UNCHANGED: {
                const bool first = refund.state() != internal::v1::REFUND_STATE_MADE;
                refund.set_state(internal::v1::REFUND_STATE_MADE);
                if (!first || !result.has_document()) break;
                for (const OrderRoute& route : routing->routes.orders)
                    if (route.note && route.from == result.cause_connection() && route.to == result.connection())
                        if (Status told = add_origin_note(step, route,
                                                          route.to + ": " + result.document().number() + " (" +
                                                              result.document().external_number() + ")");
                            !told)
                            return told;
                break;
            }
            case commands::v1::OUTCOME_DISCARDED: refund.set_state(internal::v1::REFUND_STATE_DROPPED); break;
            default: refund.set_state(internal::v1::REFUND_STATE_REFUSED); break;
        }
    }
    keep(context, key, link, waited);
    return {};
}

}  // namespace shopwire::router

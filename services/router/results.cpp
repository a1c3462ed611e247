// What came of the commands about an order's document.
#include <algorithm>

#include "services/router/order_step.h"

namespace shopwire::router {
namespace {

using commands::v1::CommandResult;
using events::v1::Order;
using internal::v1::Link;
using internal::v1::LinkTarget;

bool is_newest(const LinkTarget& target, const CommandResult& result) {
    // A link that an older version wrote knows only one sequence.
    const bool known = target.document_sequence() != 0;
    return result.sequence() == (known ? target.document_sequence() : target.sequence());
}

// Tells the shop what its order became.
Status tell_origin(OrderStep& step, const OrderRoute& route, LinkTarget& target) {
    if (route.note)
        if (Status sent = add_origin_note(
                step, route, route.to + ": " + target.native_number() + " (" + target.external_number() + ")");
            !sent)
            return sent;
    return route.status_after.empty() ? Status{} : set_origin_status(step, route, target, route.status_after);
}

void clear_error(LinkTarget& target) {
    if (target.last_error() != kReopened) target.clear_last_error();  // that is about the shop
}

void take_document(LinkTarget& target, const CommandResult& result) {
    if (!result.has_document()) return;
    target.set_native_id(result.document().native_id());
    target.set_native_number(result.document().number());
}

// What the document holds for sure.  An update that was done with a remark may have left out some of it.
void take_lines(LinkTarget& target, const CommandResult& result) {
    const bool whole = target.state() == internal::v1::LINK_STATE_REQUESTED || result.error().empty();
    if (!whole) return;
    if (target.has_asked()) target.mutable_exported()->Swap(target.mutable_asked()->mutable_lines());
}

// The target had nothing to do, as a carrier with what is not carried: a later state is a new beginning.
void took_nothing(OrderStep& step, LinkTarget& target) {
    target.set_state(internal::v1::LINK_STATE_UNSPECIFIED);
    target.clear_asked();
    if (target.held().empty()) drop_claims(step, target);  // what is held takes its pieces
}

Status done(OrderStep& step, const OrderRoute* route, LinkTarget& target, const CommandResult& result) {
    const bool newest = is_newest(target, result);
    const bool was_linked = is_linked(target);
    if (!newest && was_linked) return {};  // an older state of what is newer by now
    if (target.state() == internal::v1::LINK_STATE_CANCELLED) {
        take_document(target, result);
        if (newest) clear_error(target);
        return {};
    }
    if (!was_linked && !result.has_document()) {
        if (newest) took_nothing(step, target);
        return {};
    }
    take_document(target, result);
    target.set_confirmed_at_ms(result.finished_at_ms());
    target.set_last_error(result.error());
    if (newest) {
        take_lines(target, result);
        target.clear_asked();
        target.set_state(internal::v1::LINK_STATE_LINKED);
        if (route != nullptr && !route->updates) target.clear_held();  // it would not be sent anyway
    } else {  // a refused export landed after all, and a newer one is on its way: if refused, it becomes an update
        target.set_state(internal::v1::LINK_STATE_UPDATING);
        target.set_behind(true);
        target.clear_fingerprint();
    }
    if (was_linked || route == nullptr) return {};
    index_document(step, *route, target);
    return tell_origin(step, *route, target);
}

void refused(LinkTarget& target, const CommandResult& result) {
    if (!is_newest(target, result)) return;
    target.set_last_error(result.error());
    if (target.state() == internal::v1::LINK_STATE_REQUESTED) target.set_state(internal::v1::LINK_STATE_PARKED);
    if (target.state() == internal::v1::LINK_STATE_UPDATING) target.set_state(internal::v1::LINK_STATE_REFUSED);
}

// By a person, or for a newer command.
void given_up(OrderStep& step, LinkTarget& target, const CommandResult& result) {
    if (!is_newest(target, result)) return;
    clear_error(target);
    if (target.state() == internal::v1::LINK_STATE_CANCELLED) return;
    if (is_linked(target)) {  // the document stays as it is; its lines are known by their lower bound
        target.set_state(internal::v1::LINK_STATE_LINKED);
        target.clear_asked();
        return;
    }
    target.set_state(internal::v1::LINK_STATE_UNSPECIFIED);
    target.set_behind(false);
    target.clear_fingerprint();
    if (target.held().empty()) drop_claims(step, target);  // a state that is held was not given up
}

// What waited for this answer.
Status go_on(OrderStep& step, const OrderRoute& route, LinkTarget& target) {
    const bool under_way =
        target.state() == internal::v1::LINK_STATE_REQUESTED || target.state() == internal::v1::LINK_STATE_UPDATING;
    const bool has_order = step.link.has_waiting();
    if (target.behind() && has_order && !under_way) {
        target.set_behind(false);
        const bool dropped = target.state() == internal::v1::LINK_STATE_UNSPECIFIED;
        if (Status routed = route_order(step, route); !routed) return routed;
        if (dropped) send_claims(step);  // it takes its pieces again
    }
    return send_refunds(step, route, has_order);
}

const OrderRoute* route_of(const MerchantRoutes& routes, const CommandResult& result) {
    const auto route = std::ranges::find_if(routes.orders, [&](const OrderRoute& one) {
        return one.from == result.cause_connection() && one.to == result.connection();
    });
    return route == routes.orders.end() ? nullptr : &*route;
}

}  // namespace

Status handle_document_result(Context& context, const CommandResult& result) {
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
                   .order = link.has_waiting() ? *link.mutable_waiting() : context.make<Order>(),
                   .order_key = result.key(),
                   .link = link};
    LinkTarget& target = target_of(link, result.connection());
    const OrderRoute* route = route_of(routing->routes, result);
    switch (result.outcome()) {
        case commands::v1::OUTCOME_APPLIED:
        case commands::v1::OUTCOME_UNCHANGED:
            if (Status taken = done(step, route, target, result); !taken) return taken;
            break;
        case commands::v1::OUTCOME_REJECTED:
        case commands::v1::OUTCOME_PARKED: refused(target, result); break;
        case commands::v1::OUTCOME_DISCARDED: given_up(step, target, result); break;
        default: break;
    }
    if (route != nullptr)
        if (Status going = go_on(step, *route, target); !going) return going;
    // After an update was asked for, which lowers what the document holds for sure.
    if (is_linked(target)) send_confirmations(step, target);
    forget_orders(step);
    keep_waiting(link, link.has_waiting() ? &link.waiting() : nullptr);
    keep(context, key, link, waited);
    return {};
}

}  // namespace shopwire::router

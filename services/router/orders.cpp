// Orders: what their newest state asks of each target.
#include <algorithm>

#include "services/router/order_step.h"
#include "services/router/versions.h"

namespace shopwire::router {
namespace {

using commands::v1::Command;
using events::v1::Event;
using events::v1::Order;
using internal::v1::Link;
using internal::v1::LinkTarget;

constexpr std::string_view kRefunded = "refunded";  // the status, where it stands among cancel_statuses

Decimal pieces(const Lines& lines, const std::string& sku) {
    const auto line = std::ranges::find(lines, sku, &internal::v1::LinkLine::sku);
    return line == lines.end() ? Decimal() : events::from_proto(line->quantity());
}

// Until the answer comes the document may hold either state, so what it holds for sure is the smaller of both.
void ask(OrderStep& step, LinkTarget& target, const Order& order, bool first) {
    Lines& asked = first ? *target.mutable_exported() : *target.mutable_asked()->mutable_lines();
    asked.Clear();
    count_lines(step.routing.routes, step.source.connection(), order, asked);
    if (first) return;
    for (internal::v1::LinkLine& line : *target.mutable_exported())
        *line.mutable_quantity() =
            events::to_proto(std::min(events::from_proto(line.quantity()), pieces(asked, line.sku())));
}

Status send_document(OrderStep& step, LinkTarget& target, Outgoing& out, Command& command) {
    target.set_document_sequence(target.sequence());
    target.set_fingerprint(out.fingerprint());
    if (out.order().status() != target.sent_status()) target.clear_caused_status();
    target.set_sent_status(out.order().status());
    target.set_behind(false);
    target.clear_last_error();
    return send(step, command);
}

template <class Action>
void fill(OrderStep& step, const LinkTarget& target, Outgoing& out, Action& action) {
    action.set_external_number(target.external_number());
    action.set_document_type(target.document_type());
    action.set_order_connection(step.source.connection());
    action.unsafe_arena_set_allocated_order(&out.order());  // lent, not copied: the command is serialized and forgotten
}

Status request_export(OrderStep& step, const OrderRoute& route, LinkTarget& target, Outgoing& out) {
    const bool first = is_unsent(target);
    target.set_state(internal::v1::LINK_STATE_REQUESTED);
    target.clear_goods_stay_out();
    // Kept once chosen, as its type: the document is looked up by both.
    if (first) target.set_external_number(route.prefix + "-" + step.order.number());
    ask(step, target, out.order(), first);
    index_order(step, route, target);
    Command& command = command_for(step.context, target, step.order_key, "document");
    fill(step, target, out, *command.mutable_export_order());
    return send_document(step, target, out, command);
}

// In the field group of the document, not one of its own: a cancellation then takes the place of an update that the
// target refused, instead of waiting behind it.
Status request_update(OrderStep& step, const OrderRoute& route, LinkTarget& target, Outgoing& out) {
    target.set_state(internal::v1::LINK_STATE_UPDATING);
    ask(step, target, out.order(), false);
    index_order(step, route, target);
    step.context.metrics.updates.add();
    Command& command = command_for(step.context, target, step.order_key, "document");
    fill(step, target, out, *command.mutable_update_order());
    return send_document(step, target, out, command);
}

Status request_cancel(OrderStep& step, LinkTarget& target, std::string reason, bool goods_stay_out) {
    target.set_state(internal::v1::LINK_STATE_CANCELLED);
    target.set_goods_stay_out(goods_stay_out);
    target.clear_confirmed_at_ms();  // from now on it holds nothing, whatever becomes of the order
    target.clear_exported();
    target.clear_asked();
    target.set_behind(false);
    target.clear_last_error();
    Command& command = command_for(step.context, target, step.order_key, "document");
    target.set_document_sequence(target.sequence());
    commands::v1::CancelDocument& action = *command.mutable_cancel_document();
    action.set_external_number(target.external_number());
    action.set_document_type(target.document_type());
    action.set_native_id(target.native_id());
    action.set_reason(std::move(reason));
    action.set_goods_stay_out(goods_stay_out);
    return send(step, command);
}

// A status that the order has because of this target says nothing new to it.
bool is_news(const OrderRoute& route, LinkTarget& target, Outgoing& out) {
    const std::string& status = out.order().status();
    if (target.fingerprint() != out.fingerprint()) return true;
    if (!route.send_status || status == target.sent_status()) return false;
    if (status != target.caused_status()) return true;
    target.set_sent_status(status);
    target.clear_caused_status();  // once: the next time it is a person who sets it
    return false;
}

// A source that pushes an order may not know its articles yet: a read of ours asks for them.  What a read does not know
// nobody does, and the order goes as it is.
bool lacks_articles(const OrderStep& step, const OrderRoute& route) {
    return route.ask_for_articles && step.source.read_started_at_ms() == 0 &&
           std::ranges::any_of(step.order.lines(), [](const events::v1::OrderLine& line) {
               return !line.has_needs_shipping() && !line.product_native_id().empty();
           });
}

Status export_newest(OrderStep& step, const OrderRoute& route, LinkTarget& target, Order& order) {
    // Chosen by the whole order, and kept once it was sent.
    if (is_unsent(target)) target.set_document_type(choose_type(route, step.order));
    if (is_unsent(target) && lacks_articles(step, route)) {
        const bool asked = step.link.wants_order();  // for another target
        step.link.set_wants_order(true);
        return asked ? Status{} : request_refresh(step);
    }
    if (target.state() == internal::v1::LINK_STATE_CANCELLED) {  // its number is taken at the target: a person decides
        target.set_last_error(std::string(kReopened));
        step.context.metrics.parked.add();
        return {};
    }
    const bool updated = route.updates || !is_linked(target);
    const Result<std::unique_ptr<Outgoing>> leaving = outgoing(route, target, order);
    if (!leaving) return std::unexpected(leaving.error());
    if (*leaving == nullptr) {
        if (!updated) target.clear_held();  // it would not leave anyway
        return {};
    }
    Outgoing& out = **leaving;
    switch (target.state()) {
        case internal::v1::LINK_STATE_REQUESTED:
        case internal::v1::LINK_STATE_UPDATING: target.set_behind(is_news(route, target, out)); return {};
        case internal::v1::LINK_STATE_LINKED:
        case internal::v1::LINK_STATE_REFUSED:
            if (!is_news(route, target, out)) return {};
            if (updated) return request_update(step, route, target, out);
            step.context.metrics.changed_after_export.add();
            return {};
        case internal::v1::LINK_STATE_PARKED: return request_export(step, route, target, out);
        default:
            // The target had nothing to do with this state before.
            if (!target.fingerprint().empty() && !is_news(route, target, out)) return {};
            return request_export(step, route, target, out);
    }
}

Status cancel(OrderStep& step, LinkTarget& target, std::string reason, bool goods_stay_out) {
    target.set_behind(false);
    if (target.last_error() == kReopened) target.clear_last_error();
    // The refund that puts the pieces back may come after the state of the order that lists it.
    const bool came_back = target.goods_stay_out() && !goods_stay_out;
    const bool nothing = target.state() == internal::v1::LINK_STATE_UNSPECIFIED ||
                         (target.state() == internal::v1::LINK_STATE_CANCELLED && !came_back);
    return nothing ? Status{} : request_cancel(step, target, std::move(reason), goods_stay_out);
}

// The money was paid back, and pieces that no refund put back may be at the buyer's, or lost.
bool goods_stay_out(const OrderStep& step) { return !without_refunded(step.order, step.link).lines().empty(); }

// A status that no table has: a person decides what it means.  At a target that has the order's content there is
// nothing to decide.
Status hold_unknown(const OrderRoute& route, LinkTarget& target, Order& order) {
    if (target.state() == internal::v1::LINK_STATE_CANCELLED || (is_linked(target) && !route.updates)) return {};
    if (!target.fingerprint().empty()) {
        const Result<std::unique_ptr<Outgoing>> leaving = outgoing(route, target, order);
        if (!leaving) return std::unexpected(leaving.error());
        if (*leaving != nullptr && (*leaving)->fingerprint() == target.fingerprint()) return {};
    }
    target.set_held("the status \"" + order.status() + "\" is in no table of the route to " + route.to);
    return {};
}

Status route_newest(OrderStep& step, const OrderRoute& route, LinkTarget& target) {
    if (is_unsent(target) && !passes(route.filters, step.order)) return {};  // one that was sent stays
    if (is_linked(target)) index_order(step, route, target);
    const bool adjusted =
        route.refunds && adjusts(route, is_unsent(target) ? choose_type(route, step.order) : target.document_type());
    Order& order = adjusted ? without_refunded(step.order, step.link) : step.order;
    if (adjusted && is_refunded_whole(step.order, order, step.link))
        return cancel(step, target, "order refunded", goods_stay_out(step));
    switch (wish_of(route, step.order)) {
        case Wish::kNothing: target.set_behind(false); return {};
        case Wish::kUnknown: return hold_unknown(route, target, order);
        case Wish::kCancel:
            // What stayed out comes back by a refund alone, whatever the status becomes.
            return cancel(step, target, "order " + step.order.status(),
                          (step.order.status() == kRefunded || target.goods_stay_out()) && goods_stay_out(step));
        case Wish::kExport: return export_newest(step, route, target, order);
    }
    return {};
}

}  // namespace

void count_lines(const MerchantRoutes& routes, const std::string& connection, const Order& order, Lines& out) {
    std::map<std::string, Decimal> sums;
    for (const events::v1::OrderLine& line : order.lines())
        if (!line.sku().empty()) sums[routes.canonical(connection, line.sku())] += events::from_proto(line.quantity());
    for (const auto& [sku, quantity] : sums) {
        internal::v1::LinkLine& line = *out.Add();
        line.set_sku(sku);
        *line.mutable_quantity() = events::to_proto(quantity);
    }
}

Result<std::unique_ptr<Outgoing>> outgoing(const OrderRoute& route, LinkTarget& target, Order& order) {
    auto out = std::make_unique<Outgoing>(route, order);
    const Status converted = out->convert();
    if (converted) return out;
    if (converted.error().kind != ErrorKind::kRejected) return std::unexpected(converted.error());
    target.set_held("the route's jq program: " + converted.error().message);
    return nullptr;
}

Status route_order(OrderStep& step, const OrderRoute& route) {
    if (!exports(route, step.order)) {
        if (find_target(step.link, route.to) != nullptr) target_of(step.link, route.to).clear_held();
        return {};
    }
    LinkTarget& target = target_of(step.link, route.to);
    const bool held = !target.held().empty();
    target.clear_held();  // decided anew
    Status routed = route_newest(step, route, target);
    if (!held && !target.held().empty()) step.context.metrics.parked.add();
    return routed;
}

namespace {

// This route had nothing to do with the order when it was seen, or could do nothing: the merchant's file, or the time
// from which orders are sent, may have changed since.
bool is_missed(const OrderStep& step, const OrderRoute& route) {
    if (route.from != step.source.connection()) return false;
    const LinkTarget* target = find_target(step.link, route.to);
    return target == nullptr ? exports(route, step.order) : !target->held().empty();
}

bool has_route(const OrderStep& step, const LinkTarget& target) {
    return std::ranges::any_of(step.routing.routes.orders, [&](const OrderRoute& route) {
        return route.from == step.source.connection() && route.to == target.connection();
    });
}

// Its route is gone, and nobody will send what was held.
bool is_left_behind(const OrderStep& step, const LinkTarget& target) {
    return !target.held().empty() && !has_route(step, target);
}

// Drops what says nothing new.  True: the state is to be routed.
Result<bool> is_to_be_routed(OrderStep& step, const std::string& key) {
    switch (compare(step.source, step.link.seen())) {
        case Newer::kOlder: step.context.metrics.older.add(); return false;
        case Newer::kSame:
            step.is_known = true;
            if (step.link.wants_order()) return true;
            step.only_missed = true;
            if (std::ranges::any_of(step.routing.routes.orders,
                                    [&](const auto& route) { return is_missed(step, route); }) ||
                std::ranges::any_of(step.link.targets(),
                                    [&](const auto& target) { return is_left_behind(step, target); }))
                return true;
            step.context.metrics.same.add();
            return false;
        case Newer::kRefresh:
            if (Status sent = request_refresh(step); !sent) return std::unexpected(sent.error());
            save(step.context, step.context.links, key, step.link);
            return false;
        case Newer::kNewer: return true;
    }
    return false;
}

void remember_order(const OrderStep& step) {
    Link& link = step.link;
    // A state that is known already may come with an earlier time, which would make others new again.
    if (!step.is_known || step.source.modified_at_ms() >= link.seen().modified_at_ms())
        remember(step.source, *link.mutable_seen());
    link.set_native_id(step.order.native_id());
    link.set_number(step.order.number());
    link.set_status(step.order.status());
    link.set_created_at_ms(step.order.created_at_ms());
    link.set_wants_order(false);
    link.clear_asked_status();
}

// Before `held` was there, an order that could not leave was parked without ever having been sent.
void take_over(Link& link) {
    for (LinkTarget& target : *link.mutable_targets()) {
        if (target.state() != internal::v1::LINK_STATE_PARKED || !is_unsent(target)) continue;
        target.set_state(internal::v1::LINK_STATE_UNSPECIFIED);
        target.set_held(target.last_error());
        target.clear_last_error();
    }
}

}  // namespace

Status handle_order_event(Context& context, Event& event) {
    if (!event.has_order()) return {};  // a deleted order keeps its link and its document: a person decides
    const MerchantRouting* routing = context.routing.find(event.source().merchant());
    if (routing == nullptr) return unknown_merchant(context, event.source().merchant());
    const std::string key = link_key(context.record_key);
    const Result<Link*> stored = load<Link>(context, context.links, key);
    if (!stored) return std::unexpected(stored.error());
    Link& link = **stored;
    take_over(link);
    OrderStep step{.context = context,
                   .routing = *routing,
                   .source = event.source(),
                   .order = *event.mutable_order(),
                   .order_key = events::join_key({event.source().connection(), event.order().native_id()}),
                   .link = link};
    const Result<bool> news = is_to_be_routed(step, key);
    if (!news) return std::unexpected(news.error());
    if (!*news) return {};
    const bool waited = waits(link);
    remember_order(step);
    for (const OrderRoute& route : routing->routes.orders) {
        if (route.from != event.source().connection() || (step.only_missed && !is_missed(step, route))) continue;
        if (Status routed = route_order(step, route); !routed) return routed;
        if (Status sent = send_refunds(step, route, true); !sent) return sent;
    }
    for (LinkTarget& target : *link.mutable_targets())
        if (is_left_behind(step, target)) target.clear_held();
    send_claims(step);
    forget_orders(step);
    keep_waiting(link, &step.order);
    keep(context, key, link, waited);
    return {};
}

}  // namespace shopwire::router

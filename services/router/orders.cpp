// Orders: links, document requests, and what the ledger must know of them.
#include <algorithm>

#include "services/router/context.h"
#include "services/router/ledger.h"
#include "services/router/versions.h"

namespace shopwire::router {
namespace {

using commands::v1::Command;
using events::v1::Event;
using events::v1::Order;
using internal::v1::Link;
using internal::v1::LinkTarget;

constexpr std::string_view kReopened = "the order is open again after its document was cancelled";

LinkTarget& target_of(Link& link, const std::string& connection) {
    for (LinkTarget& target : *link.mutable_targets())
        if (target.connection() == connection) return target;
    LinkTarget& target = *link.add_targets();
    target.set_connection(connection);
    return target;
}

// A command about the order at one connection, with the next sequence of that link.
Command& command_for(Context& context, LinkTarget& target, const std::string& order_key, std::string_view field_group) {
    target.set_sequence(target.sequence() + 1);
    Command& command = context.make<Command>();
    command.set_connection(target.connection());
    command.set_key(order_key);
    command.set_field_group(std::string(field_group));
    command.set_sequence(target.sequence());
    command.set_native_id(target.native_id());
    return command;
}

events::v1::DocumentType choose_type(const OrderRoute& route, const Order& order) {
    const bool has_tax_id = !order.personal().clear().tax_id().empty();
    for (const DocumentRule& rule : route.document_rules) {
        if (!rule.payment_methods.empty() && !contains(rule.payment_methods, order.payment_method())) continue;
        if (!rule.statuses.empty() && !contains(rule.statuses, order.status())) continue;
        if (rule.has_tax_id && *rule.has_tax_id != has_tax_id) continue;
        return document_type_of(rule.type);
    }
    return document_type_of(route.document_type);
}

enum class Wish : std::uint8_t { kExport, kCancel, kNothing, kUnknown };

Wish wish_of(const OrderRoute& route, const Order& order) {
    if (contains(route.statuses, order.status())) return Wish::kExport;
    if (contains(route.cancel_statuses, order.status())) return Wish::kCancel;
    return contains(route.ignored_statuses, order.status()) ? Wish::kNothing : Wish::kUnknown;
}

using Lines = google::protobuf::RepeatedPtrField<internal::v1::LinkLine>;

struct OrderStep {
    Context& context;
    const MerchantRouting& routing;
    const events::v1::Source& source;
    Order& order;
    std::string order_key{};
    Link& link;
};

// Pieces per canonical SKU.
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

Status request_export(OrderStep& step, const OrderRoute& route, LinkTarget& target) {
    target.set_state(internal::v1::LINK_STATE_REQUESTED);
    target.clear_last_error();
    // Kept once chosen: the document is looked up by both.
    if (target.external_number().empty()) target.set_external_number(route.prefix + "-" + step.order.number());
    if (target.document_type() == events::v1::DOCUMENT_TYPE_UNSPECIFIED)
        target.set_document_type(choose_type(route, step.order));
    Command& command = command_for(step.context, target, step.order_key, "document");
    commands::v1::ExportOrder& action = *command.mutable_export_order();
    action.set_external_number(target.external_number());
    action.set_document_type(target.document_type());
    action.set_order_connection(step.source.connection());
    target.set_fingerprint(step.source.content_hash());
    target.clear_exported();
    count_lines(step.routing.routes, step.source.connection(), step.order, *target.mutable_exported());
    action.unsafe_arena_set_allocated_order(&step.order);  // lent, not copied: the command is serialized and forgotten
    return send_command(step.context, step.routing, command, step.source.connection(), step.source.observed_at_ms());
}

Status request_cancel(OrderStep& step, LinkTarget& target) {
    target.set_state(internal::v1::LINK_STATE_CANCELLED);
    target.clear_last_error();
    Command& command = command_for(step.context, target, step.order_key, "document");
    commands::v1::CancelDocument& action = *command.mutable_cancel_document();
    action.set_external_number(target.external_number());
    action.set_document_type(target.document_type());
    action.set_native_id(target.native_id());
    action.set_reason("order " + step.order.status());
    return send_command(step.context, step.routing, command, step.source.connection(), step.source.observed_at_ms());
}

void park(OrderStep& step, LinkTarget& target, std::string reason) {
    target.set_state(internal::v1::LINK_STATE_PARKED);
    target.set_last_error(std::move(reason));
    step.context.metrics.parked.add();
}

// An order that was set aside here was never asked for at the target.
void forget_unsent(LinkTarget& target) {
    if (target.state() == internal::v1::LINK_STATE_PARKED && target.external_number().empty())
        target.set_state(internal::v1::LINK_STATE_UNSPECIFIED);
}

// What one route does with the newest state of an order.
Status route_order(OrderStep& step, const OrderRoute& route) {
    if (!route.exports || step.order.created_at_ms() < route.export_since_ms) return {};
    LinkTarget& target = target_of(step.link, route.to);
    const internal::v1::LinkState state = target.state();
    switch (wish_of(route, step.order)) {
        case Wish::kNothing:
            step.link.clear_waiting();
            forget_unsent(target);
            return {};
        case Wish::kUnknown:
            if (state == internal::v1::LINK_STATE_UNSPECIFIED || state == internal::v1::LINK_STATE_PARKED)
                park(step, target,
                     "the status \"" + step.order.status() + "\" is in no table of the route to " + route.to);
            return {};
        case Wish::kCancel:
            step.link.clear_waiting();
            forget_unsent(target);
            if (target.last_error() == kReopened) target.clear_last_error();
            if (target.state() == internal::v1::LINK_STATE_UNSPECIFIED ||
                target.state() == internal::v1::LINK_STATE_CANCELLED)
                return {};
            return request_cancel(step, target);
        case Wish::kExport:
            if (state == internal::v1::LINK_STATE_CANCELLED) {  // its number is taken at the target: a person decides
                target.set_last_error(std::string(kReopened));
                step.context.metrics.parked.add();
                return {};
            }
            if (state == internal::v1::LINK_STATE_LINKED) {
                if (target.fingerprint() != step.source.content_hash()) step.context.metrics.changed_after_export.add();
                return {};
            }
            if (state == internal::v1::LINK_STATE_REQUESTED) {
                if (target.fingerprint() != step.source.content_hash())
                    *step.link.mutable_waiting() = step.order;
                else
                    step.link.clear_waiting();
                return {};
            }
            return request_export(step, route, target);
    }
    return {};
}

// The order's document at the owner of this stock route; nullptr: none is asked for, so nothing will be missing there.
const LinkTarget* taken_by(const Link& link, const StockRoute& stock) {
    for (const LinkTarget& target : link.targets()) {
        const bool takes = target.state() == internal::v1::LINK_STATE_REQUESTED ||
                           target.state() == internal::v1::LINK_STATE_LINKED ||
                           target.state() == internal::v1::LINK_STATE_PARKED;
        if (takes && target.connection() == stock.owner) return &target;
    }
    return nullptr;
}

// What one order takes of one article, and what of it the owner's document holds.
void send_claim(OrderStep& step, const StockRoute& stock, const std::string& sku, const events::v1::Decimal* quantity) {
    internal::v1::LedgerOrder& claim =
        *make_input(step.context, step.source.merchant(), sku, step.source.observed_at_ms())
             .mutable_claim()
             ->mutable_order();
    claim.set_connection(step.source.connection());
    claim.set_native_id(step.order.native_id());
    claim.set_owner(stock.owner);
    claim.set_modified_at_ms(step.source.modified_at_ms());
    claim.set_known_at_ms(step.context.now_ms);
    const LinkTarget* target = taken_by(step.link, stock);
    *claim.mutable_quantity() = target != nullptr && quantity != nullptr ? *quantity : events::to_proto(Decimal());
    if (target == nullptr || target->confirmed_at_ms() == 0 || !moves_stock(target->document_type(), stock)) return;
    for (const internal::v1::LinkLine& line : target->exported()) {
        if (line.sku() != sku) continue;
        claim.set_confirmed_at_ms(target->confirmed_at_ms());
        *claim.mutable_confirmed_quantity() = line.quantity();
    }
}

// Every state of an order of a shop that shows stock is told to the ledger, also when it takes nothing: the shop must
// not take it for an unknown one.
void send_claims(OrderStep& step) {
    const MerchantRoutes& routes = step.routing.routes;
    const auto stock = std::ranges::find(routes.stock, step.source.connection(), &StockRoute::to);
    if (stock == routes.stock.end()) return;
    Lines& lines = step.context.make<Lines>();
    count_lines(routes, step.source.connection(), step.order, lines);
    for (const internal::v1::LinkLine& old : step.link.lines())
        if (std::ranges::none_of(lines, [&](const auto& line) { return line.sku() == old.sku(); }))
            send_claim(step, *stock, old.sku(), nullptr);
    for (const internal::v1::LinkLine& line : lines) send_claim(step, *stock, line.sku(), &line.quantity());
    step.link.mutable_lines()->Swap(&lines);
    step.link.set_in_flight(taken_by(step.link, *stock) != nullptr);
}

// A list of the orders that wait for a person, so that nobody has to look through all links.
bool waits(const Link& link) { return std::ranges::any_of(link.targets(), waits_for_a_person); }

void keep(Context& context, const std::string& key, const Link& link, bool waited) {
    save(context, context.links, key, link);
    if (waits(link) == waited) return;
    const std::string listed = std::string(kWaitingPrefix) + context.record_key;
    if (waited)
        context.links.remove(context.partition, listed);
    else
        context.links.put(context.partition, listed, context.record_key);
}

Status request_refresh(OrderStep& step) {
    step.context.metrics.refreshed.add();
    Command& command =
        command_for(step.context, target_of(step.link, step.source.connection()), step.order_key, "refresh");
    command.mutable_refresh()->set_entity("order");
    command.mutable_refresh()->set_native_id(step.order.native_id());
    return send_command(step.context, step.routing, command, step.source.connection(), step.source.observed_at_ms());
}

}  // namespace

bool waits_for_a_person(const LinkTarget& target) {
    return target.state() == internal::v1::LINK_STATE_PARKED ||
           (target.state() == internal::v1::LINK_STATE_CANCELLED && !target.last_error().empty());
}

Status handle_order_event(Context& context, Event& event) {
    if (!event.has_order()) return {};  // a deleted order keeps its link and its document: a person decides
    const MerchantRouting* routing = context.routing.find(event.source().merchant());
    if (routing == nullptr) return unknown_merchant(context, event.source().merchant());
    if (!routing->merchant.connections.contains(event.source().connection())) {
        context.metrics.unrouted.add();
        return {};
    }
    const std::string key = link_key(context.record_key);
    const Result<Link*> stored = load<Link>(context, context.links, key);
    if (!stored) return std::unexpected(stored.error());
    Link& link = **stored;
    Order& order = *event.mutable_order();
    OrderStep step{.context = context,
                   .routing = *routing,
                   .source = event.source(),
                   .order = order,
                   .order_key = events::join_key({event.source().connection(), order.native_id()}),
                   .link = link};
    switch (compare(event.source(), link.seen())) {
        case Newer::kOlder: context.metrics.older.add(); return {};
        case Newer::kSame: context.metrics.same.add(); return {};
        case Newer::kRefresh: {
            if (Status sent = request_refresh(step); !sent) return sent;
            save(context, context.links, key, link);
            return {};
        }
        case Newer::kNewer: break;
    }
    const bool waited = waits(link);
    remember(event.source(), *link.mutable_seen());
    link.set_native_id(order.native_id());
    link.set_number(order.number());
    link.set_status(order.status());
    link.set_created_at_ms(order.created_at_ms());
    for (const OrderRoute& route : routing->routes.orders) {
        if (route.from != event.source().connection()) continue;
        if (Status routed = route_order(step, route); !routed) return routed;
    }
    send_claims(step);
    keep(context, key, link, waited);
    return {};
}

namespace {

// The document moves the owner's number: the ledger may release the order after the next read.
void send_confirmations(Context& context, const MerchantRouting& routing, const Link& link, const LinkTarget& target,
                        const commands::v1::CommandResult& result) {
    const auto stock = std::ranges::find_if(routing.routes.stock, [&](const StockRoute& route) {
        return route.owner == target.connection() && route.to == result.cause_connection();
    });
    if (stock == routing.routes.stock.end() || !moves_stock(target.document_type(), *stock)) return;
    for (const internal::v1::LinkLine& line : target.exported()) {
        internal::v1::LedgerConfirmation& confirmation =
            *make_input(context, result.merchant(), line.sku(), result.cause_observed_at_ms()).mutable_confirmation();
        confirmation.set_connection(result.cause_connection());
        confirmation.set_native_id(link.native_id());
        confirmation.set_confirmed_at_ms(result.finished_at_ms());
        *confirmation.mutable_quantity() = line.quantity();
    }
}

// Tells the shop what its order became.
Status tell_origin(Context& context, const MerchantRouting& routing, Link& link, const LinkTarget& document,
                   const commands::v1::CommandResult& result) {
    for (const OrderRoute& route : routing.routes.orders) {
        if (route.from != result.cause_connection() || route.to != result.connection()) continue;
        LinkTarget& origin = target_of(link, route.from);
        if (route.note) {
            Command& command = command_for(context, origin, result.key(), "note");
            command.mutable_add_order_note()->set_order_native_id(link.native_id());
            command.mutable_add_order_note()->set_text(route.to + ": " + document.native_number() + " (" +
                                                       document.external_number() + ")");
            if (Status sent =
                    send_command(context, routing, command, result.cause_connection(), result.cause_observed_at_ms());
                !sent)
                return sent;
        }
        if (!route.status_after.empty()) {
            Command& command = command_for(context, origin, result.key(), "status");
            command.mutable_set_order_status()->set_order_native_id(link.native_id());
            command.mutable_set_order_status()->set_status(route.status_after);
            if (Status sent =
                    send_command(context, routing, command, result.cause_connection(), result.cause_observed_at_ms());
                !sent)
                return sent;
        }
    }
    return {};
}

Status document_made(Context& context, const MerchantRouting& routing, Link& link, LinkTarget& target,
                     const commands::v1::CommandResult& result) {
    target.set_native_id(result.document().native_id());
    target.set_native_number(result.document().number());
    target.set_confirmed_at_ms(result.finished_at_ms());
    target.set_last_error(result.error());
    if (target.state() == internal::v1::LINK_STATE_CANCELLED) return {};
    const bool first = target.state() != internal::v1::LINK_STATE_LINKED;
    target.set_state(internal::v1::LINK_STATE_LINKED);
    if (!first) return {};
    const LinkTarget document = target;  // tell_origin may add a target, which moves the others
    send_confirmations(context, routing, link, document, result);
    return tell_origin(context, routing, link, document, result);
}

}  // namespace

namespace {

// The source of an order's newest state, as its link remembers it.
events::v1::Source source_of(const Link& link, const commands::v1::CommandResult& result) {
    events::v1::Source source;
    source.set_merchant(result.merchant());
    source.set_connection(result.cause_connection());
    source.set_modified_at_ms(link.seen().modified_at_ms());
    source.set_observed_at_ms(result.cause_observed_at_ms());
    source.set_content_hash(link.seen().content_hash());
    return source;
}

// A person gave the export up: the order takes nothing any more.
void drop_claims(Context& context, const MerchantRouting& routing, Link& link,
                 const commands::v1::CommandResult& result) {
    const auto stock = std::ranges::find(routing.routes.stock, result.cause_connection(), &StockRoute::to);
    if (stock == routing.routes.stock.end()) return;
    const events::v1::Source source = source_of(link, result);
    Order& order = context.make<Order>();
    order.set_native_id(link.native_id());
    OrderStep step{.context = context,
                   .routing = routing,
                   .source = source,
                   .order = order,
                   .order_key = result.key(),
                   .link = link};
    for (const internal::v1::LinkLine& line : link.lines()) send_claim(step, *stock, line.sku(), nullptr);
}

// The target refused an export, but a newer state of the order came meanwhile: that one is asked for.
Status retry_with_newer(Context& context, const MerchantRouting& routing, Link& link,
                        const commands::v1::CommandResult& result) {
    if (!link.has_waiting()) return {};
    Order& newer = *link.unsafe_arena_release_waiting();  // the arena keeps it
    const events::v1::Source source = source_of(link, result);
    OrderStep step{.context = context,
                   .routing = routing,
                   .source = source,
                   .order = newer,
                   .order_key = result.key(),
                   .link = link};
    for (const OrderRoute& route : routing.routes.orders) {
        if (route.from != result.cause_connection() || route.to != result.connection()) continue;
        if (Status routed = route_order(step, route); !routed) return routed;
    }
    return {};
}

}  // namespace

Status handle_document_result(Context& context, const commands::v1::CommandResult& result) {
    const MerchantRouting* routing = context.routing.find(result.merchant());
    if (routing == nullptr) return unknown_merchant(context, result.merchant());
    const std::string key = link_key(context.record_key);
    const Result<Link*> stored = load<Link>(context, context.links, key);
    if (!stored) return std::unexpected(stored.error());
    Link& link = **stored;
    const bool waited = waits(link);
    LinkTarget& target = target_of(link, result.connection());
    const bool newest = result.sequence() == target.sequence();
    switch (result.outcome()) {
        case commands::v1::OUTCOME_APPLIED:
        case commands::v1::OUTCOME_UNCHANGED:
            link.clear_waiting();
            if (result.has_document())
                if (Status made = document_made(context, *routing, link, target, result); !made) return made;
            break;
        case commands::v1::OUTCOME_REJECTED:
        case commands::v1::OUTCOME_PARKED:
            if (newest && target.state() == internal::v1::LINK_STATE_REQUESTED)
                target.set_state(internal::v1::LINK_STATE_PARKED);
            if (newest) target.set_last_error(result.error());
            if (newest && target.state() == internal::v1::LINK_STATE_PARKED)
                if (Status again = retry_with_newer(context, *routing, link, result); !again) return again;
            break;
        case commands::v1::OUTCOME_DISCARDED:
            if (newest && target.state() != internal::v1::LINK_STATE_LINKED &&
                target.state() != internal::v1::LINK_STATE_CANCELLED) {
                target.set_state(internal::v1::LINK_STATE_UNSPECIFIED);
                drop_claims(context, *routing, link, result);
            }
            break;
        default: break;
    }
    keep(context, key, link, waited);
    return {};
}

}  // namespace shopwire::router

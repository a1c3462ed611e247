// What a target tells of an order's document or parcel, as the origin is told.
#include <algorithm>

#include "services/router/order_step.h"
#include "services/router/versions.h"

namespace shopwire::router {
namespace {

using events::v1::Document;
using events::v1::Event;
using events::v1::Shipment;
using internal::v1::Link;
using internal::v1::LinkParcel;
using internal::v1::LinkTarget;

constexpr int kParcelsMax = 64;  // of one order; past it the oldest is forgotten, and told again if it comes again

const std::string* find_in(const std::map<std::string, std::string>& table, const std::string& word) {
    const auto found = word.empty() ? table.end() : table.find(word);
    return found == table.end() ? nullptr : &found->second;
}

// The origin's status for what the target says; empty: none.
std::string status_for(const BackRoute& back, const Document& document) {
    for (const std::string* status :
         {find_in(back.statuses, document.status()), find_in(back.status_groups, document.status_group()),
          find_in(back.payment_statuses, document.payment_status())})
        if (status != nullptr) return *status;
    return {};
}

// A source that sees a state later has seen a newer one, also within one second of its clock.
bool is_news(Context& context, const events::v1::Source& source, const internal::v1::SeenVersion& seen) {
    const Newer newer = compare(source, seen);
    const bool later = newer == Newer::kRefresh && source.observed_at_ms() > seen.observed_at_ms();
    if (newer == Newer::kNewer || later) return true;
    (newer == Newer::kSame ? context.metrics.same : context.metrics.older).add();
    return false;
}

// Told once for each change of what the target says: a person in the shop may have decided otherwise since.
Status tell_status(OrderStep& step, const OrderRoute& route, const BackRoute& back, LinkTarget& target,
                   const Document& document) {
    const std::string told = events::join_key({document.status(), document.status_group(), document.payment_status()});
    if (told == target.told_status()) return {};
    target.set_told_status(told);
    const std::string status = status_for(back, document);
    return status.empty() ? Status{} : set_origin_status(step, route, target, status);
}

LinkParcel& parcel_of(LinkTarget& target, const std::string& id) {
    auto& parcels = *target.mutable_parcels();
    const auto found = std::ranges::find(parcels, id, &LinkParcel::native_id);
    if (found != parcels.end()) return *found;
    if (parcels.size() >= kParcelsMax) parcels.erase(parcels.begin());
    LinkParcel& parcel = *parcels.Add();
    parcel.set_native_id(id);
    return parcel;
}

void replace(std::string& text, std::string_view place, const std::string& value) {
    for (std::size_t at = text.find(place); at != std::string::npos; at = text.find(place, at + value.size()))
        text.replace(at, place.size(), value);
}

std::string note_of(const BackRoute& back, const Shipment& shipment) {
    std::string note = back.tracking_note;
    replace(note, "{carrier}", shipment.carrier());
    replace(note, "{number}", shipment.tracking_number());
    replace(note, "{url}", shipment.tracking_url());
    replace(note, "{status}", shipment.status_text().empty() ? shipment.status() : shipment.status_text());
    return note;
}

Status tell_parcel(OrderStep& step, const OrderRoute& route, const BackRoute& back, LinkTarget& target,
                   const Event& event) {
    const Shipment& shipment = event.shipment();
    if (!back.tracking) return {};
    LinkParcel& parcel = parcel_of(target, shipment.native_id());
    if (!is_news(step.context, event.source(), parcel.seen())) return {};
    remember(event.source(), *parcel.mutable_seen());
    const std::string fingerprint = events::content_hash_of(shipment);
    if (parcel.fingerprint() == fingerprint) return {};
    parcel.set_fingerprint(fingerprint);
    // Of each parcel apart: the news of one never takes the place of another's.
    commands::v1::Command& command =
        command_for(step.context, target_of(step.link, route.from), step.order_key,
                    "tracking/" + events::join_key({target.connection(), shipment.native_id()}));
    commands::v1::SetTracking& action = *command.mutable_set_tracking();
    action.set_order_native_id(step.link.native_id());
    *action.mutable_shipment() = shipment;
    action.set_note(note_of(back, shipment));
    action.set_note_to_customer(back.note_to_customer && !action.note().empty());
    if (contains(back.complete_on, shipment.status()) && !is_closed(route, step.link)) {
        action.set_status(back.completed_status);
        target.set_caused_status(action.status());
        step.link.set_asked_status(action.status());
    }
    step.context.metrics.parcels_told.add();
    return send(step, command);
}

// The route by which the order of this link went to the target.
const OrderRoute* route_of(const MerchantRoutes& routes, const std::string& record_key, const std::string& merchant,
                           const Link& link, const std::string& target) {
    const auto route = std::ranges::find_if(routes.orders, [&](const OrderRoute& one) {
        return one.to == target && one.back && events::join_key({merchant, one.from, link.native_id()}) == record_key;
    });
    return route == routes.orders.end() ? nullptr : &*route;
}

}  // namespace

bool is_closed(const OrderRoute& route, const Link& link) {
    return contains(route.closed_statuses, link.asked_status().empty() ? link.status() : link.asked_status());
}

Status set_origin_status(OrderStep& step, const OrderRoute& route, LinkTarget& target, const std::string& status) {
    Link& link = step.link;
    if (status == (link.asked_status().empty() ? link.status() : link.asked_status())) return {};
    if (is_closed(route, link)) {
        step.context.metrics.closed_kept.add();
        return {};
    }
    target.set_caused_status(status);
    link.set_asked_status(status);
    commands::v1::Command& command = command_for(step.context, target_of(link, route.from), step.order_key, "status");
    command.mutable_set_order_status()->set_order_native_id(link.native_id());
    command.mutable_set_order_status()->set_status(status);
    step.context.metrics.statuses_told.add();
    return send(step, command);
}

Status add_origin_note(OrderStep& step, const OrderRoute& route, std::string text) {
    commands::v1::Command& command =
        command_for(step.context, target_of(step.link, route.from), step.order_key, "note");
    command.mutable_add_order_note()->set_order_native_id(step.link.native_id());
    command.mutable_add_order_note()->set_text(std::move(text));
    return send(step, command);
}

Status handle_told(Context& context, const Event& event) {
    const events::v1::Source& source = event.source();
    const MerchantRouting* routing = context.routing.find(source.merchant());
    if (routing == nullptr) return unknown_merchant(context, source.merchant());
    const std::string key = link_key(context.record_key);
    const Result<Link*> stored = load<Link>(context, context.links, key);
    if (!stored) return std::unexpected(stored.error());
    Link& link = **stored;
    const OrderRoute* route =
        route_of(routing->routes, context.record_key, source.merchant(), link, source.connection());
    if (route == nullptr || !route->back || find_target(link, source.connection()) == nullptr) {
        context.metrics.foreign.add();
        return {};
    }
    OrderStep step{.context = context,
                   .routing = *routing,
                   .source = source,
                   .order = context.make<events::v1::Order>(),
                   .order_key = events::join_key({route->from, link.native_id()}),
                   .link = link};
    LinkTarget& target = target_of(link, source.connection());
    if (event.has_shipment()) {
        if (Status told = tell_parcel(step, *route, *route->back, target, event); !told) return told;
    } else {
        if (!is_news(context, source, target.told())) return {};
        remember(source, *target.mutable_told());
        if (Status told = tell_status(step, *route, *route->back, target, event.document()); !told) return told;
    }
    save(context, context.links, key, link);
    return {};
}

}  // namespace shopwire::router

#include "services/router/ledger.h"

#include <algorithm>

#include "common/events/codec.h"
#include "services/router/versions.h"

namespace shopwire::router {
namespace {

using events::from_proto;
using events::to_proto;
using internal::v1::Ledger;
using internal::v1::LedgerLocation;
using internal::v1::LedgerOrder;
using internal::v1::LedgerTarget;

template <class Items, class Match>
auto* find_in(Items* items, const Match& match) {
    for (auto& item : *items)
        if (match(item)) return &item;
    return static_cast<std::remove_reference_t<decltype(*items->begin())>*>(nullptr);
}

bool counts(const StockRoute& route, const LedgerLocation& location) {
    return location.connection() == route.owner &&
           (route.locations.empty() || contains(route.locations, location.location()));
}

Decimal number_of(const LedgerLocation& location, const StockRoute& route) {
    const Decimal on_hand = from_proto(location.on_hand());
    if (route.mode == "on_hand" && location.has_on_hand()) return on_hand;
    if (location.has_free()) return from_proto(location.free());
    return on_hand - from_proto(location.reserved());
}

LedgerTarget& target_of(Ledger& ledger, const std::string& connection, const std::string& sku) {
    auto* found = find_in(ledger.mutable_targets(),
                          [&](const LedgerTarget& t) { return t.connection() == connection && t.sku() == sku; });
    if (found != nullptr) return *found;
    LedgerTarget& target = *ledger.add_targets();
    target.set_connection(connection);
    target.set_sku(sku);
    return target;
}

// Every location that the route counts was read after `since_ms`.
bool all_read_since(const Ledger& ledger, const StockRoute& route, const PassStarted& pass_started,
                    std::int64_t since_ms) {
    bool any = false;
    for (const LedgerLocation& location : ledger.locations()) {
        if (!counts(route, location)) continue;
        any = true;
        const std::int64_t started =
            std::max(location.read_started_at_ms(), pass_started(location.connection(), location.location()));
        if (started <= since_ms) return false;
    }
    return any;
}

}  // namespace

bool moves_stock(events::v1::DocumentType type, const StockRoute& route) {
    switch (type) {
        case events::v1::DOCUMENT_TYPE_RESERVATION: return route.mode == "free";
        case events::v1::DOCUMENT_TYPE_DELIVERY_NOTE:
        case events::v1::DOCUMENT_TYPE_INVOICE_DELIVERY_NOTE: return true;
        case events::v1::DOCUMENT_TYPE_INVOICE: return route.invoice_moves_stock;
        default: return false;
    }
}

bool apply_snapshot(Ledger& ledger, const internal::v1::LedgerSnapshot& snapshot) {
    auto* location = find_in(ledger.mutable_locations(), [&](const LedgerLocation& l) {
        return l.connection() == snapshot.connection() && l.location() == snapshot.location();
    });
    if (location == nullptr) {
        location = ledger.add_locations();
        location->set_connection(snapshot.connection());
        location->set_location(snapshot.location());
    } else if (snapshot.read_started_at_ms() < location->read_started_at_ms() ||
               (snapshot.read_started_at_ms() == location->read_started_at_ms() &&
                snapshot.seen().observed_at_ms() < location->seen().observed_at_ms())) {
        return false;  // an older read came late
    }
    const auto copy = [](bool present, const events::v1::Decimal& value,
                         events::v1::Decimal* (LedgerLocation::*mutable_field)(), void (LedgerLocation::*clear)(),
                         LedgerLocation& to) {
        if (present)
            *(to.*mutable_field)() = value;
        else
            (to.*clear)();
    };
    copy(snapshot.has_on_hand(), snapshot.on_hand(), &LedgerLocation::mutable_on_hand, &LedgerLocation::clear_on_hand,
         *location);
    copy(snapshot.has_reserved(), snapshot.reserved(), &LedgerLocation::mutable_reserved,
         &LedgerLocation::clear_reserved, *location);
    copy(snapshot.has_free(), snapshot.free(), &LedgerLocation::mutable_free, &LedgerLocation::clear_free, *location);
    *location->mutable_seen() = snapshot.seen();
    location->set_read_started_at_ms(snapshot.read_started_at_ms());
    if (!snapshot.sku().empty()) location->set_sku(snapshot.sku());
    return true;
}

bool apply_claim(Ledger& ledger, const LedgerOrder& claim) {
    auto* order =
        find_in(ledger.mutable_orders(), [&](const LedgerOrder& o) { return o.order_key() == claim.order_key(); });
    if (order == nullptr) {
        *ledger.add_orders() = claim;
        return true;
    }
    if (claim.modified_at_ms() < order->modified_at_ms()) return false;
    const bool grew = from_proto(claim.quantity()) > from_proto(order->quantity());
    order->set_modified_at_ms(claim.modified_at_ms());
    order->set_known_at_ms(claim.known_at_ms());
    *order->mutable_quantity() = claim.quantity();
    // More pieces than the confirmed document holds: nobody counts the new ones yet.
    if (grew) {
        order->set_released_at_ms(0);
        order->set_confirmed_at_ms(claim.confirmed_at_ms());
    }
    return true;
}

bool apply_confirmation(Ledger& ledger, const internal::v1::LedgerConfirmation& confirmation) {
    auto* order = find_in(ledger.mutable_orders(),
                          [&](const LedgerOrder& o) { return o.order_key() == confirmation.order_key(); });
    if (order == nullptr || order->confirmed_at_ms() != 0) return false;
    order->set_confirmed_at_ms(confirmation.confirmed_at_ms());
    return true;
}

void release(Ledger& ledger, const StockRoute& route, const PassStarted& pass_started, std::int64_t now_ms) {
    for (LedgerOrder& order : *ledger.mutable_orders()) {
        if (order.released_at_ms() != 0) continue;
        const bool takes_nothing = from_proto(order.quantity()).is_zero();
        const bool counted_by_owner =
            order.confirmed_at_ms() != 0 &&
            all_read_since(ledger, route, pass_started, order.confirmed_at_ms() + route.release_lag.count());
        if (takes_nothing || counted_by_owner) order.set_released_at_ms(now_ms);
    }
    auto& orders = *ledger.mutable_orders();
    const auto forgettable = [&](const LedgerOrder& order) {
        return order.released_at_ms() != 0 &&
               (order.released_at_ms() < now_ms - kCountedMs || orders.size() > kLedgerOrdersMax);
    };
    orders.erase(std::remove_if(orders.begin(), orders.end(), forgettable), orders.end());
}

std::optional<Decimal> sellable(const Ledger& ledger, const StockRoute& route) {
    std::optional<Decimal> sum;
    for (const LedgerLocation& location : ledger.locations())
        if (counts(route, location)) sum = sum.value_or(Decimal()) + number_of(location, route);
    if (!sum) return std::nullopt;
    for (const LedgerOrder& order : ledger.orders())
        if (order.released_at_ms() == 0) *sum -= from_proto(order.quantity());
    return std::max(Decimal(), *sum - route.buffer);
}

bool is_open(const Ledger& ledger) {
    return std::ranges::any_of(ledger.orders(), [](const LedgerOrder& order) { return order.released_at_ms() == 0; }) ||
           std::ranges::any_of(ledger.targets(), [](const LedgerTarget& target) { return !target.has_published(); });
}

std::optional<commands::v1::Command> publish(Ledger& ledger, const StockRoute& route, const std::string& target_sku,
                                             std::int64_t now_ms) {
    const std::optional<Decimal> number = sellable(ledger, route);
    if (!number) return std::nullopt;
    LedgerTarget& target = target_of(ledger, route.to, target_sku);
    if (target.has_published() && from_proto(target.published()) == *number) return std::nullopt;
    target.set_sequence(target.sequence() + 1);
    *target.mutable_published() = to_proto(*number);
    target.set_published_at_ms(now_ms);

    commands::v1::Command command;
    command.set_connection(route.to);
    command.set_field_group("stock");
    command.set_sequence(target.sequence());
    commands::v1::SetStock& set = *command.mutable_set_stock();
    set.set_sku(target_sku);
    *set.mutable_quantity() = to_proto(*number);
    set.set_counted_since_ms(now_ms - kCountedMs);
    for (const LedgerOrder& order : ledger.orders()) {
        if (order.connection() != route.to) continue;
        commands::v1::CountedOrder& counted = *set.add_counted();
        counted.set_native_id(order.native_id());
        counted.set_modified_at_ms(order.modified_at_ms());
    }
    return command;
}

bool unpublish(Ledger& ledger, const std::string& connection, const std::string& target_sku, std::uint64_t sequence) {
    auto* target = find_in(ledger.mutable_targets(), [&](const LedgerTarget& t) {
        return t.connection() == connection && t.sku() == target_sku;
    });
    if (target == nullptr || target->sequence() != sequence || !target->has_published()) return false;
    target->clear_published();
    return true;
}

bool knows_more(const Ledger& ledger, const std::string& connection, const std::string& target_sku) {
    for (const LedgerTarget& target : ledger.targets()) {
        if (target.connection() != connection || target.sku() != target_sku) continue;
        return std::ranges::any_of(
            ledger.orders(), [&](const LedgerOrder& order) { return order.known_at_ms() >= target.published_at_ms(); });
    }
    return false;
}

Shown apply_shown(Ledger& ledger, const internal::v1::LedgerShown& shown) {
    auto* target = find_in(ledger.mutable_targets(), [&](const LedgerTarget& t) {
        return t.connection() == shown.connection() && events::fold_sku(t.sku()) == events::fold_sku(shown.sku());
    });
    // What was seen before our last number was sent says nothing about it.
    if (target == nullptr || !target->has_published() || shown.observed_at_ms() < target->published_at_ms())
        return Shown::kAsPublished;
    const Decimal difference = from_proto(shown.quantity()) - from_proto(target->published());
    if (difference.is_zero()) return Shown::kAsPublished;
    target->clear_published();
    return difference.is_negative() ? Shown::kTooLittle : Shown::kTooMuch;
}

}  // namespace shopwire::router

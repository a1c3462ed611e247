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

// nullopt: the owner does not tell what this mode needs, and a guess could sell what is not there.
std::optional<Decimal> number_of(const LedgerLocation& location, const StockRoute& route) {
    if (location.gone()) return Decimal();
    const Decimal on_hand = from_proto(location.on_hand());
    if (route.mode == "on_hand") return location.has_on_hand() ? std::optional(on_hand) : std::nullopt;
    if (location.has_free()) return from_proto(location.free());
    if (!location.has_on_hand() || !location.has_reserved()) return std::nullopt;
    return on_hand - from_proto(location.reserved());
}

}  // namespace

Decimal subtracted(const LedgerOrder& order) {
    return std::max(Decimal(), from_proto(order.quantity()) - from_proto(order.released_quantity()));
}

namespace {

LedgerTarget& target_of(Ledger& ledger, const std::string& connection, const std::string& sku) {
    auto* found = find_in(ledger.mutable_targets(),
                          [&](const LedgerTarget& t) { return t.connection() == connection && t.sku() == sku; });
    if (found != nullptr) return *found;
    LedgerTarget& target = *ledger.add_targets();
    target.set_connection(connection);
    target.set_sku(sku);
    return target;
}

// In whatever case the target spells it.
LedgerTarget* find_target(Ledger& ledger, const std::string& connection, const std::string& sku) {
    return find_in(ledger.mutable_targets(), [&](const LedgerTarget& t) {
        return t.connection() == connection && events::fold_sku(t.sku()) == events::fold_sku(sku);
    });
}

LedgerOrder* order_of(Ledger& ledger, const std::string& connection, const std::string& native_id) {
    return find_in(ledger.mutable_orders(),
                   [&](const LedgerOrder& o) { return o.native_id() == native_id && o.connection() == connection; });
}

// Every location that the route counts was read after `since_ms`.
bool all_read_since(const Ledger& ledger, const StockRoute& route, const PassStarted& pass_started,
                    std::int64_t since_ms) {
    bool any = false;
    for (const LedgerLocation& location : ledger.locations()) {
        if (!counts(route, location)) continue;
        any = true;
        if (location.gone()) continue;
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

namespace {

// Pieces that may be sold, as far as it is told; what was there and is not told now counts as nothing.
std::optional<Decimal> free_of(const auto& told) {
    if (told.gone()) return Decimal();
    if (told.has_free()) return from_proto(told.free());
    if (!told.has_on_hand()) return std::nullopt;
    return from_proto(told.on_hand()) - from_proto(told.reserved());
}

bool tells_no_more(const internal::v1::LedgerSnapshot& snapshot, const LedgerLocation& location) {
    const std::optional<Decimal> now = free_of(snapshot);
    const std::optional<Decimal> before = free_of(location);
    return now && before && *now <= *before && (snapshot.gone() || snapshot.has_on_hand() == location.has_on_hand()) &&
           (!snapshot.has_on_hand() || from_proto(snapshot.on_hand()) <= from_proto(location.on_hand()));
}

// The state was there before the one that is known, by the owner's own clock.
bool changed_before(const internal::v1::LedgerSnapshot& snapshot, const LedgerLocation& location) {
    return snapshot.seen().modified_at_ms() > 0 && location.seen().modified_at_ms() > 0 &&
           snapshot.seen().modified_at_ms() < location.seen().modified_at_ms();
}

// What is pushed to us may have been on its way for long, and may miss orders that a later read counts and that are
// released therefore.  So it may lower the number, and raise it only when the owner's clock says that it is newer.
bool push_counts(const internal::v1::LedgerSnapshot& snapshot, const LedgerLocation& location) {
    if (snapshot.seen().observed_at_ms() < location.seen().observed_at_ms()) return false;
    if (location.read_started_at_ms() == 0) return !changed_before(snapshot, location);
    const bool newer =
        location.seen().modified_at_ms() > 0 && snapshot.seen().modified_at_ms() > location.seen().modified_at_ms();
    return newer || (!changed_before(snapshot, location) && tells_no_more(snapshot, location));
}

bool is_news(const internal::v1::LedgerSnapshot& snapshot, const LedgerLocation& location) {
    if (snapshot.read_started_at_ms() == 0) return push_counts(snapshot, location);
    if (snapshot.read_started_at_ms() < location.read_started_at_ms()) return false;
    // A read that began after the known state was seen is newer, whatever the owner's clock says.
    if (snapshot.read_started_at_ms() > location.seen().observed_at_ms()) return true;
    if (snapshot.read_started_at_ms() == location.read_started_at_ms() &&
        snapshot.seen().observed_at_ms() < location.seen().observed_at_ms())
        return false;
    return !changed_before(snapshot, location);
}

}  // namespace

bool apply_snapshot(Ledger& ledger, const internal::v1::LedgerSnapshot& snapshot) {
    auto* location = find_in(ledger.mutable_locations(), [&](const LedgerLocation& l) {
        return l.connection() == snapshot.connection() && l.location() == snapshot.location();
    });
    if (location == nullptr) {
        location = ledger.add_locations();
        location->set_connection(snapshot.connection());
        location->set_location(snapshot.location());
    } else if (!is_news(snapshot, *location)) {
        return false;
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
    location->set_gone(snapshot.gone());
    // What was pushed is no read of ours: it releases nothing.
    location->set_read_started_at_ms(std::max(snapshot.read_started_at_ms(), location->read_started_at_ms()));
    if (!snapshot.sku().empty()) location->set_sku(snapshot.sku());
    return true;
}

namespace {

// The document holds so many pieces.  Those that it holds no more are released no more: when it grows again, they are
// new to the owner.
void confirm(LedgerOrder& order, std::int64_t at_ms, Decimal quantity) {
    order.set_confirmed_at_ms(at_ms);
    *order.mutable_confirmed_quantity() = to_proto(quantity);
    if (from_proto(order.released_quantity()) > quantity) *order.mutable_released_quantity() = to_proto(quantity);
}

}  // namespace

// The claims of one order come in the order in which the router saw its states: the last one counts.
bool apply_claim(Ledger& ledger, const LedgerOrder& claim) {
    LedgerOrder* order = order_of(ledger, claim.connection(), claim.native_id());
    if (order == nullptr) {
        order = ledger.add_orders();
        *order = claim;
        order->set_since_ms(claim.known_at_ms());
        return true;
    }
    order->set_modified_at_ms(claim.modified_at_ms());
    order->set_known_at_ms(claim.known_at_ms());
    order->set_owner(claim.owner());
    *order->mutable_quantity() = claim.quantity();
    if (claim.confirmed_at_ms() != 0) {
        confirm(*order, claim.confirmed_at_ms(), from_proto(claim.confirmed_quantity()));
    } else if (from_proto(claim.quantity()).is_zero()) {
        // No document holds anything: should the order take these pieces again, nobody counts them.
        order->clear_confirmed_at_ms();
        order->clear_confirmed_quantity();
        order->clear_released_quantity();
    }
    // More pieces than the document holds: nobody counts those yet.
    if (!subtracted(*order).is_zero()) order->set_released_at_ms(0);
    return true;
}

bool apply_confirmation(Ledger& ledger, const internal::v1::LedgerConfirmation& confirmation) {
    LedgerOrder* order = order_of(ledger, confirmation.connection(), confirmation.native_id());
    if (order == nullptr || confirmation.confirmed_at_ms() < order->confirmed_at_ms()) return false;
    const Decimal quantity = from_proto(confirmation.quantity());
    if (confirmation.confirmed_at_ms() == order->confirmed_at_ms() &&
        from_proto(order->confirmed_quantity()) == quantity)
        return false;
    confirm(*order, confirmation.confirmed_at_ms(), quantity);
    if (!subtracted(*order).is_zero()) order->set_released_at_ms(0);
    return true;
}

namespace {

// Released orders are listed for a while; past the bound the oldest of them go first.
void forget(Ledger& ledger, std::int64_t now_ms) {
    auto& orders = *ledger.mutable_orders();
    const auto old = [now_ms](const LedgerOrder& order) {
        return order.released_at_ms() != 0 && order.released_at_ms() < now_ms - kCountedMs;
    };
    orders.erase(std::remove_if(orders.begin(), orders.end(), old), orders.end());
    while (orders.size() > kLedgerOrdersMax) {
        auto oldest = orders.end();
        for (auto order = orders.begin(); order != orders.end(); ++order)
            if (order->released_at_ms() != 0 &&
                (oldest == orders.end() || order->released_at_ms() < oldest->released_at_ms()))
                oldest = order;
        if (oldest == orders.end()) return;
        orders.erase(oldest);
    }
}

}  // namespace

void release(Ledger& ledger, const StockRoute& route, const PassStarted& pass_started, std::int64_t now_ms) {
    for (LedgerOrder& order : *ledger.mutable_orders()) {
        if (order.released_at_ms() != 0 || order.connection() != route.to) continue;
        const bool counted_by_owner =
            order.confirmed_at_ms() != 0 &&
            all_read_since(ledger, route, pass_started, order.confirmed_at_ms() + route.release_lag.count());
        if (counted_by_owner) *order.mutable_released_quantity() = order.confirmed_quantity();
        if (subtracted(order).is_zero()) order.set_released_at_ms(now_ms);
    }
    forget(ledger, now_ms);
}

std::optional<Decimal> sellable(const Ledger& ledger, const StockRoute& route) {
    std::optional<Decimal> sum;
    for (const LedgerLocation& location : ledger.locations()) {
        if (!counts(route, location)) continue;
        const std::optional<Decimal> number = number_of(location, route);
        if (!number) return std::nullopt;
        sum = sum.value_or(Decimal()) + *number;
    }
    if (!sum) return std::nullopt;
    for (const LedgerOrder& order : ledger.orders())
        if (order.owner() == route.owner) *sum -= subtracted(order);
    return std::max(Decimal(), *sum - route.buffer);
}

bool is_overdue(const LedgerOrder& order, const StockRoute& route, std::int64_t now_ms) {
    if (order.released_at_ms() != 0 || order.connection() != route.to || order.owner() != route.owner) return false;
    const std::int64_t since_ms = order.since_ms() != 0 ? order.since_ms() : order.known_at_ms();
    return now_ms - since_ms > route.reservation_max.count() && !subtracted(order).is_zero();
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
    target.set_refused(false);

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

bool refuse(Ledger& ledger, const std::string& connection, const std::string& target_sku, std::uint64_t sequence) {
    LedgerTarget* target = find_target(ledger, connection, target_sku);
    if (target == nullptr || target->sequence() != sequence || !target->has_published()) return false;
    target->set_refused(true);
    // It looked some time after the number was sent, and answered later: the article may be younger than its look.
    if (target->there_at_ms() <= target->published_at_ms()) return false;
    target->clear_there_at_ms();  // once
    target->clear_published();
    return true;
}

bool apply_made(Ledger& ledger, const internal::v1::LedgerMade& made, std::int64_t at_ms) {
    LedgerTarget* target = find_target(ledger, made.connection(), made.sku());
    if (target == nullptr) return false;
    if (made.by_hand()) target->set_there_at_ms(at_ms);
    if (made.by_hand() && !target->refused()) return false;
    target->clear_there_at_ms();
    target->clear_published();
    return true;
}

Shown apply_shown(Ledger& ledger, const internal::v1::LedgerShown& shown) {
    LedgerTarget* target = find_target(ledger, shown.connection(), shown.sku());
    // What was seen before our last number was sent says nothing about it.
    if (target == nullptr || !target->has_published() || shown.observed_at_ms() < target->published_at_ms())
        return Shown::kAsPublished;
    const Decimal difference = from_proto(shown.quantity()) - from_proto(target->published());
    if (difference.is_zero()) return Shown::kAsPublished;
    target->clear_published();
    return difference.is_negative() ? Shown::kTooLittle : Shown::kTooMuch;
}

}  // namespace shopwire::router

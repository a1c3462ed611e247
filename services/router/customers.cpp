// Customers: where two connections know the same person, a change at one is written to the other, once.
//
// Both sides of a person meet under one identity.  An event that says what we wrote there, or what the other side has
// already, is an echo.  What is left is a change: it crosses, unless the other side changed at the same time and is the
// master.
#include <algorithm>
#include <cstdlib>
#include <iterator>

#include "services/router/context.h"
#include "services/router/customer_model.h"
#include "services/router/versions.h"

namespace shopwire::router {
namespace {

using events::v1::Customer;
using events::v1::Event;
using internal::v1::CustomerIdentity;
using internal::v1::CustomerOrigin;
using internal::v1::CustomerSide;
using internal::v1::EntityInput;

constexpr int kWrittenMax = 8;  // states of one customer that may be on their way at once

std::string origin_key(const std::string& record_key) { return "c/" + record_key; }

const CustomerRoute* route_of(const MerchantRoutes& routes, const std::string& connection) {
    const auto found =
        std::ranges::find_if(routes.customers, [&](const CustomerRoute& route) { return route.has(connection); });
    return found == routes.customers.end() ? nullptr : &*found;
}

internal::v1::CustomerSeen& tell(Context& context, const events::v1::Source& source, const std::string& identity,
                                 const std::string& native_id) {
    internal::v1::CustomerSeen& seen =
        *make_entity_input(context, source.merchant(), identity, source.observed_at_ms()).mutable_customer_seen();
    seen.set_connection(source.connection());
    seen.set_native_id(native_id);
    seen.set_seen_at_ms(source.read_started_at_ms() > 0 ? source.read_started_at_ms() : source.observed_at_ms());
    seen.set_changed_at_ms(source.modified_at_ms() > 0 ? source.modified_at_ms() : source.observed_at_ms());
    return seen;
}

}  // namespace

Status handle_customer_event(Context& context, const Event& event) {
    const events::v1::Source& source = event.source();
    const MerchantRouting* routing = context.routing.find(source.merchant());
    if (routing == nullptr) return unknown_merchant(context, source.merchant());
    const CustomerRoute* route = route_of(routing->routes, source.connection());
    if (route == nullptr) {
        context.metrics.unrouted.add();
        return {};
    }
    const std::string key = origin_key(context.record_key);
    const Result<CustomerOrigin*> stored = load<CustomerOrigin>(context, context.links, key);
    if (!stored) return std::unexpected(stored.error());
    CustomerOrigin& origin = **stored;
    if (event.has_deleted()) {
        if (!origin.identity().empty()) tell(context, source, origin.identity(), event.deleted().native_id());
        context.links.remove(context.partition, key);
        return {};
    }
    const Newer newer = compare(source, origin.seen());
    if (newer == Newer::kOlder || newer == Newer::kSame) {
        (newer == Newer::kOlder ? context.metrics.older : context.metrics.same).add();
        return {};
    }
    if (!event.customer().personal().has_clear()) return rejected("the personal fields of a customer cannot be read");
    remember(source, *origin.mutable_seen());
    if (origin.identity().empty())
        origin.set_identity(
            identity_of(event.customer(), source.connection(), route->match, routing->routes.identity_key));
    save(context, context.links, key, origin);
    *tell(context, source, origin.identity(), event.customer().native_id()).mutable_customer() = event.customer();
    return {};
}

namespace {

struct CustomerStep {
    Context& context;
    const MerchantRouting& routing;
    const std::string& identity;
    CustomerIdentity& state;
    std::int64_t cause_observed_at_ms = 0;
};

// One for each connection of the routes, so that none is added while another is at hand.
void add_sides(CustomerStep& step) {
    for (const CustomerRoute& route : step.routing.routes.customers)
        for (const std::string& connection : route.between) {
            auto& sides = *step.state.mutable_sides();
            if (std::ranges::find(sides, connection, &CustomerSide::connection) == sides.end())
                sides.Add()->set_connection(connection);
        }
}

CustomerSide& side_of(CustomerStep& step, const std::string& connection) {
    return *std::ranges::find(*step.state.mutable_sides(), connection, &CustomerSide::connection);
}

bool is_master(const MerchantRoutes& routes, const std::string& connection) {
    return std::ranges::any_of(routes.customers,
                               [&](const CustomerRoute& route) { return route.master == connection; });
}

// It will show what was asked for, or shows what it said last.
const std::string& state_of(const CustomerSide& side) {
    const bool pending = !side.written().empty() && side.written_at_ms() == 0;
    return pending ? *side.written().rbegin() : side.shown();
}

Status write(CustomerStep& step, const CustomerRoute& route, CustomerSide& to, const CustomerSide& from,
             const Customer& customer, const std::string& fingerprint) {
    if (!route.may_write(to.connection())) {
        step.context.metrics.not_owner.add();
        return {};
    }
    if (to.native_id().empty() && !route.may_create(to.connection())) return {};  // until it is known there
    to.set_sequence(to.sequence() + 1);
    if (to.written().empty()) to.set_held(to.shown());  // what it may keep
    to.add_written(overlaid(state_of(to), fingerprint));
    if (to.written_size() > kWrittenMax) to.mutable_written()->erase(to.written().begin());
    to.set_written_at_ms(0);
    to.clear_last_error();
    to.set_cause_connection(from.connection());
    commands::v1::Command& command = step.context.make<commands::v1::Command>();
    command.set_connection(to.connection());
    command.set_key(step.identity);
    command.set_field_group("customer");
    command.set_sequence(to.sequence());
    command.set_native_id(to.native_id());
    commands::v1::UpsertCustomer& upsert = *command.mutable_upsert_customer();
    *upsert.mutable_customer() = crossing(customer, route.fields, fingerprint);
    if (!from.native_id().empty()) upsert.set_external_id(from.connection() + ":" + from.native_id());
    return send_command(step.context, step.routing, command, from.connection(), step.cause_observed_at_ms);
}

struct Change {
    const internal::v1::CustomerSeen& seen;
    std::string before{};  // what this side showed until now
    std::string now{};
    std::string echo_of{};  // connection whose state comes back with it; empty: it is no echo
};

// The state was read before what we wrote there was there.
bool overtaken(const CustomerSide& side, const Change& change) {
    return !side.written().empty() && (side.written_at_ms() == 0 || change.seen.seen_at_ms() <= side.written_at_ms());
}

bool within_window(const CustomerRoute& route, const CustomerSide& other, const Change& change) {
    return other.changed_at_ms() != 0 &&
           std::abs(change.seen.changed_at_ms() - other.changed_at_ms()) <= route.conflict_window.count();
}

// What we wrote here comes back in the order in which it was written, perhaps with parts that this side never takes.
bool shows_what_was_written(const std::vector<std::string>& fields, CustomerSide& side, const Change& change) {
    auto& written = *side.mutable_written();
    const bool landed = !overtaken(side, change);
    const auto echoed = std::ranges::find_if(written, [&](const std::string& one) {
        const std::string kept = landed ? kept_parts(one, side.held(), change.now) : std::string();
        return covers(one, without(change.now, kept), fields);
    });
    if (echoed == written.end()) return false;
    if (landed) side.set_kept(overlaid(side.kept(), kept_parts(*echoed, side.held(), change.now)));
    written.erase(written.begin(), std::next(echoed));
    return true;
}

std::string echo_of(const MerchantRoutes& routes, CustomerSide& side, const Change& change) {
    for (const CustomerRoute& route : routes.customers)
        if (route.has(side.connection()) && route.other(side.connection()) == side.cause_connection())
            return shows_what_was_written(route.fields, side, change) ? side.cause_connection() : std::string();
    return {};
}

// True: nothing crosses.
bool says_nothing(CustomerStep& step, const CustomerRoute& route, const CustomerSide& other, const Change& change) {
    if (change.echo_of == other.connection() || covers(state_of(other), change.now, route.fields)) {
        step.context.metrics.customer_echoes.add();
        return true;
    }
    const bool refused = !other.last_error().empty();  // then this state is a new try
    // An echo was confirmed before it is seen, but a third connection does not know it yet.
    if (refused || !change.echo_of.empty() || !covers(change.before, change.now, route.fields)) return false;
    step.context.metrics.same.add();
    return true;
}

Status cross(CustomerStep& step, const CustomerRoute& route, CustomerSide& side, const Change& change) {
    CustomerSide& other = side_of(step, route.other(side.connection()));
    if (says_nothing(step, route, other, change)) return {};
    if (!change.echo_of.empty()) return write(step, route, other, side, change.seen.customer(), change.now);
    const bool late = overtaken(side, change);
    if (!late) side.clear_written();  // it was shown once, and is outdone now
    const bool conflict = late || within_window(route, other, change);
    const bool first_meeting = change.before.empty() && !other.shown().empty();
    if (conflict) step.context.metrics.customer_conflicts.add();
    if ((conflict || first_meeting) && route.master == other.connection() && other.has_newest() &&
        route.may_write(side.connection())) {
        if (late) return {};  // it shows the master's state already, or will
        return write(step, route, side, other, other.newest(), other.shown());
    }
    side.set_changed_at_ms(change.seen.changed_at_ms());
    // What is on its way here must not come after: the master's state is asked for here too.
    if (late && route.master == side.connection())
        if (Status again = write(step, route, side, other, change.seen.customer(), change.now); !again) return again;
    return write(step, route, other, side, change.seen.customer(), change.now);
}

void forget(CustomerSide& side) {
    const std::uint64_t sequence = side.sequence();
    const std::string connection = side.connection();
    side.Clear();
    side.set_connection(connection);
    side.set_sequence(sequence);  // commands go on counting
}

Status apply_customer(CustomerStep& step, const internal::v1::CustomerSeen& seen) {
    CustomerSide& side = side_of(step, seen.connection());
    if (!seen.has_customer()) {
        if (side.native_id() == seen.native_id()) forget(side);
        return {};
    }
    if (!side.native_id().empty() && side.native_id() != seen.native_id()) {
        step.context.metrics.customers_doubled.add();  // the first one stands for this person
        return {};
    }
    const MerchantRoutes& routes = step.routing.routes;
    side.set_native_id(seen.native_id());
    const std::string shown = fingerprint_of(seen.customer(), routes.identity_key);
    side.set_kept(shared_parts(side.kept(), shown));
    Change change{.seen = seen, .before = side.shown(), .now = without(shown, side.kept())};
    change.echo_of = echo_of(routes, side, change);
    side.set_shown(shown);
    if (is_master(routes, side.connection())) *side.mutable_newest() = seen.customer();
    for (const CustomerRoute& route : routes.customers) {
        if (!route.has(side.connection())) continue;
        if (Status crossed = cross(step, route, side, change); !crossed) return crossed;
    }
    return {};
}

// A connection answered that this customer is one of ours: the first identity that named it stays.
Status name_customer(Context& context, const internal::v1::CustomerNamed& named) {
    const std::string key = origin_key(context.record_key);
    const Result<CustomerOrigin*> stored = load<CustomerOrigin>(context, context.links, key);
    if (!stored) return std::unexpected(stored.error());
    CustomerOrigin& origin = **stored;
    if (origin.identity() == named.identity()) return {};
    if (!origin.identity().empty()) {
        context.metrics.customers_doubled.add();
        return {};
    }
    origin.set_identity(named.identity());
    save(context, context.links, key, origin);
    return {};
}

}  // namespace

Status handle_customer_input(Context& context, const MerchantRouting& routing, const EntityInput& input) {
    if (input.has_customer_named()) return name_customer(context, input.customer_named());
    const std::string key = identity_key(context.record_key);
    const Result<CustomerIdentity*> stored = load<CustomerIdentity>(context, context.links, key);
    if (!stored) return std::unexpected(stored.error());
    CustomerStep step{.context = context,
                      .routing = routing,
                      .identity = input.entity(),
                      .state = **stored,
                      .cause_observed_at_ms = input.cause_observed_at_ms()};
    add_sides(step);
    const std::string& connection = input.customer_seen().connection();
    if (route_of(routing.routes, connection) == nullptr) return {};  // the route was removed meanwhile
    if (Status applied = apply_customer(step, input.customer_seen()); !applied) return applied;
    save(context, context.links, key, step.state);
    return {};
}

namespace {

void confirmed(Context& context, CustomerSide& side, const commands::v1::CommandResult& result,
               const std::string& identity) {
    if (side.native_id().empty() && !result.native_id().empty()) {
        side.set_native_id(result.native_id());
        internal::v1::CustomerNamed& named =
            *make_entity_input(context, result.merchant(), events::join_key({result.connection(), result.native_id()}),
                               result.cause_observed_at_ms())
                 .mutable_customer_named();
        named.set_connection(result.connection());
        named.set_native_id(result.native_id());
        named.set_identity(identity);
    }
    if (side.sequence() != result.sequence()) return;
    if (!result.error().empty()) {  // it keeps a state of its own, and tells it
        side.clear_written();
        return;
    }
    side.set_written_at_ms(result.finished_at_ms());
    if (!side.written().empty()) side.set_shown(*side.written().rbegin());
}

}  // namespace

Status handle_customer_result(Context& context, const commands::v1::CommandResult& result) {
    const std::string key = identity_key(context.record_key);
    const Result<CustomerIdentity*> stored = load<CustomerIdentity>(context, context.links, key);
    if (!stored) return std::unexpected(stored.error());
    for (CustomerSide& side : *(*stored)->mutable_sides()) {
        if (side.connection() != result.connection()) continue;
        switch (result.outcome()) {
            case commands::v1::OUTCOME_APPLIED:
            case commands::v1::OUTCOME_UNCHANGED: confirmed(context, side, result, result.key()); break;
            case commands::v1::OUTCOME_REJECTED:
            case commands::v1::OUTCOME_PARKED:
            case commands::v1::OUTCOME_DISCARDED:
                if (side.sequence() != result.sequence()) break;
                if (!side.written().empty()) side.mutable_written()->RemoveLast();
                side.set_written_at_ms(result.finished_at_ms());
                side.set_last_error(result.error().empty() ? "refused" : result.error());
                context.metrics.customers_refused.add();
                break;
            default: break;
        }
        save(context, context.links, key, **stored);
    }
    return {};
}

}  // namespace shopwire::router

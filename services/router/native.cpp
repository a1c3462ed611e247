// From a target's own name of a document to the order's link.  A target tells of documents and parcels under names that
// say nothing of the partition where the order's link lies.  So each name has an entry, in the partition of the name:
// an event goes there first, and from there to the link.
#include <algorithm>

#include "common/core/ids.h"
#include "services/router/order_step.h"

namespace shopwire::router {
namespace {

using events::v1::Event;
using internal::v1::NativeIndex;
using internal::v1::NativeInput;

constexpr std::string_view kIndexPrefix = "n/";
constexpr std::string_view kUnknownPrefix = "nw/";  // names with events that wait, the oldest first
constexpr std::int64_t kUnknownMaxMs = std::int64_t{24} * 3600 * 1000;  // then it was never ours
constexpr int kWaitingMax = 16;  // documents and parcels of one name
constexpr int kExpiredMax = 64;  // looked at with each new one

std::string index_key(const std::string& name) { return std::string(kIndexPrefix) + name; }
std::string unknown_key(const std::string& name, std::int64_t since_ms) {
    constexpr std::size_t kDigits = 16;
    std::string time = std::to_string(since_ms);
    time.insert(0, kDigits - std::min(kDigits, time.size()), '0');
    return std::string(kUnknownPrefix) + time + "/" + name;
}

// By its number where there is one: that is known from the moment when the document is asked for.
std::string name_of(const std::string& merchant, const std::string& connection, const std::string& number,
                    const std::string& id) {
    if (!number.empty()) return events::join_key({merchant, connection, "number", number});
    return id.empty() ? std::string() : events::join_key({merchant, connection, "id", id});
}

std::string number_in(const Event& event) {
    return event.has_document() ? event.document().external_number() : event.shipment().external_number();
}

std::string name_in(const Event& event) {
    const std::string& id = event.has_document() ? event.document().native_id() : event.shipment().document_native_id();
    return name_of(event.source().merchant(), event.source().connection(), number_in(event), id);
}

NativeInput& make_native_input(Context& context, std::string_view partition_key) {
    NativeInput& input = context.make<NativeInput>();
    input.set_traceparent(context.traceparent);
    context.told_native.push_back(
        {.partition = partition_of(partition_key, context.installation.router_partitions), .input = &input});
    return input;
}

void send_entry(Context& context, const std::string& name) {
    NativeInput& input = make_native_input(context, name);
    input.set_name(name);
    input.set_link(context.record_key);
}

void send_to_link(Context& context, const std::string& link, const Event& event) {
    NativeInput& input = make_native_input(context, link);
    input.set_link(link);
    *input.mutable_event() = event;
}

bool is_same(const Event& left, const Event& right) {
    if (left.body_case() != right.body_case()) return false;
    return left.has_document() || left.shipment().native_id() == right.shipment().native_id();
}

void forget(Context& context, const std::string& name, const NativeIndex& index) {
    context.links.remove(context.partition, unknown_key(name, index.waiting_since_ms()));
}

// A name that no entry came for in a day is none of ours.
Status expire(Context& context) {
    std::vector<std::pair<std::string, std::string>> old;
    const std::string limit = unknown_key({}, std::max<std::int64_t>(0, context.now_ms - kUnknownMaxMs));
    Status read =
        context.links.scan(context.partition, kUnknownPrefix, [&](std::string_view key, std::string_view name) {
            if (key >= limit) return false;
            old.emplace_back(key, name);
            return old.size() < kExpiredMax;
        });
    if (!read) return read;
    for (const auto& [key, name] : old) {
        context.links.remove(context.partition, key);
        context.links.remove(context.partition, index_key(name));
        context.metrics.foreign.add();
    }
    return {};
}

// The newest of each document and parcel.
Status wait(Context& context, const std::string& name, NativeIndex& index, const Event& event) {
    auto& waiting = *index.mutable_waiting();
    const auto older = std::ranges::find_if(waiting, [&](const Event& one) { return is_same(one, event); });
    if (older != waiting.end()) {
        if (event.source().observed_at_ms() >= older->source().observed_at_ms()) *older = event;
    } else {
        if (waiting.size() >= kWaitingMax) waiting.erase(waiting.begin());
        *waiting.Add() = event;
    }
    if (index.waiting_since_ms() == 0) {
        index.set_waiting_since_ms(context.now_ms);
        context.links.put(context.partition, unknown_key(name, context.now_ms), name);
    }
    save(context, context.links, index_key(name), index);
    return expire(context);
}

// Numbers that we give begin with the prefix of a route.
bool may_be_ours(const MerchantRouting& routing, const Event& event) {
    const std::string number = number_in(event);
    return number.empty() || std::ranges::any_of(routing.routes.orders, [&](const OrderRoute& route) {
               return route.to == event.source().connection() && number.starts_with(route.prefix + "-");
           });
}

Status handle_name(Context& context, const NativeInput& input) {
    const std::string& name = input.name();
    const Result<NativeIndex*> stored = load<NativeIndex>(context, context.links, index_key(name));
    if (!stored) return std::unexpected(stored.error());
    NativeIndex& index = **stored;
    if (input.has_event() && !index.link().empty()) {
        send_to_link(context, index.link(), input.event());
        return {};
    }
    if (input.has_event()) {
        const MerchantRouting* routing = context.routing.find(input.event().source().merchant());
        if (routing == nullptr) return unknown_merchant(context, input.event().source().merchant());
        if (may_be_ours(*routing, input.event())) return wait(context, name, index, input.event());
        context.metrics.foreign.add();
        return {};
    }
    if (index.link() == input.link()) return {};
    for (const Event& event : index.waiting()) send_to_link(context, input.link(), event);
    if (index.waiting_since_ms() != 0) forget(context, name, index);
    index.Clear();
    index.set_link(input.link());
    save(context, context.links, index_key(name), index);
    return {};
}

}  // namespace

void index_order(OrderStep& step, const OrderRoute& route, internal::v1::LinkTarget& target) {
    if (!route.back || target.indexed()) return;
    target.set_indexed(true);
    send_entry(step.context,
               name_of(step.source.merchant(), target.connection(), target.external_number(), std::string()));
    index_document(step, route, target);
}

void index_document(OrderStep& step, const OrderRoute& route, const internal::v1::LinkTarget& target) {
    if (!route.back || target.native_id().empty()) return;
    send_entry(step.context, name_of(step.source.merchant(), target.connection(), std::string(), target.native_id()));
}

Status handle_back_event(Context& context, const Event& event) {
    if (!event.has_document() && !event.has_shipment()) return {};  // one that is gone there: a person decides
    const MerchantRouting* routing = context.routing.find(event.source().merchant());
    if (routing == nullptr) return unknown_merchant(context, event.source().merchant());
    const bool wanted = std::ranges::any_of(routing->routes.orders, [&](const OrderRoute& route) {
        return route.to == event.source().connection() && route.back;
    });
    const std::string name = name_in(event);
    if (!wanted || name.empty()) {
        context.metrics.unrouted.add();
        return {};
    }
    NativeInput& input = make_native_input(context, name);
    input.set_name(name);
    *input.mutable_event() = event;
    return {};
}

Status handle_native_input(Context& context, const NativeInput& input) {
    return input.name().empty() ? handle_told(context, input.event()) : handle_name(context, input);
}

}  // namespace shopwire::router

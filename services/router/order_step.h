// What the handlers of orders, refunds, results and documents share: one order's link, and what may be asked of its
// targets.  One thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "services/router/context.h"
#include "services/router/outgoing.h"

namespace shopwire::router {

using Lines = google::protobuf::RepeatedPtrField<internal::v1::LinkLine>;

constexpr std::string_view kReopened = "the order is open again after its document was cancelled";

struct OrderStep {
    Context& context;
    const MerchantRouting& routing;
    const events::v1::Source& source;  // of the order's newest state
    events::v1::Order& order;          // that state; in an arena
    std::string order_key{};           // connection/native id
    internal::v1::Link& link;
    bool is_known = false;     // the state is the one that the link remembers
    bool only_missed = false;  // the state is known: it is for those routes alone that did nothing with it
};

// --- link.cpp: reading and keeping a link ---
internal::v1::LinkTarget& target_of(internal::v1::Link& link, const std::string& connection);  // added when missing
const internal::v1::LinkTarget* find_target(const internal::v1::Link& link, const std::string& connection);
bool is_linked(const internal::v1::LinkTarget& target);  // it has a document there
bool is_unsent(const internal::v1::LinkTarget& target);  // nothing of it was ever asked for there
// The source of an order's newest state, as its link remembers it.
events::v1::Source source_of(const internal::v1::Link& link, const commands::v1::CommandResult& result);
events::v1::Source source_of(const internal::v1::Link& link, const events::v1::Source& seen);  // of another event
// A command about the order at one connection, with the next sequence of that link.
commands::v1::Command& command_for(Context& context, internal::v1::LinkTarget& target, const std::string& order_key,
                                   std::string_view field_group);
Status send(OrderStep& step, commands::v1::Command& command);
Status request_refresh(OrderStep& step);  // the origin is to be read again
bool waits(const internal::v1::Link& link);  // for a person
// `waited`: it stood in the list of those that wait for a person.
void keep(Context& context, const std::string& key, const internal::v1::Link& link, bool waited);
// The newest state stays in the link for as long as some target may still need it.
void keep_waiting(internal::v1::Link& link, const events::v1::Order* newest);

// --- orders.cpp ---
// Asks of one target what the order's newest state asks for.
Status route_order(OrderStep& step, const OrderRoute& route);
// What of `order` leaves by this route.  nullptr: its program does not let it; it is held, and what the target has of
// it stays.
Result<std::unique_ptr<Outgoing>> outgoing(const OrderRoute& route, internal::v1::LinkTarget& target,
                                           events::v1::Order& order);
// Pieces per canonical SKU.
void count_lines(const MerchantRoutes& routes, const std::string& connection, const events::v1::Order& order,
                 Lines& out);

// A refund keeps its order for as long as some target may still want it.
void forget_orders(OrderStep& step);

// --- refunds.cpp ---
// Sends the refunds that waited for the order's document.  `order`: its newest state, where it is at hand.
Status send_refunds(OrderStep& step, const OrderRoute& route, bool has_order);
std::string refund_key(const std::string& order_key, const std::string& refund_id);

// --- claims.cpp: what the ledger must know of an order ---
// Every state of an order of a shop that shows stock, also when it takes nothing: the shop must not take it for an
// unknown one.
void send_claims(OrderStep& step);
// A person gave the export up: the order takes nothing any more.
void drop_claims(OrderStep& step, const internal::v1::LinkTarget& target);
// The owner's document holds these pieces now: the ledger may release them after the next read.
void send_confirmations(OrderStep& step, const internal::v1::LinkTarget& target);

// --- back.cpp: what a target tells the origin ---
// Asks the origin for a status, unless the order is closed or has it.
Status set_origin_status(OrderStep& step, const OrderRoute& route, internal::v1::LinkTarget& target,
                         const std::string& status);
bool is_closed(const OrderRoute& route, const internal::v1::Link& link);
Status add_origin_note(OrderStep& step, const OrderRoute& route, std::string text);

// --- native.cpp: the index from a target's names of a document to its order ---
void index_order(OrderStep& step, const OrderRoute& route, internal::v1::LinkTarget& target);
void index_document(OrderStep& step, const OrderRoute& route, const internal::v1::LinkTarget& target);

}  // namespace shopwire::router

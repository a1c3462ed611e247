// What of an order leaves for one target: the fields that the route names, and without the pieces that came back where
// a refund changes the document.  Pure, over messages of one arena.
#pragma once

#include <string>

#include "common/core/error.h"
#include "services/router/order_route.h"
#include "shopwire/internal/v1/state.pb.h"

namespace shopwire::router {

// Lends the order: fields that stay here are taken out, and put back at the end.  No copy, unless
// the route has a program.
class Outgoing {
 public:
    // `order` stands in an arena, outlives it, and is not used otherwise meanwhile.
    Outgoing(const OrderRoute& route, events::v1::Order& order);
    ~Outgoing();
    Outgoing(const Outgoing&) = delete;
    Outgoing& operator=(const Outgoing&) = delete;
    Outgoing(Outgoing&&) = delete;
    Outgoing& operator=(Outgoing&&) = delete;

    // Lets the route's program, if it has one, change the words: who buys, where to, notes, names, how it was paid.
    // kRejected: it failed, or changed what is the shop's: pieces, money, numbers, times, the status.
    Status convert();

    events::v1::Order& order() { return *shown_; }
    // Of what a document holds: the status goes its own way, and refunds are told by commands of their own.
    std::string fingerprint();

 private:
    void exchange_withheld();

    const OrderRoute& route_;
    events::v1::Order& order_;
    events::v1::Order* shown_ = &order_;
    events::v1::Order& kept_;  // what was taken out
};

// The order without the pieces that its refunds put back: of each line the quantity falls, and its amounts with it.
// What a refund gives back beyond pieces (shipping, or money alone) changes no document.  Returns `order` itself when
// nothing came back.
events::v1::Order& without_refunded(events::v1::Order& order, const internal::v1::Link& link);

// All was paid back, or no piece is left.
bool is_refunded_whole(const events::v1::Order& order, const events::v1::Order& left, const internal::v1::Link& link);

}  // namespace shopwire::router

// /orders, their notes and refunds. Thread safe: each operation takes the store's lock itself.
#pragma once

#include "tests/sandbox/kit/http_message.h"
#include "tests/sandbox/shop/context.h"

namespace sandbox::shop {

class Orders {
 public:
    explicit Orders(Context context) : context_(context) {}

    kit::Response list(const kit::Request& request);
    Answer get(std::int64_t id, int places);
    Answer create(const Json& body, Origin origin);
    Answer update(std::int64_t id, const Json& body, Origin origin);
    Answer remove(std::int64_t id, bool force);

    Answer notes(std::int64_t id);
    Answer add_note(std::int64_t id, const Json& body);
    Answer note(std::int64_t id, std::int64_t note_id);
    Answer remove_note(std::int64_t id, std::int64_t note_id);

    Answer refunds(std::int64_t id);
    Answer all_refunds();
    Answer refund(std::int64_t id, std::int64_t refund_id);
    Answer add_refund(std::int64_t id, const Json& body);
    Answer remove_refund(std::int64_t id, std::int64_t refund_id);

 private:
    Context context_;
};

// A blank order with the shop's settings; the caller gives it lines and adds it to the store.
Order blank_order(Store& store, const ShopConfig& config);
// Announces a new order: its own events and the log.
void order_created(Context& context, Order& order, bool by_storefront);

}  // namespace sandbox::shop

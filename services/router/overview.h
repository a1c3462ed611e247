// What a person should look at: orders that wait, and reservations that live too long.  Reads the stores, so it runs on
// the loop's thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "services/router/context.h"

namespace shopwire::router {

struct WaitingOrder {
    std::string order{};  // merchant/connection/native id
    std::string number{};
    std::string status{};
    std::string target{};  // connection
    std::string refund{};  // its id; empty: the order itself
    bool sent = false;  // the target has seen it, and lists it too
    std::string reason{};
    std::int64_t seen_at_ms = 0;  // its newest state
};

struct OverdueReservation {
    std::string article{};  // merchant/canonical SKU
    std::string order{};  // connection/native id
    std::string owner{};  // connection whose stock it takes
    Decimal pieces{};  // that are subtracted
    std::int64_t since_ms = 0;
    std::int64_t confirmed_at_ms = 0;  // 0: it has no document that moves the owner's number
};

struct RefusedProduct {
    std::string product{};  // merchant/model
    std::string sku{};  // the target's own
    std::string target{};  // connection
    std::string reason{};
};

// All are counted, the first `max` are listed.
template <class Item>
struct Overview {
    std::vector<Item> items{};
    std::size_t count = 0;
};

Result<Overview<WaitingOrder>> waiting_orders(const state::Store& links, const std::set<std::int32_t>& partitions,
                                              std::size_t max);

Result<Overview<OverdueReservation>> overdue_reservations(const state::Store& ledgers, const Routing& routing,
                                                          const std::set<std::int32_t>& partitions, std::int64_t now_ms,
                                                          std::size_t max);

Result<Overview<RefusedProduct>> refused_products(const state::Store& links, const std::set<std::int32_t>& partitions,
                                                  std::size_t max);

// As the admin port shows them.
std::string text_of(const Overview<RefusedProduct>& products);
std::string text_of(const Overview<WaitingOrder>& orders);
std::string text_of(const Overview<OverdueReservation>& reservations);

}  // namespace shopwire::router

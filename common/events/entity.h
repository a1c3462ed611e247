// The kinds of things that travel, one word each.  Constants only.
#pragma once

#include <cstdint>
#include <string_view>

namespace shopwire::events {

enum class Entity : std::uint8_t {
    kProduct,
    kStock,
    kPrice,
    kCustomer,
    kOrder,
    kRefund,
    kDocument,
    kShipment,
    kBalance
};

std::string_view name_of(Entity entity);  // "product", "stock" ... as in topic names

enum class Lane : std::uint8_t { kOrders, kGoods };

std::string_view name_of(Lane lane);  // "orders", "goods"

}  // namespace shopwire::events

// Orders and products as changes, with what one answer of the shop alone does not tell.  Free functions, thread-safe.
#pragma once

#include <stop_token>
#include <vector>

#include "services/woocommerce/shop.h"

namespace shopwire::woocommerce {

// Before orders are told: reads what is not known of their products yet.  No request when all is known.
Status learn_lines(Shop& shop, json::Value orders, std::stop_token stop);  // one, or an array

// The order as events, its lines filled with what is known.  No I/O.
Result<Events> filled_order_events(const Shop& shop, json::Value order);

// The customer as an event; the shop remembers which id of another system it has.  No I/O.
Result<Events> told_customer(Shop& shop, json::Value customer);

// The order, and each of its refunds together with the order as it was just read.
Status append_order(Shop& shop, std::vector<runtime::Change>& changes, json::Value order, std::stop_token stop);

// The product, and each of its variations.
Status append_product(Shop& shop, std::vector<runtime::Change>& changes, json::Value product, const ShopFacts& facts,
                      std::stop_token stop);

}  // namespace shopwire::woocommerce

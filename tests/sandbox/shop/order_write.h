// Applies a request's fields to an order: addresses, lines, coupons, totals. The store's lock is held by the caller.
#pragma once

#include "tests/sandbox/shop/context.h"

namespace sandbox::shop {

// Everything but the status. When an error comes back the order may hold some of the fields, so write into a copy.
Outcome<void> apply_order(Context& context, const ShopConfig& config, Order& order, const Json& body);
// One product line priced from the catalogue; false when nothing has this SKU or id.
bool price_line(Store& store, const Order& order, Product* product, std::int64_t quantity, ProductLine& line);
Json blank_billing();
Json blank_shipping();
void merge_address(Json& address, const Json& sent);

}  // namespace sandbox::shop

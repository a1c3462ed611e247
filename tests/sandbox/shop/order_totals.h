// Taxes and totals of an order, from its lines (contract woocommerce 9). Pure functions over the order given.
#pragma once

#include "tests/sandbox/shop/store.h"

namespace sandbox::shop {

// Unrounded, six places.
kit::Decimal tax_of(const Order& order, kit::Decimal net);
// Rounded per line: half down where prices include tax, else half up. A real shop turned 3.825 into 3.82 and
// showed 3.83 in `taxes` (capture order-create-201).
kit::Decimal rounded_tax(const ShopConfig& config, const Order& order, kit::Decimal raw);
// The net amount of a shelf price for `quantity` pieces.
kit::Decimal net_of_price(const Order& order, kit::Decimal price, std::int64_t quantity);
void compute_totals(const ShopConfig& config, Order& order);
// Takes a coupon off the lines' totals, in cents, line by line in proportion. False when the coupon gives nothing.
bool apply_coupon(const ShopConfig& config, Order& order, const Coupon& coupon, std::int64_t item_id);

}  // namespace sandbox::shop

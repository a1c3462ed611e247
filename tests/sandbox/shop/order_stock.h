// What an order's status does to stock, sales counters and dates (contract woocommerce 5, 6, 9). The store's lock is
// held by the caller, so that taking the pieces of one order is atomic.
#pragma once

#include "tests/sandbox/shop/context.h"

namespace sandbox::shop {

// Sets the status with all its effects; the caller saves the order afterwards. True when stock moved.
bool change_status(Context& context, Order& order, const std::string& status);
// Takes the difference when a line of an order that already took its stock changes; `quantity` 0 gives all back.
void adjust_line_stock(Context& context, Order& order, ProductLine& line, std::int64_t quantity);
void restock_line(Context& context, Order& order, ProductLine& line, std::int64_t pieces, const std::string& cause);
// The product whose quantity a line uses: the variation, or its parent where that manages stock; null when nobody
// counts.
Product* stock_owner(Store& store, const ProductLine& line);
void add_note(Store& store, Order& order, const std::string& text, bool for_customer = false,
              const std::string& author = "WooCommerce");

}  // namespace sandbox::shop

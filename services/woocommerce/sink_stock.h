// Writing stock.  Free functions, thread-safe.
#pragma once

#include <span>
#include <stop_token>
#include <vector>

#include "services/woocommerce/order_watch.h"
#include "services/woocommerce/shop.h"

namespace shopwire::woocommerce {

using Answers = std::vector<Result<runtime::Applied>>;  // one per command, in their order

// REQUIRES: every command is a SetStock.
Answers apply_stock(Shop& shop, OrderWatch& watch, std::span<const events::Command> batch, std::stop_token stop);

}  // namespace shopwire::woocommerce

// Writing the articles of a catalogue as products.  Free functions, thread-safe.
#pragma once

#include <optional>
#include <span>
#include <stop_token>

#include "services/woocommerce/shop.h"
#include "services/woocommerce/sink_stock.h"

namespace shopwire::woocommerce {

// REQUIRES: every command is an UpsertProduct.
Answers apply_products(Shop& shop, std::span<const events::Command> batch, std::stop_token stop);
// The product, when it shows all that the command sets.
Result<std::optional<runtime::Applied>> find_product(Shop& shop, const events::Command& command, std::stop_token stop);

}  // namespace shopwire::woocommerce

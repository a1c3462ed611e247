// Writing prices.  Free functions, thread-safe.
#pragma once

#include <span>
#include <stop_token>

#include "services/woocommerce/sink_stock.h"

namespace shopwire::woocommerce {

// REQUIRES: every command is a SetPrice.
Answers apply_price(Shop& shop, std::span<const events::Command> batch, std::stop_token stop);

// Is this price one that the shop would store as it stands?  The shop checks nothing: it stores "24,90" as 2490, drops
// a sale price that is not below the regular one, and takes every number as one of its own currency and tax basis
// (contract woocommerce 6).
Status check_price(const commands::v1::SetPrice& price, const ShopFacts& facts);

// The fields that differ from what is shown, as members of the object that is open.
void write_price(json::Writer& out, const commands::v1::SetPrice& price, const Shown& shown, const ShopFacts& facts);

// The same as the JSON object of a batch item, with the purchase price as meta; empty when nothing differs.
std::string price_body(const commands::v1::SetPrice& price, const Shown& shown, const ShopFacts& facts,
                       std::string_view purchase_key);

}  // namespace shopwire::woocommerce

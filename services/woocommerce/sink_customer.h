// Writing customers.  Free functions, thread-safe.
#pragma once

#include <optional>
#include <stop_token>

#include "services/woocommerce/shop.h"

namespace shopwire::woocommerce {

// Finds the customer by the command's id, by the id of its source, by its e-mail, in this order; makes one when there
// is none.  Only what the command sets and the shop shows otherwise is written.  The e-mail of an account is its
// login: it is set when the account is made and never changed; a new one goes to the billing address.
// REQUIRES: an UpsertCustomer.
Result<runtime::Applied> upsert_customer(Shop& shop, const events::Command& command, std::stop_token stop);
// The customer, when it shows all that the command sets.
Result<std::optional<runtime::Applied>> find_customer(Shop& shop, const events::Command& command, std::stop_token stop);

}  // namespace shopwire::woocommerce

// What happens in the shop without its REST API: a customer's checkout, and filling the catalogue before a test. The
// bodies are described in tests/sandbox/README.md. Thread safe: each call takes the store's lock itself.
#pragma once

#include "tests/sandbox/shop/context.h"

namespace sandbox::shop {

// Takes the stock of all lines or of none, then makes a "processing" order as the storefront does. 409 when something
// is short or cannot be bought.
Answer checkout(Context& context, const Json& body);
// Products, variations, stock, coupons, customers; a SKU that exists is updated. Silent: no webhooks.
Answer seed(Context& context, const Json& body);
// Changes a product as a database tool would: no date is bumped, nobody is told.
Answer silent_edit(Context& context, const Json& body);
// Ends or starts sales whose time has come, as the shop's own queue job does.
void run_sale_jobs(Context& context);

}  // namespace sandbox::shop

// Applies a request's fields to a product or variation, with the measured habits of stock and prices (contract
// woocommerce 6). The store's lock is held by the caller; nothing is changed when an error comes back.
#pragma once

#include "tests/sandbox/shop/context.h"

namespace sandbox::shop {

// SKU and GTIN must be free and images must be there; `self` 0 for a new product.
Outcome<void> check_identifiers(Store& store, const Json& body, std::int64_t self);
void apply_product(Context& context, Product& product, const Json& body, Origin origin, const std::string& cause);
void apply_meta(Store& store, std::vector<Meta>& meta, const Json& body);
std::string slug_of(const std::string& name);

}  // namespace sandbox::shop

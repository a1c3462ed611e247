// Sales and refunds: what the back office checks and what they do to the stock. Called under the world's lock.
#pragma once

#include "tests/sandbox/solteq/refusal.h"

namespace sandbox::solteq {

// Rows in the default shape. 409 when the external id exists.
Outcome<Json> post_order(World& world, const Json& order);

}  // namespace sandbox::solteq

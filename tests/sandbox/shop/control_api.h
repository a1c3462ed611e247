// The control port's calls that only a shop has. See tests/sandbox/README.md.
#pragma once

#include "tests/sandbox/kit/router.h"
#include "tests/sandbox/shop/context.h"

namespace sandbox::shop {

// Borrows what `context` names.
void add_shop_control_routes(kit::Router& router, Context context);
std::string state_text(Context context);

}  // namespace sandbox::shop

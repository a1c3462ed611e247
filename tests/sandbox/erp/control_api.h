// The ERP's own routes of the control port, beside those of the kit: what a tester or the shop's staff does behind the
// API's back. Thread-safe; borrows the world. README.md lists the routes.
#pragma once

#include "tests/sandbox/erp/world.h"
#include "tests/sandbox/kit/router.h"

#include <string>

namespace sandbox::erp {

// The whole ledger as JSON, all databases, or the one that is named.
std::string state_text(World& world, const std::string& database);

// GET /__sandbox/log, GET+POST /__sandbox/settings, POST /__sandbox/{seed,stock,nivelacija,article,fulfil,close}.
void add_erp_control_routes(kit::Router& router, World& world);

}  // namespace sandbox::erp

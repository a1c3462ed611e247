// The routes of the control port beside those of the kit: what a tester, the shop's staff or the back office does
// behind the API's back. Thread-safe; borrows the world. README.md lists the routes.
#pragma once

#include "tests/sandbox/kit/router.h"
#include "tests/sandbox/solteq/world.h"

namespace sandbox::solteq {

std::string state_text(World& world);
void add_solteq_control_routes(kit::Router& router, World& world);

}  // namespace sandbox::solteq

// What only this simulator's control port has; README.md lists it.
#pragma once

#include <string>

#include "tests/sandbox/kit/router.h"
#include "tests/sandbox/logistos/model.h"

namespace sandbox::logistos {

// Borrows `world`, which must outlive the router.
void add_logistos_control_routes(kit::Router& router, World& world);

std::string state_text(World& world);

}  // namespace sandbox::logistos

// The routing in force, with every default filled in, for other programs to read.  Pure functions.
#pragma once

#include <string>

#include "services/router/context.h"

namespace shopwire::router {

// JSON: merchants by name, each with its routes of orders, stock, prices and products, and its aliases.
std::string text_of(const Routing& routing);

}  // namespace shopwire::router

// What `shopwire dialect` needs to know of SORS.
#pragma once

#include "common/dialect_tools/kit.h"

namespace shopwire::sors {

dialect_tools::Kit kit();

}  // namespace shopwire::sors

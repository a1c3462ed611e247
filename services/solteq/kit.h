// What `shopwire dialect` needs to know of Solteq.
#pragma once

#include "common/dialect_tools/kit.h"

namespace shopwire::solteq {

dialect_tools::Kit kit();

}  // namespace shopwire::solteq

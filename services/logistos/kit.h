// What `shopwire dialect` needs to know of Logistos.
#pragma once

#include "common/dialect_tools/kit.h"

namespace shopwire::logistos {

dialect_tools::Kit kit();

}  // namespace shopwire::logistos

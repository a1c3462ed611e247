// The Logistos connector: what it reads and writes, and how it is made.
#pragma once

#include "common/runtime/connector.h"

namespace shopwire::logistos {

runtime::ConnectorSpec spec();

}  // namespace shopwire::logistos

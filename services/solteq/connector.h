// The Solteq connector: what it reads and writes, and how it is made.
#pragma once

#include "common/runtime/connector.h"

namespace shopwire::solteq {

runtime::ConnectorSpec spec();

}  // namespace shopwire::solteq

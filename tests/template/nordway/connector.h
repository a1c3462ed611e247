// Nordway as the runtime sees it.
#pragma once

#include "common/runtime/connector.h"

namespace shopwire::nordway {

runtime::ConnectorSpec spec();

}  // namespace shopwire::nordway

// The KeyCRM connector: what it reads and writes, and how it is made.
#pragma once

#include "common/runtime/connector.h"

namespace shopwire::keycrm {

runtime::ConnectorSpec spec();

}  // namespace shopwire::keycrm

// --check-config: parses everything, connects once to each connection, reports.
#pragma once

#include <string>

#include "common/config/installation.h"
#include "common/runtime/connector.h"

namespace shopwire::runtime {

// One line per problem on stdout.  Exit code 0: all is well, 2: there are mistakes.
int check_config(const ConnectorSpec& spec, const std::string& folder);

}  // namespace shopwire::runtime

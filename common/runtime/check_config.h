// --check-config: parses everything, connects once to each connection, reports.  --examine: looks at one closely.
#pragma once

#include <string>

#include "common/config/installation.h"
#include "common/runtime/connector.h"

namespace shopwire::runtime {

// One line per problem on stdout.  Exit code 0: all is well, 2: there are mistakes.
int check_config(const ConnectorSpec& spec, const std::string& folder);

// Examines one connection before anything runs; JSON on stdout, as POST /api/examine gives it.  Exit code 1: a fault
// was found, 2: there is no such connection, or its settings have mistakes.
int examine_config(const ConnectorSpec& spec, const std::string& folder, const std::string& id);

}  // namespace shopwire::runtime

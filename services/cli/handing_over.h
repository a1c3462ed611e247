// Commands that hand over to a service's program: `dialect` to the connector, which alone knows what its dialects may
// name, and `test-mappings` to the router.  One service includes nothing of another.
#pragma once

#include <string>
#include <string_view>

#include "common/core/error.h"

namespace CLI {
class App;
}

namespace shopwire::cli {

// The program of a service beside this one; kRejected: there is none of this name.
Result<std::string> service_program(std::string_view service, const std::string& folder);

void add_dialect_command(CLI::App& app, int& exit_code);
void add_test_mappings_command(CLI::App& app, int& exit_code);

}  // namespace shopwire::cli

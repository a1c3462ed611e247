// `shopwire dialect ... --system NAME`: hands over to the connector, which alone knows what its dialects may name.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/core/error.h"

namespace CLI {
class App;
}

namespace shopwire::cli {

// The connector's program beside this one; kRejected: there is none of this name.
Result<std::string> connector_program(std::string_view system, const std::string& folder);

void add_dialect_command(CLI::App& app, int& exit_code);

}  // namespace shopwire::cli

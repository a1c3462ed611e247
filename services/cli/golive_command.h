// shopwire golive MERCHANT: is everything ready, and the moment from which orders are sent.
#pragma once

#include <ostream>
#include <string>

#include "common/core/error.h"
#include "services/cli/reach.h"

namespace CLI {
class App;
}

namespace shopwire::cli {

struct GoliveOptions {
    ReachOptions reach{};
    std::string merchant{};
    bool write = false;
    std::string at{};  // UTC; empty: now
};

// False: something is not ready.
Result<bool> golive(const GoliveOptions& options, std::ostream& out);

void add_golive_command(CLI::App& app, int& exit_code);

}  // namespace shopwire::cli

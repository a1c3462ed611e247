// shopwire disconnect CONNECTION: stops it, deals with what waits, and takes back what we put into the system.
#pragma once

#include <ostream>
#include <string>

#include "common/core/error.h"
#include "services/cli/reach.h"

namespace CLI {
class App;
}

namespace shopwire::cli {

struct DisconnectOptions {
    ReachOptions reach{};
    std::string connection{};
    bool drain = false;
    bool discard = false;
    bool yes = false;
    std::string wait = "10m";
};

Result<bool> disconnect(const DisconnectOptions& options, std::ostream& out);

void add_disconnect_command(CLI::App& app, int& exit_code);

}  // namespace shopwire::cli

// shopwire disconnect CONNECTION: stops it, deals with what waits, and takes back what we put into the system.
#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "common/core/error.h"
#include "common/kafka/record.h"
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

// The orders of a ledger whose pieces are still subtracted, and that this connection placed or whose stock they take; a
// record of something else has none.  Pure.
std::vector<std::string> still_subtracted(const kafka::Record& record, const std::string& merchant,
                                          const std::string& connection);

void add_disconnect_command(CLI::App& app, int& exit_code);

}  // namespace shopwire::cli

// The command line of a connector service.
#pragma once

#include <optional>
#include <string>

#include "common/log/log.h"

namespace shopwire::runtime {

struct RunOptions {
    std::string config_folder{};
    std::string pod{};
    std::string state_dir{};  // empty: the installation's
    std::string bootstrap{};  // empty: the installation's
    std::string ready_file{};
    log::Format log_format = log::Format::kText;
    bool check_config = false;
    std::string examine{};  // a connection; empty: none
    bool print_config_schema = false;
    bool print_crash_points = false;
    // Empty: none.  "reads": what only reads is sent; "offline": nothing is.
    std::string dry_run{};
    std::string since{};    // of a dry run: a UTC time
    bool once = false;      // a dry run ends when it has seen what is there
    std::string record{};   // folder for masked exchanges
    std::string replay{};   // folder of such exchanges: they answer, and no system is called
    bool personal = false;  // a dry run shows personal data
};

// nullopt with an exit code: the command line was wrong or asked for help; it is printed already.
struct ParsedOptions {
    std::optional<RunOptions> options{};
    int exit_code = 0;
};
ParsedOptions parse_options(int argc, char** argv, const std::string& system);

}  // namespace shopwire::runtime

// shopwire doctor CONNECTION: what is wrong with it, and what to do about it.
#pragma once

#include <ostream>
#include <string>

#include "common/core/error.h"
#include "services/cli/reach.h"

namespace CLI {
class App;
}

namespace shopwire::cli {

struct DoctorOptions {
    ReachOptions reach{};
    std::string connection{};
    std::string since = "7d";
};

// False: a fault was found.
Result<bool> doctor(const DoctorOptions& options, std::ostream& out);

void add_doctor_command(CLI::App& app, int& exit_code);

}  // namespace shopwire::cli

#include "services/cli/command.h"

#include <iostream>

#include "services/cli/text.h"

namespace shopwire::cli {

int exit_code_of(std::string_view command, const Status& status) {
    if (status) return kExitDone;
    std::cerr << "shopwire " << command << ": " << one_line(status.error().message) << '\n';
    return kExitFailed;
}

int exit_code_of(std::string_view command, const Result<bool>& good) {
    if (!good) return exit_code_of(command, Status(std::unexpected(good.error())));
    return *good ? kExitDone : kExitFailed;
}

}  // namespace shopwire::cli

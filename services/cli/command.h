// What every command has: its errors on stderr, its exit code.
#pragma once

#include <string_view>

#include "common/core/error.h"

namespace shopwire::cli {

constexpr int kExitDone = 0;
constexpr int kExitFailed = 1;  // it did not work, or what was asked for is not so

// Tells an error on stderr.
int exit_code_of(std::string_view command, const Status& status);
int exit_code_of(std::string_view command, const Result<bool>& good);

}  // namespace shopwire::cli

// `shopwire completion bash|zsh`: a script that completes commands and options.  Pure but for printing.
#pragma once

#include <string>

namespace CLI {
class App;
}

namespace shopwire::cli {

// Made from the commands as they are declared, so it cannot differ from them.
std::string completion_script(const CLI::App& app, bool zsh);

// REQUIRES: all other commands were added before.
void add_completion_command(CLI::App& app);

}  // namespace shopwire::cli

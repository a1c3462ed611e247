#include "services/cli/dialect_command.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>

#include "services/cli/command.h"

namespace shopwire::cli {
namespace {

constexpr std::string_view kProgramPrefix = "shopwire-";

// Replaces this process.  Returns only when that failed.
Status become(const std::string& system, const std::vector<std::string>& words) {
    std::error_code error;
    const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", error);
    const Result<std::string> program = connector_program(system, self.parent_path().string());
    if (!program) return std::unexpected(program.error());
    std::vector<std::string> arguments{*program, "dialect"};
    arguments.insert(arguments.end(), words.begin(), words.end());
    std::vector<char*> pointers;
    for (std::string& argument : arguments) pointers.push_back(argument.data());
    pointers.push_back(nullptr);
    ::execv(program->c_str(), pointers.data());
    return rejected("starting " + *program + ": " + std::strerror(errno));
}

}  // namespace

Result<std::string> connector_program(std::string_view system, const std::string& folder) {
    std::string known;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
        const std::string name = entry.path().filename().string();
        if (!name.starts_with(kProgramPrefix)) continue;
        if (name.substr(kProgramPrefix.size()) == system) return entry.path().string();
        known += (known.empty() ? "" : ", ") + name.substr(kProgramPrefix.size());
    }
    return rejected("--system: expected a connector beside this program (" + (known.empty() ? "none is there" : known) +
                    "), got \"" + std::string(system) + "\"");
}

void add_dialect_command(CLI::App& app, int& exit_code) {
    const auto system = std::make_shared<std::string>();  // the callback outlives this function
    CLI::App* command =
        app.add_subcommand("dialect", "Make a dialect of one's own: check, example, map, render, probe");
    command->add_option("--system", *system, "Whose dialect it is");
    command->set_help_flag();  // the connector's help tells more
    command->allow_extras();
    command->footer(
        "Examples:\n"
        "  shopwire dialect check our-erp.yaml --system sors\n"
        "  shopwire dialect --system sors --help");
    command->callback(
        [command, system, &exit_code] { exit_code = exit_code_of("dialect", become(*system, command->remaining())); });
}

}  // namespace shopwire::cli

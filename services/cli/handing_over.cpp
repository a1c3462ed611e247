#include "services/cli/handing_over.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>
#include <vector>

#include "services/cli/command.h"

namespace shopwire::cli {
namespace {

constexpr std::string_view kProgramPrefix = "shopwire-";

// Replaces this process.  Returns only when that failed.
Status become(const std::string& service, std::vector<std::string> arguments) {
    std::error_code error;
    const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", error);
    const Result<std::string> program = service_program(service, self.parent_path().string());
    if (!program) return std::unexpected(program.error());
    arguments.insert(arguments.begin(), *program);
    std::vector<char*> pointers;
    pointers.reserve(arguments.size() + 1);
    for (std::string& argument : arguments) pointers.push_back(argument.data());
    pointers.push_back(nullptr);
    ::execv(program->c_str(), pointers.data());
    return rejected("starting " + *program + ": " + std::strerror(errno));
}

}  // namespace

Result<std::string> service_program(std::string_view service, const std::string& folder) {
    std::string known;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
        const std::string name = entry.path().filename().string();
        if (!name.starts_with(kProgramPrefix)) continue;
        if (name.substr(kProgramPrefix.size()) == service) return entry.path().string();
        known += (known.empty() ? "" : ", ") + name.substr(kProgramPrefix.size());
    }
    return rejected("expected a service beside this program (" + (known.empty() ? "none is there" : known) +
                    "), got \"" + std::string(service) + "\"");
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
    command->callback([command, system, &exit_code] {
        std::vector<std::string> words = command->remaining();
        words.insert(words.begin(), "dialect");
        exit_code = exit_code_of("dialect --system", become(*system, std::move(words)));
    });
}

void add_test_mappings_command(CLI::App& app, int& exit_code) {
    const auto files = std::make_shared<std::vector<std::string>>();
    CLI::App* command =
        app.add_subcommand("test-mappings", "Events in, commands out: is a merchant routed as written?");
    command->add_option("FILE", *files, "Files with events and the commands that they become")->required();
    command->footer(
        "Example:\n"
        "  shopwire test-mappings deploy/examples/mappings/solteq-example.yaml");
    command->callback([files, &exit_code] {
        std::vector<std::string> words = *files;
        words.insert(words.begin(), "--test-mappings");
        exit_code = exit_code_of("test-mappings", become("router", std::move(words)));
    });
}

}  // namespace shopwire::cli

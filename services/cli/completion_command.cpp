#include "services/cli/completion_command.h"

#include <CLI/CLI.hpp>
#include <iostream>
#include <sstream>

namespace shopwire::cli {
namespace {

// What may follow a command: its sub-commands and its options.
std::string words_of(const CLI::App& command) {
    std::string words;
    for (const CLI::App* sub : command.get_subcommands([](const CLI::App*) { return true; }))
        words += sub->get_name() + " ";
    for (const CLI::Option* option : command.get_options())
        for (const std::string& name : option->get_lnames()) words += "--" + name + " ";
    if (!words.empty()) words.pop_back();
    return words;
}

void add_cases(const CLI::App& command, const std::string& path, std::ostream& out) {
    out << "        '" << path << "') words='" << words_of(command) << "' ;;\n";
    for (const CLI::App* sub : command.get_subcommands([](const CLI::App*) { return true; }))
        add_cases(*sub, path + " " + sub->get_name(), out);
}

void add_paths(const CLI::App& command, const std::string& path, std::ostream& out) {
    for (const CLI::App* sub : command.get_subcommands([](const CLI::App*) { return true; })) {
        const std::string inner = path + " " + sub->get_name();
        out << "'" << inner << "'|";
        add_paths(*sub, inner, out);
    }
}

}  // namespace

std::string completion_script(const CLI::App& app, bool zsh) {
    std::ostringstream out;
    if (zsh) out << "#compdef shopwire\nautoload -U +X bashcompinit && bashcompinit\n";
    out << "_shopwire() {\n"
           "    local at=shopwire word words=''\n"
           "    for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
           "        case \"$at $word\" in\n"
           "        ";
    add_paths(app, "shopwire", out);
    out << "'') at=\"$at $word\" ;;\n"
           "        esac\n"
           "    done\n"
           "    case \"$at\" in\n";
    add_cases(app, "shopwire", out);
    out << "    esac\n"
           "    COMPREPLY=($(compgen -W \"$words\" -- \"${COMP_WORDS[COMP_CWORD]}\"))\n"
           "    [ ${#COMPREPLY[@]} -gt 0 ] || COMPREPLY=($(compgen -f -- \"${COMP_WORDS[COMP_CWORD]}\"))\n"
           "}\n"
           "complete -F _shopwire shopwire\n";
    return out.str();
}

void add_completion_command(CLI::App& app) {
    CLI::App* command = app.add_subcommand("completion", "A script that completes commands and options");
    command->require_subcommand(1);
    command->footer("Example:\n  source <(shopwire completion bash)");
    for (const bool zsh : {false, true})
        command->add_subcommand(zsh ? "zsh" : "bash", zsh ? "For zsh" : "For bash")->callback([&app, zsh] {
            std::cout << completion_script(app, zsh);
        });
}

}  // namespace shopwire::cli

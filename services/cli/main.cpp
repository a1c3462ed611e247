#include <CLI/CLI.hpp>
#include <exception>
#include <iostream>

#include "services/cli/topics_command.h"

int main(int argc, char** argv) {
    try {
        CLI::App app("Shopwire's command line", "shopwire");
        app.require_subcommand(1);
        int exit_code = 0;
        shopwire::cli::add_topics_command(app, exit_code);
        CLI11_PARSE(app, argc, argv);
        return exit_code;
    } catch (const std::exception& error) {
        std::cerr << "shopwire: " << error.what() << '\n';
        return 1;
    }
}

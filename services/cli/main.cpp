#include <CLI/CLI.hpp>
#include <exception>
#include <iostream>

#include "services/cli/completion_command.h"
#include "services/cli/connect_command.h"
#include "services/cli/dead_letters_command.h"
#include "services/cli/disconnect_command.h"
#include "services/cli/doctor_command.h"
#include "services/cli/golive_command.h"
#include "services/cli/handing_over.h"
#include "services/cli/parked_command.h"
#include "services/cli/status_command.h"
#include "services/cli/sync_command.h"
#include "services/cli/tail_command.h"
#include "services/cli/topics_command.h"
#include "services/cli/trace_command.h"

int main(int argc, char** argv) {
    try {
        CLI::App app("Shopwire's command line", "shopwire");
        app.require_subcommand(1);
        app.footer("Each command has --help with an example.  --config may be given as SHOPWIRE_CONFIG.");
        int exit_code = 0;
        shopwire::cli::add_status_command(app, exit_code);
        shopwire::cli::add_doctor_command(app, exit_code);
        shopwire::cli::add_golive_command(app, exit_code);
        shopwire::cli::add_connect_command(app, exit_code);
        shopwire::cli::add_disconnect_command(app, exit_code);
        shopwire::cli::add_trace_command(app, exit_code);
        shopwire::cli::add_tail_command(app, exit_code);
        shopwire::cli::add_dead_letters_command(app, exit_code);
        shopwire::cli::add_parked_commands(app, exit_code);
        shopwire::cli::add_sync_command(app, exit_code);
        shopwire::cli::add_topics_command(app, exit_code);
        shopwire::cli::add_dialect_command(app, exit_code);
        shopwire::cli::add_test_mappings_command(app, exit_code);
        shopwire::cli::add_completion_command(app);
        CLI11_PARSE(app, argc, argv);
        return exit_code;
    } catch (const std::exception& error) {
        std::cerr << "shopwire: " << error.what() << '\n';
        return 1;
    }
}

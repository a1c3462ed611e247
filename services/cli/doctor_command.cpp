#include "services/cli/doctor_command.h"

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "common/core/clock.h"
#include "services/cli/command.h"
#include "services/cli/doctor.h"
#include "services/cli/text.h"

namespace shopwire::cli {

Result<bool> doctor(const DoctorOptions& options, std::ostream& out) {
    const Result<ConnectionRef> connection = connection_ref(options.connection);
    if (!connection) return std::unexpected(connection.error());
    const Result<std::int64_t> since = parse_since(options.since, system_clock().now_ms());
    if (!since) return std::unexpected(since.error());
    const Result<Reach> reach = reach_of(options.reach);
    if (!reach) return std::unexpected(reach.error());
    AdminClient client = AdminClient::over_network();
    const std::vector<Finding> findings =
        Doctor(*reach, client, connection->merchant, *since).look_at(connection->connection);
    if (options.reach.json)
        print_json(findings, out);
    else
        print(findings, out);
    return !has_fault(findings);
}

void add_doctor_command(CLI::App& app, int& exit_code) {
    const auto options = std::make_shared<DoctorOptions>();  // the callback outlives this function
    CLI::App* command = app.add_subcommand(
        "doctor", "What is wrong with a connection, and what to do about it; exit 1 if there is a fault");
    add_reach_options(*command, options->reach);
    command->add_option("connection", options->connection, "MERCHANT/CONNECTION")->required();
    command->add_option("--since", options->since, "Orders since then tell which statuses and payments occur")
        ->capture_default_str();
    command->footer(
        "Reads and changes nothing.  A catalogue is walked once, which may take a minute.\n"
        "Example:\n  shopwire doctor example/shop --config config");
    command->callback([options, &exit_code] { exit_code = exit_code_of("doctor", doctor(*options, std::cout)); });
}

}  // namespace shopwire::cli

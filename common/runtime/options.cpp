#include "common/runtime/options.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <array>

namespace shopwire::runtime {
namespace {

std::string default_pod(const std::string& system) {
    std::array<char, 256> name{};
    if (::gethostname(name.data(), name.size() - 1) != 0) return system;
    return std::string(name.data()) + "-" + system;
}

}  // namespace

ParsedOptions parse_options(int argc, char** argv, const std::string& system) {
    RunOptions options{.config_folder = "config", .pod = default_pod(system)};
    std::string format = "text";
    CLI::App app("Shopwire connector service for " + system, "shopwire-" + system);
    app.add_option("--config", options.config_folder, "Folder with installation.yaml and merchants/");
    app.add_option("--pod", options.pod, "Stable name of this pod: static group member and transactional id");
    app.add_option("--state-dir", options.state_dir, "Folder for local state; overrides the installation's");
    app.add_option("--bootstrap", options.bootstrap, "Kafka bootstrap servers; overrides the installation's");
    app.add_option("--ready-file", options.ready_file, "Written once ready: JSON with the ports");
    app.add_option("--log-format", format, "text or json")->check(CLI::IsMember({"text", "json"}));
    app.add_flag("--check-config", options.check_config,
                 "Check the configuration, connect once to each connection, report");
    app.add_option("--examine", options.examine,
                   "Examine MERCHANT/CONNECTION and print what was found as JSON; nothing else need run");
    app.add_flag("--print-config-schema", options.print_config_schema,
                 "Print the JSON Schema of a connection's settings");
    app.add_flag("--print-crash-points", options.print_crash_points, "Print the labels of SHOPWIRE_CRASH_AT");
    app.add_flag("--dry-run{reads}", options.dry_run,
                 "Print the requests that commands would send as JSON lines; send none, write nothing to Kafka. "
                 "--dry-run=offline: do not even read from the system")
        ->check(CLI::IsMember({"reads", "offline"}));
    app.add_option("--since", options.since,
                   "Of a dry run: commands from this UTC time on; default: those that the service has not done");
    app.add_flag("--once", options.once, "Of a dry run: end after the commands that are there");
    CLI::Option* record =
        app.add_option("--record", options.record, "Folder: keep requests and answers there, masked, as fixtures");
    app.add_option("--replay", options.replay, "Folder of --record: answer from it; the system is never called")
        ->excludes(record);
    app.add_flag("--personal", options.personal, "Of a dry run: show personal data, which is masked otherwise");
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return {.exit_code = app.exit(error)};
    }
    options.log_format = format == "json" ? log::Format::kJson : log::Format::kText;
    return {.options = std::move(options)};
}

}  // namespace shopwire::runtime

// shopwire-router: maps events to commands.  Options, signals, admin port; the work is in process.cpp.
#include <unistd.h>
#include <CLI/CLI.hpp>

#include <csignal>
#include <cstdio>
#include <exception>
#include <fstream>
#include <iostream>
#include <thread>

#include "common/core/memory.h"
#include "common/events/rights.h"
#include "common/log/log.h"
#include "common/metrics/build_info.h"
#include "common/runtime/admin_tokens.h"
#include "common/runtime/crash_point.h"
#include "common/runtime/kafka_access.h"
#include "common/runtime/kafka_metrics.h"
#include "common/runtime/spans.h"
#include "services/router/process.h"
#include "services/router/test_mappings.h"

namespace shopwire::router {
namespace {

constexpr int kExitProblem = 2;
constexpr int kExitStalled = 70;
constexpr int kTurnsUntilSmall = 5;  // seconds after it is ready

struct Options {
    std::string config{};
    std::string pod = "router-0";
    std::string state_dir{};
    std::string bootstrap{};
    std::string ready_file{};
    std::string log_format = "text";
    bool check = false;
    bool schema = false;
    bool crash_points = false;
    std::vector<std::string> mappings{};
    std::size_t batch_max = ProcessOptions{}.batch_max;
};

int print_problems(const config::Problems& problems) {
    for (const config::Problem& problem : problems) std::cerr << config::format(problem) << "\n";
    return kExitProblem;
}

void write_ready_file(const std::string& file, int admin_port) {
    if (file.empty()) return;
    const std::string temporary = file + ".tmp";
    std::ofstream(temporary) << "{\"admin_port\": " << admin_port << ", \"webhook_port\": 0, \"pid\": " << getpid()
                             << "}\n";
    std::rename(temporary.c_str(), file.c_str());  // a reader never sees half a file
}

// Waits for SIGTERM or SIGINT, tells when the process is ready, and notices when it stalls.
void watch(const sigset_t& signals, Process& process, const Options& options, admin::Admin& admin,
           runtime::AdminTokens& tokens, runtime::KafkaAccess& access, std::stop_source& stop) {
    bool ready = false;
    int turns = 0;  // since it is ready
    while (!stop.stop_requested()) {
        const timespec wait = ready ? timespec{.tv_sec = 1, .tv_nsec = 0} : timespec{.tv_sec = 0, .tv_nsec = 5'000'000};
        if (sigtimedwait(&signals, nullptr, &wait) > 0) {
            log::info("stopping");
            access.request_stop();
            stop.request_stop();
        }
        const admin::Health health = process.health();
        if (!ready && health.ready) {
            ready = true;
            log::info("ready");
            write_ready_file(options.ready_file, admin.port());
        }
        if (ready && ++turns == kTurnsUntilSmall) give_back_start_memory();
        if (ready) tokens.follow(admin);
        if (!health.live) {
            log::error("nothing was read for too long, the process starts anew");
            std::_Exit(kExitStalled);
        }
        if (access.outdated()) {
            log::error("kafka trusts a new client and not ours; ending the process", {{"why", access.missing()}});
            std::_Exit(kExitStalled);
        }
    }
}

admin::Health with_kafka(admin::Health health, const std::string& missing) {
    if (missing.empty()) return health;
    health.ready = false;
    health.waiting_for.insert(health.waiting_for.begin(), "kafka: " + missing);
    return health;
}

http::ServerResponse answer_of(std::optional<std::string> shown) {
    if (!shown) return {.status = 503, .body = R"({"error":"the loop is busy"})"};
    return {.body = *std::move(shown)};
}

int serve(const Options& options, config::Installation& installation) {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);

    const std::unique_ptr<metrics::Registry> registry = metrics::Registry::create();
    metrics::declare_build(*registry, "router", system_clock().now_ms());
    const runtime::KafkaMetrics kafka_metrics(*registry, "router");
    Metrics metrics(*registry);
    tracing::Metrics span_metrics(*registry);
    const std::unique_ptr<tracing::Exporter> exporter =
        runtime::export_spans(installation, "router", options.pod, span_metrics);
    RoutingLoader loader(options.config, metrics);
    Process process(installation,
                    {.pod = options.pod,
                     .batch_max = options.batch_max,
                     .state_folder = installation.state_dir + "/" + options.pod},
                    loader, metrics, system_clock());
    runtime::KafkaAccess access(installation, options.config, system_clock(), [&] {
        events::TopicPlan plan{.router_partitions = installation.router_partitions};
        for (const std::string& system : process.systems())
            plan.system_partitions[system] = installation.partitions_of(system);
        return events::rights_of(plan, "router", options.pod);
    });
    const config::ServiceSettings& service = installation.services["router"];
    Result<std::unique_ptr<admin::Admin>> admin =
        admin::Admin::start({.listen = service.admin_listen,
                             .tokens = runtime::admin_tokens_of(service),
                             .ready = &metrics::ready_of(*registry, "router")},
                            *registry, [&] { return with_kafka(process.health(), access.missing()); });
    if (!admin) {
        log::error("the admin port cannot be opened", {{"error", admin.error()}});
        return kExitProblem;
    }
    (*admin)->handle(admin::Role::kRead, "GET", "/api/parked",
                     [&process](const auto&) { return answer_of(process.show_waiting()); });
    (*admin)->handle(admin::Role::kRead, "GET", "/api/reservations",
                     [&process](const auto&) { return answer_of(process.show_overdue()); });
    (*admin)->handle(admin::Role::kRead, "GET", "/api/refused",
                     [&process](const auto&) { return answer_of(process.show_refused()); });
    (*admin)->handle(admin::Role::kRead, "GET", "/api/routing",
                     [&process](const auto&) { return answer_of(process.show_routing()); });
    std::stop_source stop;
    runtime::AdminTokens tokens(options.config, "router", installation);
    std::jthread watcher([&] { watch(signals, process, options, **admin, tokens, access, stop); });
    const auto usable = [&] {
        const auto pause = [&](std::chrono::milliseconds wait) {
            return !system_clock().sleep_for(wait, stop.get_token());
        };
        return access.await([](const kafka::Sight&) { return Status{}; }, pause);
    };
    const Status done = process.run(stop.get_token(), usable);
    stop.request_stop();
    if (!done && done.error().kind != ErrorKind::kCancelled) {
        log::error("the router ends", {{"error", done.error()}});
        return 1;
    }
    return 0;
}

int run(const Options& options) {
    config::Problems problems;
    config::Installation installation = config::load_installation(options.config, problems);
    if (!options.bootstrap.empty()) installation.kafka.bootstrap = options.bootstrap;
    if (!options.state_dir.empty()) installation.state_dir = options.state_dir;
    if (options.check) {
        const std::unique_ptr<metrics::Registry> registry = metrics::Registry::create();
        Metrics metrics(*registry);
        RoutingLoader loader(options.config, metrics);
        loader.load_if_changed();
        problems.insert(problems.end(), loader.problems().begin(), loader.problems().end());
        return problems.empty() ? 0 : print_problems(problems);
    }
    if (!problems.empty()) return print_problems(problems);
    return serve(options, installation);
}

int command_line(int argc, char** argv) {
    Options options;
    CLI::App app("Maps events to commands, exactly once.", "shopwire-router");
    app.add_option("--config", options.config, "folder with installation.yaml and merchants/");
    app.add_option("--pod", options.pod, "name of this replica: static member and transactional id");
    app.add_option("--state-dir", options.state_dir, "folder of the local store");
    app.add_option("--bootstrap", options.bootstrap, "Kafka, in place of the one configured");
    app.add_option("--batch-max", options.batch_max, "records that one transaction reads at most")
        ->check(CLI::Range(std::size_t{1}, std::size_t{10'000}));
    app.add_option("--ready-file", options.ready_file, "written once the process is ready");
    app.add_option("--log-format", options.log_format, "text or json")->check(CLI::IsMember({"text", "json"}));
    app.add_flag("--check-config", options.check, "read everything, name every mistake, end");
    app.add_option("--test-mappings", options.mappings, "files with events and the commands that they become");
    app.add_flag("--print-config-schema", options.schema, "JSON Schema of a merchant's routing");
    app.add_flag("--print-crash-points", options.crash_points, "labels for SHOPWIRE_CRASH_AT");
    CLI11_PARSE(app, argc, argv);
    log::configure(log::Level::kInfo, options.log_format == "json" ? log::Format::kJson : log::Format::kText, "router");
    if (options.schema) {
        std::cout << routes_schema() << "\n";
        return 0;
    }
    if (!options.mappings.empty()) return test_mappings(options.mappings, std::cout);
    if (options.crash_points) {
        for (const std::string_view label : runtime::kCrashPoints)
            if (label.starts_with("router.")) std::cout << label << "\n";
        return 0;
    }
    if (const char* crash_at = std::getenv("SHOPWIRE_CRASH_AT"); crash_at != nullptr) {
        if (Status armed = runtime::arm_crash_point(crash_at); !armed) {
            std::cerr << armed.error().message << "\n";
            return kExitProblem;
        }
    }
    if (options.config.empty()) {
        std::cerr << "--config: expected a folder\n";
        return kExitProblem;
    }
    return run(options);
}

}  // namespace
}  // namespace shopwire::router

int main(int argc, char** argv) {
    try {
        return shopwire::router::command_line(argc, argv);
    } catch (const std::exception& error) {
        std::cerr << "shopwire-router: " << error.what() << "\n";
        return 1;
    }
}

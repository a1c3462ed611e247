// The process of a connector service: what starts, in which order it stops, and with which exit code.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <optional>

#include <fmt/format.h>

#include "common/admin/admin.h"
#include "common/config/installation.h"
#include "common/core/memory.h"
#include "common/json/value.h"
#include "common/kafka/producer.h"
#include "common/metrics/build_info.h"
#include "common/runtime/admin_api.h"
#include "common/runtime/admin_tokens.h"
#include "common/runtime/check_config.h"
#include "common/runtime/connector.h"
#include "common/runtime/crash_point.h"
#include "common/runtime/dry_run.h"
#include "common/runtime/intake_server.h"
#include "common/runtime/kafka_access.h"
#include "common/runtime/kafka_metrics.h"
#include "common/runtime/options.h"
#include "common/runtime/outlet.h"
#include "common/runtime/own_topics.h"
#include "common/runtime/sink_loop.h"
#include "common/runtime/sources.h"
#include "common/runtime/spans.h"
#include "common/runtime/stop_signals.h"

namespace shopwire::runtime {
namespace {

constexpr int kExitFailure = 1;
constexpr int kExitMistake = 2;
constexpr int kExitStalled = 70;
constexpr std::chrono::milliseconds kTickStarting{5};
constexpr std::chrono::milliseconds kTick{1'000};
constexpr int kTicksUntilSmall = 5;  // by then every stream has begun
constexpr std::chrono::milliseconds kSourcesStopMax{10'000};
constexpr std::chrono::milliseconds kSinksStopMax{20'000};
constexpr std::chrono::milliseconds kIntakeDeliveryMax{8'000};  // a shop hangs up after 10 s and more
constexpr std::chrono::milliseconds kBulkLinger{5};
constexpr std::size_t kIdleConnectionsMax = 32;

std::int64_t since_ms(Clock::Monotonic begun) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(system_clock().monotonic() - begun).count();
}

// Everything of the process, in the order in which it is made.
class Service {
 public:
    Service(const ConnectorSpec& spec, const RunOptions& options, config::Installation installation)
        : spec_(spec), options_(options), installation_(std::move(installation)), system_(spec.system) {
        if (const auto found = installation_.services.find(system_); found != installation_.services.end()) {
            settings_ = found->second;
        }
        if (!options_.state_dir.empty()) installation_.state_dir = options_.state_dir;
        installation_.kafka.client_id = options_.pod;
    }

    int run() {
        if (const Status started = start(); !started) {
            if (started.error().kind == ErrorKind::kCancelled) return 0;
            log::error("start failed", {{"error", started.error()}});
            return started.error().kind == ErrorKind::kRejected ? kExitMistake : kExitFailure;
        }
        const int code = serve();
        stop();
        return code;
    }

 private:
    Status start();
    Status start_admin();
    Status start_intake();
    int serve();
    void become_ready();
    Connections::Changes load_connections();
    void reload();
    bool is_stalled() const;
    [[noreturn]] void begin_anew();
    void stop();
    void step(std::string_view what, Clock::Monotonic begun) const {
        log::info("stopping", {{"step", what}, {"took_ms", since_ms(begun)}});
    }

    const ConnectorSpec& spec_;
    const RunOptions options_;
    config::Installation installation_;
    const std::string system_;
    config::ServiceSettings settings_{};
    const Clock::Monotonic begun_ = system_clock().monotonic();
    std::atomic<bool> ready_{false};
    std::atomic<bool> live_{true};

    AdminTokens admin_tokens_{options_.config_folder, system_, installation_};
    std::unique_ptr<metrics::Registry> registry_ = metrics::Registry::create();
    std::unique_ptr<RuntimeMetrics> metrics_{};
    KafkaMetrics kafka_metrics_{*registry_, system_};
    KafkaAccess access_{installation_, options_.config_folder, system_clock(),
                        [this] { return rights_of(installation_, system_, options_.pod); }};
    std::unique_ptr<http::Transport> transport_{};
    tracing::Metrics span_metrics_{*registry_};
    std::unique_ptr<tracing::Exporter> exporter_{};
    std::unique_ptr<admin::Admin> admin_{};
    std::unique_ptr<state::Database> database_{};
    std::unique_ptr<Connections> connections_{};
    std::unique_ptr<kafka::Producer> bulk_{};    // sources
    std::unique_ptr<kafka::Producer> prompt_{};  // intake
    std::unique_ptr<Sources> sources_{};
    std::unique_ptr<SinkLoop> loop_{};
    Examiner examiner_{system_clock()};
    std::unique_ptr<IntakeHandler> intake_{};
    std::unique_ptr<http::Server> intake_server_{};
};

Status Service::start() {
    metrics::declare_build(*registry_, system_, system_clock().now_ms());
    metrics_ = std::make_unique<RuntimeMetrics>(*registry_, system_, spec_.actions);
    const Result<MakeTransport> outlet = outlet_of(spec_, options_);
    if (!outlet) return std::unexpected(outlet.error());
    exporter_ = export_spans(installation_, system_, options_.pod, span_metrics_);
    transport_ = (*outlet)({.connections_idle_max = kIdleConnectionsMax});
    if (const Status started = start_admin(); !started) return started;
    // The broker answers while local state is opened.
    Status usable{};
    std::jthread kafka_thread([this, &usable](const std::stop_token& given_up) {
        usable = access_.await(
            [this](const kafka::Sight& sight) { return ensure_topics(installation_, system_, sight.partitions); },
            [&given_up](std::chrono::milliseconds wait) {
                return given_up.stop_requested() || wait_for_stop_signal(wait) || given_up.stop_requested();
            });
    });
    connections_ = std::make_unique<Connections>(spec_, installation_, options_.config_folder, system_clock(),
                                                 *transport_, *registry_, *outlet);
    std::jthread reading([this] {  // a dialect takes a tenth of a second
        load_connections();
    });
    const std::string folder = (std::filesystem::path(installation_.state_dir) / options_.pod).string();
    std::error_code made;
    std::filesystem::create_directories(folder, made);
    Result<std::unique_ptr<state::Database>> database = state::Database::open(folder);
    if (!database) return within("opening local state", database.error());
    database_ = *std::move(database);
    kafka_thread.join();
    if (!usable) return usable;
    auto bulk = kafka::Producer::create(installation_.kafka, {.linger = kBulkLinger});
    if (!bulk) return std::unexpected(bulk.error());
    bulk_ = traced(*std::move(bulk), system_clock());

    SinkLoop::Options loop{.system = system_,
                           .pod = options_.pod,
                           .kafka = installation_.kafka,
                           .runtime = installation_.runtime,
                           .rules = spec_.actions,
                           .on_slots = [this](const std::set<std::int32_t>& slots) { sources_->own(slots); },
                           .is_refused = [this] { return !access_.missing().empty(); }};
    loop_ = std::make_unique<SinkLoop>(std::move(loop), *connections_, *database_, system_clock(), *metrics_);
    Sources::Verdicts verdicts{
        .refused =
            [this](const std::string& id, const std::string& why) {
                loop_->tell([id, why](SinkCore& core) { core.stop_connection(id, why, true); });
            },
        .usable = [this](const std::string& id) { loop_->tell([id](SinkCore& core) { core.heal_connection(id); }); },
    };
    sources_ = std::make_unique<Sources>(spec_, installation_, *connections_, *bulk_, *loop_, system_clock(), *metrics_,
                                         std::move(verdicts));
    loop_->start([&reading] { reading.join(); });
    add_admin_api(*admin_, system_, *connections_, *loop_, *sources_, examiner_);
    return start_intake();
}

Status Service::start_admin() {
    auto started =
        admin::Admin::start({.listen = settings_.admin_listen,
                             .tokens = admin_tokens_of(settings_),
                             .ready = &metrics::ready_of(*registry_, system_)},
                            *registry_, [this] {
                                const std::string missing = access_.missing();
                                const bool has_slots = ready_ && loop_->assigned();  // they may be lost while it runs
                                admin::Health health{.live = live_.load(), .ready = has_slots && missing.empty()};
                                if (!missing.empty()) health.waiting_for.push_back("kafka: " + missing);
                                if (!has_slots) health.waiting_for.emplace_back("slots");
                                return health;
                            });
    if (!started) return within("starting the admin port", started.error());
    admin_ = *std::move(started);
    return {};
}

Status Service::start_intake() {
    if (settings_.webhook_listen.empty()) return {};
    if (!spec_.takes_webhooks && !spec_.gives_files)
        return rejected(fmt::format("services.{}.webhook_listen: nothing of this system comes there", system_));
    auto prompt = kafka::Producer::create(
        installation_.kafka, {.linger = std::chrono::milliseconds(0), .delivery_timeout = kIntakeDeliveryMax});
    if (!prompt) return std::unexpected(prompt.error());
    prompt_ = traced(*std::move(prompt), system_clock());
    intake_ = std::make_unique<IntakeHandler>(
        system_, [this](const std::string& id) { return connections_->find(id); }, *prompt_, system_clock(), *metrics_);
    auto server = http::Server::start(
        {.listen = settings_.webhook_listen,
         .threads = settings_.webhook_threads,
         .body_bytes_max = kWebhookBytesMax,
         .refused_per_second = settings_.webhook_refused_per_second,
         .connections_per_peer_max = settings_.webhook_connections_per_peer,
         .proxies = settings_.proxies(),
         .on_refused = [this](http::Refusal what, int times) { metrics_->webhook_refused(what).add(times); }},
        [this](const http::ServerRequest& request) { return intake_->answer(request); });
    if (!server) return within("starting the webhook port", server.error());
    intake_server_ = *std::move(server);
    return {};
}

int Service::serve() {
    int ticks = 0;  // since it is ready
    while (!wait_for_stop_signal(ready_ ? kTick : kTickStarting)) {
        if (!ready_ && loop_->assigned()) become_ready();
        if (const std::string fatal = loop_->fatal(); !fatal.empty()) return kExitFailure;
        if (is_stalled()) {
            log::error("stalled; ending the process",
                       {{"stall_timeout_ms", installation_.runtime.stall_timeout.count()}});
            metrics_->watchdog_stalls.add();
            begin_anew();
        }
        if (access_.outdated()) {
            log::error("kafka trusts a new client and not ours; ending the process", {{"why", access_.missing()}});
            begin_anew();
        }
        if (ready_ && connections_->files_changed()) reload();
        if (ready_) admin_tokens_.follow(*admin_);
        if (ready_ && ++ticks == kTicksUntilSmall) give_back_start_memory();
    }
    return 0;
}

// Its threads may hang for ever: nothing is left to wait for.
void Service::begin_anew() {
    ready_ = false;
    live_ = false;
    std::_Exit(kExitStalled);
}

bool Service::is_stalled() const {
    return system_clock().monotonic() - loop_->last_turn() > installation_.runtime.stall_timeout;
}

void Service::become_ready() {
    ready_ = true;
    const std::int64_t took_ms = since_ms(begun_);
    metrics_->start_duration.set(static_cast<double>(took_ms) / 1000);
    log::info(
        "ready",
        {{"took_ms", took_ms}, {"pod", options_.pod}, {"slots", static_cast<std::int64_t>(loop_->slots().size())}});
    if (options_.ready_file.empty()) return;
    json::Writer body;
    body.begin_object().key("admin_port").number(std::int64_t{admin_->port()});
    body.key("webhook_port").number(std::int64_t{intake_server_ ? intake_server_->port() : 0});
    body.key("pid").number(std::int64_t{::getpid()}).end_object();
    const std::string draft = options_.ready_file + ".new";
    std::ofstream(draft) << body.take() << '\n';
    std::error_code error;
    std::filesystem::rename(draft, options_.ready_file, error);  // a reader never sees half of it
    if (error) log::warning("writing the ready file", {{"reason", error.message()}});
}

Connections::Changes Service::load_connections() {
    Connections::Changes changes = connections_->reload();
    metrics_->refused_files.set(static_cast<double>(connections_->problems().size()));
    metrics_->config_generation.set(connections_->generation());
    return changes;
}

void Service::reload() {
    const Connections::Changes changes = load_connections();
    if (changes.changed.empty() && changes.gone.empty()) return;
    log::info("configuration reloaded", {{"changed", static_cast<std::int64_t>(changes.changed.size())},
                                         {"gone", static_cast<std::int64_t>(changes.gone.size())}});
    for (const std::string& id : changes.changed) {
        const ConnectionPtr connection = connections_->find(id);
        if (!connection) continue;
        loop_->tell([id, connection](SinkCore& core) {
            configure_sink(core, *connection);
            core.heal_connection(id);  // a new key may be the cure
        });
    }
    for (const std::string& id : changes.gone) loop_->tell([id](SinkCore& core) { core.unconfigure(id); });
    sources_->refresh(changes.changed);
}

void Service::stop() {
    const Clock::Monotonic begun = system_clock().monotonic();
    ready_ = false;
    log::info("stopping", {{"step", "readiness off"}});
    access_.request_stop();
    examiner_.stop();
    if (intake_) intake_->stop();
    intake_server_.reset();
    step("intake", begun);
    sources_->stop(kSourcesStopMax);
    step("sources", begun);
    loop_->stop(kSinksStopMax);
    step("sinks, final transaction, consumer", begun);
    if (prompt_) static_cast<void>(prompt_->flush(std::chrono::seconds(5)));
    static_cast<void>(bulk_->flush(std::chrono::seconds(5)));
    step("producers", begun);
    admin_.reset();
    sources_.reset();
    loop_.reset();
    intake_.reset();
    step("admin", begun);
}

int print_lists(const ConnectorSpec& spec, const RunOptions& options) {
    if (options.print_crash_points) {
        for (const std::string_view label : crash_points_of(spec)) fmt::print("{}\n", label);
    }
    if (options.print_config_schema && spec.schema) fmt::print("{}\n", spec.schema());
    return 0;
}

}  // namespace

int run(int argc, char** argv, const ConnectorSpec& spec) {
    if (argc > 1)
        if (const auto command = spec.commands.find(argv[1]); command != spec.commands.end())
            return command->second(argc - 1, argv + 1);
    const ParsedOptions parsed = parse_options(argc, argv, std::string(spec.system));
    if (!parsed.options) return parsed.exit_code;
    const RunOptions& options = *parsed.options;
    if (options.print_config_schema || options.print_crash_points) return print_lists(spec, options);
    if (options.check_config) return check_config(spec, options.config_folder);
    if (!options.examine.empty()) return examine_config(spec, options.config_folder, options.examine);

    block_stop_signals();  // only `serve` looks
    log::configure(log::Level::kInfo, options.log_format, "shopwire-" + std::string(spec.system));
    if (const char* crash = std::getenv("SHOPWIRE_CRASH_AT"); crash != nullptr && *crash != '\0') {
        if (const Status armed = arm_crash_point(crash); !armed) {
            fmt::print(stderr, "{}\n", armed.error().message);
            return kExitMistake;
        }
    }
    config::Problems problems;
    config::Installation installation = config::load_installation(options.config_folder, problems);
    for (const config::Problem& problem : problems) fmt::print(stderr, "{}\n", config::format(problem));
    if (!problems.empty()) return kExitMistake;
    if (!options.bootstrap.empty()) installation.kafka.bootstrap = options.bootstrap;
    if (!options.dry_run.empty()) {
        installation.kafka.client_id = options.pod + "-dry-run";
        const Result<MakeTransport> outlet = outlet_of(spec, options);
        if (outlet) return dry_run(spec, options, installation, *outlet, std::cout);
        log::error("start failed", {{"error", outlet.error()}});
        return kExitMistake;
    }
    return Service(spec, options, std::move(installation)).run();
}

}  // namespace shopwire::runtime

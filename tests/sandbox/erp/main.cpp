// sandbox-erp: an ERP for tests and for the demo. See WIRE.md for what it answers and README.md for how to steer it.
#include "tests/sandbox/erp/control_api.h"
#include "tests/sandbox/erp/control_seed.h"
#include "tests/sandbox/erp/english_api.h"
#include "tests/sandbox/erp/serbian_api.h"
#include "tests/sandbox/kit/control.h"
#include "tests/sandbox/kit/http_server.h"
#include "tests/sandbox/kit/program.h"

#include <condition_variable>
#include <iostream>
#include <random>
#include <thread>

namespace {

namespace erp = sandbox::erp;
namespace kit = sandbox::kit;

struct Options {
    std::string name;
    std::string dialect;
    std::string key;
    std::string database;
    std::string bind;
    std::string ready_file;
    std::string certificate_file;
    int http_port = 0;
    int https_port = -1;
    int serbian_port = -1;
    int control_port = 0;
};

int port_of(kit::Flags& flags, const char* name, int fallback) {
    return static_cast<int>(flags.number(name, fallback));
}

// Lets strangers into Demo2 while mutator_interval_ms is set.
void run_mutator(const std::stop_token& stop, erp::World& world) {
    constexpr int kIdleMs = 200;
    std::mt19937_64 random{20261122};
    std::mutex mutex;
    std::condition_variable_any changed;
    while (!stop.stop_requested()) {
        int wait_ms = kIdleMs;
        {
            const std::scoped_lock lock{world.mutex};
            if (world.settings.mutator_interval_ms > 0) {
                wait_ms = world.settings.mutator_interval_ms;
                erp::mutate(world, *world.database("Demo2"), random(), kit::now_micros());
            }
        }
        std::unique_lock lock{mutex};
        changed.wait_for(lock, stop, std::chrono::milliseconds{wait_ms}, [] { return false; });
    }
}

int fail(const Options& options, const std::string& message) {
    std::cerr << options.name << ": " << message << '\n';
    return 2;
}

int run(const Options& options) {
    erp::World world{options.key};
    if (!options.database.empty() && world.database(options.database) == nullptr) {
        return fail(options, "reading flags: --database is Demo2, Shop2025 or Shop2026");
    }
    // With --database the first key opens that one alone, as a customer's key with a single year would.
    if (!options.database.empty()) world.keys.front().databases = {options.database};
    kit::FaultEngine faults;
    kit::RequestLog log;
    const erp::EnglishApi english{world, faults};
    const erp::SerbianApi serbian{world, faults};
    const auto serve_english = [&](const kit::Request& request) { return english.handle(request); };
    const auto serve_serbian = [&](const kit::Request& request) { return serbian.handle(request); };

    kit::ServerOptions api{.bind = options.bind,
                           .http_port = options.http_port,
                           .https_port = options.https_port,
                           .certificate = {},
                           .faults = &faults,
                           .log = &log};
    if (options.https_port >= 0) {
        api.certificate = kit::write_certificate(options.certificate_file, "");
        if (!api.certificate) return fail(options, "writing certificate " + options.certificate_file);
    }
    const bool serbian_first = options.dialect == "sors-sr";
    const auto server =
        serbian_first ? kit::HttpServer::start(api, serve_serbian) : kit::HttpServer::start(api, serve_english);
    if (!server) return fail(options, server.error());

    std::unique_ptr<kit::HttpServer> second;
    if (options.serbian_port >= 0) {
        kit::ServerOptions more = api;
        more.http_port = options.serbian_port;
        more.https_port = -1;
        auto started = kit::HttpServer::start(more, serve_serbian);
        if (!started) return fail(options, started.error());
        second = *std::move(started);
    }

    kit::Router control;
    kit::add_control_routes(control, faults, log,
                            {.state = [&] { return erp::state_text(world, ""); },
                             .reset =
                                 [&] {
                                     const std::scoped_lock lock{world.mutex};
                                     world.reset();
                                 }});
    erp::add_erp_control_routes(control, world);
    // The ready file has no room for a second shape's port.
    const int serbian_port = serbian_first ? (*server)->http_port() : second ? second->http_port() : -1;
    control.add("GET", "/__sandbox/ports", [&, serbian_port](const kit::Request&, const kit::PathValues&) {
        return kit::json_response(200, "{\"sors-en\":" + std::to_string(serbian_first ? -1 : (*server)->http_port()) +
                                           ",\"sors-sr\":" + std::to_string(serbian_port) + "}");
    });
    const auto steering =
        kit::HttpServer::start({.bind = options.bind, .http_port = options.control_port, .certificate = {}},
                               [&](const kit::Request& request) { return control.route(request); });
    if (!steering) return fail(options, steering.error());

    const std::jthread mutator{[&](const std::stop_token& stop) { run_mutator(stop, world); }};
    if (!kit::announce(
            {.http = (*server)->http_port(), .https = (*server)->https_port(), .control = (*steering)->http_port()},
            options.ready_file)) {
        return fail(options, "writing ready file " + options.ready_file);
    }
    kit::wait_for_stop();
    (*server)->stop();
    if (second) second->stop();
    (*steering)->stop();
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    kit::hold_signals();
    kit::Flags flags{argc, argv};
    const Options options{.name = flags.text("--name", "sandbox-erp"),
                          .dialect = flags.text("--dialect", "sors-en"),
                          .key = flags.text("--key", "demo-key"),
                          .database = flags.text("--database", ""),
                          .bind = flags.text("--bind", "127.0.0.1"),
                          .ready_file = flags.text("--ready-file", ""),
                          .certificate_file = flags.text("--cert-file", "sandbox-erp.pem"),
                          .http_port = port_of(flags, "--port", 0),
                          .https_port = port_of(flags, "--https-port", -1),
                          .serbian_port = port_of(flags, "--port-sr", -1),
                          .control_port = port_of(flags, "--control-port", 0)};
    if (const auto problem = flags.problem()) return fail(options, *problem);
    if (options.dialect != "sors-en" && options.dialect != "sors-sr")
        return fail(options, "reading flags: --dialect is sors-en or sors-sr");
    return run(options);
}

// sandbox-logistos: a carrier platform for tests and for the demo. See WIRE.md for what it answers and README.md for
// how to steer it.
#include <curl/curl.h>

#include <iostream>

#include "tests/sandbox/kit/control.h"
#include "tests/sandbox/kit/http_server.h"
#include "tests/sandbox/kit/program.h"
#include "tests/sandbox/logistos/control_api.h"
#include "tests/sandbox/logistos/integration_api.h"
#include "tests/sandbox/logistos/seller_api.h"

namespace {

namespace kit = sandbox::kit;
namespace logistos = sandbox::logistos;

struct Options {
    std::string bind;
    std::string ready_file;
    std::string token;
    std::string email;
    std::string password;
    int port = 0;
    int control_port = 0;
};

int fail(const std::string& message) {
    std::cerr << "sandbox-logistos: " << message << '\n';
    return 2;
}

int run(const Options& options) {
    logistos::World world;
    kit::FaultEngine faults;
    kit::RequestLog log;
    logistos::IntegrationApi integration{world, options.token};
    logistos::SellerApi seller{world, options.email, options.password};
    kit::Router routes;
    integration.add_routes(routes);
    seller.add_routes(routes);
    const auto server = kit::HttpServer::start(
        {.bind = options.bind, .http_port = options.port, .certificate = {}, .faults = &faults, .log = &log},
        [&](const kit::Request& request) { return routes.route(request); });
    if (!server) return fail(server.error());
    kit::Router control;
    kit::add_control_routes(control, faults, log,
                            {.state = [&] { return logistos::state_text(world); },
                             .reset =
                                 [&] {
                                     const std::scoped_lock lock{world.mutex};
                                     world.reset();
                                 }});
    logistos::add_logistos_control_routes(control, world);
    const auto steering =
        kit::HttpServer::start({.bind = options.bind, .http_port = options.control_port, .certificate = {}},
                               [&](const kit::Request& request) { return control.route(request); });
    if (!steering) return fail(steering.error());
    if (!kit::announce({.http = (*server)->http_port(), .https = -1, .control = (*steering)->http_port()},
                       options.ready_file))
        return fail("writing ready file " + options.ready_file);
    kit::wait_for_stop();
    (*server)->stop();
    (*steering)->stop();
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    kit::hold_signals();
    curl_global_init(CURL_GLOBAL_DEFAULT);
    kit::Flags flags{argc, argv};
    const Options options{.bind = flags.text("--bind", "127.0.0.1"),
                          .ready_file = flags.text("--ready-file", ""),
                          .token = flags.text("--token", ""),
                          .email = flags.text("--email", "seller@example.test"),
                          .password = flags.text("--password", "demo-password"),
                          .port = static_cast<int>(flags.number("--port", 0)),
                          .control_port = static_cast<int>(flags.number("--control-port", 0))};
    if (const auto problem = flags.problem()) return fail(*problem);
    return run(options);
}

// sandbox-solteq: a Commerce Cloud tenant with its identity server, for tests and for the demo. README.md says what it
// answers and how to steer it.
#include "tests/sandbox/kit/control.h"
#include "tests/sandbox/kit/http_server.h"
#include "tests/sandbox/kit/program.h"
#include "tests/sandbox/solteq/api.h"
#include "tests/sandbox/solteq/control_api.h"

#include <iostream>

namespace {

namespace kit = sandbox::kit;
namespace solteq = sandbox::solteq;

int fail(const std::string& message) {
    std::cerr << "sandbox-solteq: " << message << '\n';
    return 2;
}

}  // namespace

int main(int argc, char** argv) {
    kit::hold_signals();
    kit::Flags flags{argc, argv};
    const std::string dialect = flags.text("--dialect", "solteq-rest");
    const std::string bind = flags.text("--bind", "127.0.0.1");
    const std::string ready_file = flags.text("--ready-file", "");
    const int port = static_cast<int>(flags.number("--port", 0));
    const int control_port = static_cast<int>(flags.number("--control-port", 0));
    solteq::World world;
    world.client_id = flags.text("--client-id", world.client_id);
    world.client_secret = flags.text("--client-secret", world.client_secret);
    world.settings.token_seconds = static_cast<int>(flags.number("--token-seconds", world.settings.token_seconds));
    if (const auto problem = flags.problem()) return fail(*problem);
    if (dialect != "solteq-rest" && dialect != "solteq-alt")
        return fail("reading flags: --dialect is solteq-rest or solteq-alt");
    world.settings.refund_positive = dialect == "solteq-alt";

    kit::FaultEngine faults;
    kit::RequestLog log;
    const solteq::Api api{world, dialect == "solteq-alt" ? solteq::Shape::kAlt : solteq::Shape::kRest};
    const auto server =
        kit::HttpServer::start({.bind = bind, .http_port = port, .certificate = {}, .faults = &faults, .log = &log},
                               [&api](const kit::Request& request) { return api.handle(request); });
    if (!server) return fail(server.error());

    kit::Router control;
    const bool positive = world.settings.refund_positive;
    const std::string secret = world.client_secret;
    kit::add_control_routes(control, faults, log,
                            {.state = [&world] { return solteq::state_text(world); },
                             .reset =
                                 [&world, positive, secret] {
                                     const std::scoped_lock lock{world.mutex};
                                     world.reset();
                                     world.settings.refund_positive = positive;
                                     world.client_secret = secret;
                                 }});
    solteq::add_solteq_control_routes(control, world);
    const auto steering = kit::HttpServer::start({.bind = bind, .http_port = control_port, .certificate = {}},
                                                 [&](const kit::Request& request) { return control.route(request); });
    if (!steering) return fail(steering.error());
    if (!kit::announce({.http = (*server)->http_port(), .https = -1, .control = (*steering)->http_port()}, ready_file))
        return fail("writing ready file " + ready_file);
    kit::wait_for_stop();
    (*server)->stop();
    (*steering)->stop();
    return 0;
}

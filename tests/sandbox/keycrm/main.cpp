// sandbox-keycrm: one KeyCRM account for tests and for the demo.  README.md says what it keeps and how it is steered.
#include <iostream>

#include "tests/sandbox/keycrm/control_api.h"
#include "tests/sandbox/kit/control.h"
#include "tests/sandbox/kit/http_server.h"
#include "tests/sandbox/kit/program.h"

namespace {

namespace keycrm = sandbox::keycrm;
namespace kit = sandbox::kit;

struct Options {
    std::string bind;
    std::string key;
    std::string ready_file;
    std::string certificate_file;
    std::string record_file;
    int http_port = 0;
    int https_port = -1;
    int control_port = 0;
    int rate_per_minute = 20;
};

int fail(const std::string& message) {
    std::cerr << "sandbox-keycrm: " << message << '\n';
    return 2;
}

int run(const Options& options) {
    keycrm::Crm crm;
    crm.switches.rate_per_minute = options.rate_per_minute;
    kit::FaultEngine faults;
    kit::RequestLog log;
    keycrm::Webhooks webhooks(crm, faults);
    crm.notify = [&](const keycrm::Notice& notice) { webhooks.tell(notice); };
    keycrm::Api api(crm, options.key, options.record_file);

    kit::ServerOptions served{.bind = options.bind,
                              .http_port = options.http_port,
                              .https_port = options.https_port,
                              .certificate = {},
                              .faults = &faults,
                              .log = &log};
    if (options.https_port >= 0) {
        served.certificate = kit::write_certificate(options.certificate_file, "");
        if (!served.certificate) return fail("writing certificate " + options.certificate_file);
    }
    const auto server =
        kit::HttpServer::start(served, [&](const kit::Request& request) { return api.handle(request); });
    if (!server) return fail(server.error());

    kit::Router control;
    kit::add_control_routes(control, faults, log,
                            {.state = [&] { return keycrm::state_text(crm, webhooks); },
                             .reset =
                                 [&] {
                                     const std::scoped_lock lock(crm.mutex);
                                     webhooks.reset();
                                     crm.seed();
                                 }});
    keycrm::add_crm_control_routes(control, crm, api, webhooks);
    const auto steering =
        kit::HttpServer::start({.bind = options.bind, .http_port = options.control_port, .certificate = {}},
                               [&](const kit::Request& request) { return control.route(request); });
    if (!steering) return fail(steering.error());
    if (!kit::announce(
            {.http = (*server)->http_port(), .https = (*server)->https_port(), .control = (*steering)->http_port()},
            options.ready_file))
        return fail("writing ready file " + options.ready_file);
    kit::wait_for_stop();
    (*server)->stop();
    (*steering)->stop();
    webhooks.stop();
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    kit::hold_signals();
    kit::Flags flags{argc, argv};
    const Options options{.bind = flags.text("--bind", "127.0.0.1"),
                          .key = flags.text("--key", "demo-key"),
                          .ready_file = flags.text("--ready-file", ""),
                          .certificate_file = flags.text("--cert-file", "sandbox-keycrm.pem"),
                          .record_file = flags.text("--record", ""),
                          .http_port = static_cast<int>(flags.number("--port", 0)),
                          .https_port = static_cast<int>(flags.number("--https-port", -1)),
                          .control_port = static_cast<int>(flags.number("--control-port", 0)),
                          .rate_per_minute = static_cast<int>(flags.number("--rate", 20))};
    if (const auto problem = flags.problem()) return fail(*problem);
    return run(options);
}

// Prints the metrics of every service, as its /metrics shows them at the start, with the connections of one
// configuration folder: the text of which deploy/prometheus/METRICS.md is made.  Nothing is sent anywhere.
#include <cstdio>

#include "common/metrics/build_info.h"
#include "common/runtime/connections.h"
#include "common/runtime/kafka_metrics.h"
#include "common/runtime/runtime_metrics.h"
#include "common/testing/fake_clock.h"
#include "common/testing/fake_transport.h"
#include "common/tracing/tracing.h"
#include "services/keycrm/connector.h"
#include "services/logistos/connector.h"
#include "services/router/metrics.h"
#include "services/solteq/connector.h"
#include "services/sors/connector.h"
#include "services/woocommerce/connector.h"

namespace shopwire {
namespace {

void print(const std::string& service, const metrics::Registry& registry) {
    std::printf("## %s\n%s", service.c_str(), registry.text().c_str());
}

void list_router() {
    const auto registry = metrics::Registry::create();
    metrics::declare_build(*registry, "router", 0);
    const runtime::KafkaMetrics kafka_metrics(*registry, "router");
    const router::Metrics metrics(*registry);
    const tracing::Metrics spans(*registry);
    print("router", *registry);
}

// False: the folder has no connection of this system, so that its own metrics would be missing.
bool list_connector(const runtime::ConnectorSpec& spec, const config::Installation& installation,
                    const std::string& folder) {
    const std::string system(spec.system);
    const auto registry = metrics::Registry::create();
    metrics::declare_build(*registry, system, 0);
    const runtime::KafkaMetrics kafka_metrics(*registry, system);
    runtime::RuntimeMetrics metrics(*registry, system, spec.actions);
    const tracing::Metrics spans(*registry);
    testing::FakeClock clock;
    testing::FakeTransport transport;
    transport.otherwise([](const http::Request&, std::stop_token) { return http::Response{.status = 500}; });
    const auto own = [](const http::CurlOptions&) { return std::make_unique<testing::FakeTransport>(); };
    runtime::Connections connections(spec, installation, folder, clock, transport, *registry, own);
    connections.reload();
    bool asked = false;
    for (const runtime::ConnectionPtr& connection : connections.all()) {
        metrics.connection(connection->id);
        for (const runtime::Stream& stream : spec.streams) metrics.stream(connection->id, stream.name);
        if (spec.takes_webhooks || spec.gives_files) metrics.webhooks(connection->id);
        // The metrics of an operation appear with its first request.
        for (const runtime::Stream& stream : spec.streams)
            static_cast<void>(connection->connector.source->read(stream.name, {}, {}));
        asked = asked || !transport.requests().empty();
    }
    for (const std::string& problem : connections.problems()) std::fprintf(stderr, "%s", problem.c_str());
    print(system, *registry);
    return asked;
}

int list(const std::string& folder) {
    config::Problems problems;
    const config::Installation installation = config::load_installation(folder, problems);
    for (const config::Problem& problem : problems) std::fprintf(stderr, "%s\n", config::format(problem).c_str());
    bool whole = problems.empty();
    list_router();
    for (const runtime::ConnectorSpec& spec :
         {keycrm::spec(), logistos::spec(), solteq::spec(), sors::spec(), woocommerce::spec()}) {
        if (list_connector(spec, installation, folder)) continue;
        std::fprintf(stderr, "%s: the folder has no connection of it that sends requests\n",
                     std::string(spec.system).c_str());
        whole = false;
    }
    return whole ? 0 : 1;
}

}  // namespace
}  // namespace shopwire

int main(int argc, char** argv) {
    if (argc == 2) return shopwire::list(argv[1]);
    std::fprintf(stderr, "usage: metrics_list CONFIG_FOLDER\n");
    return 2;
}

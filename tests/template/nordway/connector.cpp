#include "tests/template/nordway/connector.h"

#include "tests/template/nordway/client.h"
#include "tests/template/nordway/config.h"
#include "tests/template/nordway/sink.h"
#include "tests/template/nordway/source.h"

namespace shopwire::nordway {
namespace {

using Rule = runtime::ActionRule;

Result<runtime::Connector> create(const config::Node& settings, const runtime::ConnectionContext& context) {
    config::Problems problems;
    Settings parsed = settings_schema().parse(settings, problems);
    if (!problems.empty()) return rejected("reading settings: " + config::format(problems.front()));
    const auto client = std::make_shared<Client>(std::move(parsed), context);
    runtime::Connector connector;
    connector.source = std::make_unique<Source>(client);
    connector.sink = std::make_unique<Sink>(client);
    connector.probe = [client](std::stop_token stop) { return client->probe(std::move(stop)); };
    return connector;
}

}  // namespace

runtime::ConnectorSpec spec() {
    return {
        .system = "nordway",
        .streams = {{.name = kArticles, .pass = runtime::Pass::kSnapshot, .interval = std::chrono::minutes(5)}},
        .actions = {{.action = events::Command::kExportOrder,
                     .write = Rule::Write::kCreate,
                     .on_reject = Rule::OnReject::kPark},
                    {.action = events::Command::kCancelDocument, .on_reject = Rule::OnReject::kPark},
                    {.action = events::Command::kSetStock}},
        .check = [](const config::Node& settings,
                    config::Problems& problems) { (void)settings_schema().parse(settings, problems); },
        .limits = {.per_second = 5, .burst = 5, .concurrency = 2},  // 300 a minute, says the system
        .create = create,
        .schema = [] { return settings_schema().json_schema(); },
    };
}

}  // namespace shopwire::nordway

#include "common/runtime/check_config.h"

#include <algorithm>
#include <cstdio>
#include <functional>

#include <fmt/format.h>

#include "common/http/client.h"
#include "common/runtime/connections.h"
#include "common/runtime/examiner.h"
#include "common/runtime/sink_item.h"

namespace shopwire::runtime {
namespace {

constexpr int kFault = 1;
constexpr int kMistakes = 2;

std::size_t print(const config::Problems& problems) {
    for (const config::Problem& problem : problems) fmt::print("{}\n", config::format(problem));
    return problems.size();
}

using Use = std::function<Status(const Connector&)>;

// Makes the connector as a running service would, and lends it to `use`.
Status with_connector(const ConnectorSpec& spec, const config::Installation& installation, const std::string& merchant,
                      const config::ConnectionSettings& settings, const Use& use) {
    const MakeTransport make = reaching(http::curl_transport, reach_of(installation, settings));
    const auto transport = make({});
    const auto metrics = metrics::Registry::create();
    const std::string budget = settings.budget.empty() ? merchant + "/" + settings.name : settings.budget;
    const auto limiter = http::RateLimiter::create(limits_of(installation, budget, spec.limits), system_clock());
    const ConnectionContext context{.merchant = merchant,
                                    .connection = settings.name,
                                    .public_url = webhook_url_of(installation, spec.system, merchant, settings.name),
                                    .clock = system_clock(),
                                    .transport = *transport,
                                    .limiter = *limiter,
                                    .metrics = *metrics,
                                    .own_transport = make};
    const Result<Connector> connector = spec.create(settings.settings, context);
    if (!connector) return std::unexpected(connector.error());
    return use(*connector);
}

// Asks the system once, and tells what the key opens there.
Status connect_once(const Connector& connector, const std::string& id) {
    if (connector.probe)
        if (Status usable = connector.probe(std::stop_token{}); !usable) return usable;
    std::vector<std::string> lines;
    if (connector.describe) {
        Result<std::vector<std::string>> told = connector.describe(std::stop_token{});
        if (!told) return std::unexpected(told.error());
        lines = *std::move(told);
    }
    fmt::print("{}: connected\n", id);
    for (const std::string& line : lines) fmt::print("{}: {}\n", id, line);
    return {};
}

}  // namespace

int check_config(const ConnectorSpec& spec, const std::string& folder) {
    config::Problems problems;
    const config::Installation installation = config::load_installation(folder, problems);
    std::size_t count = print(problems);
    const config::Merchants loaded = config::load_merchants(folder);
    for (const auto& [file, list] : loaded.problems) count += print(list);
    for (const auto& [name, merchant] : loaded.merchants) {
        for (const auto& [connection, settings] : merchant.connections) {
            if (settings.system != spec.system || !settings.enabled) continue;
            config::Problems mistakes;
            if (spec.check) spec.check(settings.settings, mistakes);
            count += print(mistakes);
            if (!mistakes.empty()) continue;
            const Status tried = with_connector(spec, installation, name, settings, [&](const Connector& connector) {
                return connect_once(connector, connection_id(name, connection));
            });
            if (tried) continue;
            ++count;
            fmt::print("{}\n", config::format({.file = settings.settings.file(),
                                               .line = settings.settings.line(),
                                               .path = "connections." + connection,
                                               .message = tried.error().with_words()}));
        }
    }
    fmt::print("{}\n", count == 0 ? std::string("configuration is valid") : fmt::format("{} problems", count));
    return count == 0 ? 0 : kMistakes;
}

int examine_config(const ConnectorSpec& spec, const std::string& folder, const std::string& id) {
    config::Problems problems;
    const config::Installation installation = config::load_installation(folder, problems);
    const config::Merchants loaded = config::load_merchants(folder);
    for (const auto& [name, merchant] : loaded.merchants) {
        for (const auto& [connection, settings] : merchant.connections) {
            if (settings.system != spec.system || connection_id(name, connection) != id) continue;
            if (spec.check) spec.check(settings.settings, problems);
            if (!problems.empty()) break;
            bool fault = false;
            const Status done = with_connector(spec, installation, name, settings, [&](const Connector& connector) {
                const Examination found = examine(connector, {}, std::stop_token{});
                fault = std::ranges::any_of(found.findings,
                                            [](const Finding& one) { return one.grade == Finding::Grade::kFault; });
                fmt::print("{}\n", text_of(found));
                return Status{};
            });
            if (done) return fault ? kFault : 0;
            fmt::print(stderr, "{}\n", done.error().with_words());
            return kMistakes;
        }
    }
    for (const config::Problem& problem : problems) fmt::print(stderr, "{}\n", config::format(problem));
    fmt::print(stderr, "{}: no such connection of {}, or its file has mistakes\n", id, spec.system);
    return kMistakes;
}

}  // namespace shopwire::runtime

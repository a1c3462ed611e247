#include "common/runtime/check_config.h"

#include <cstdio>
#include <exception>
#include <memory>

#include <fmt/format.h>

#include "common/http/client.h"
#include "common/runtime/connections.h"

namespace shopwire::runtime {
namespace {

constexpr int kMistakes = 2;

std::size_t print(const config::Problems& problems) {
    for (const config::Problem& problem : problems) fmt::print("{}\n", config::format(problem));
    return problems.size();
}

// Makes the connector and asks the system once.  What the key opens there, where the connector tells.
Result<std::vector<std::string>> try_connection(const ConnectorSpec& spec, const config::Installation& installation,
                                                const std::string& merchant, const config::ConnectionSettings& settings,
                                                http::Transport& transport, metrics::Registry& metrics) {
    const std::string budget = settings.budget.empty() ? merchant + "/" + settings.name : settings.budget;
    const auto limiter = http::RateLimiter::create(limits_of(installation, budget, spec.limits), system_clock());
    const ConnectionContext context{.merchant = merchant,
                                    .connection = settings.name,
                                    .clock = system_clock(),
                                    .transport = transport,
                                    .limiter = *limiter,
                                    .metrics = metrics};
    const Result<Connector> connector = spec.create(settings.settings, context);
    if (!connector) return std::unexpected(connector.error());
    if (connector->probe)
        if (Status usable = connector->probe(std::stop_token{}); !usable) return std::unexpected(usable.error());
    if (!connector->describe) return std::vector<std::string>{};
    return connector->describe(std::stop_token{});
}

}  // namespace

int check_config(const ConnectorSpec& spec, const std::string& folder) {
    config::Problems problems;
    const config::Installation installation = config::load_installation(folder, problems);
    std::size_t count = print(problems);
    const config::Merchants loaded = config::load_merchants(folder);
    for (const auto& [file, list] : loaded.problems) count += print(list);
    const auto transport = http::curl_transport({});
    const auto metrics = metrics::Registry::create();
    for (const auto& [name, merchant] : loaded.merchants) {
        for (const auto& [connection, settings] : merchant.connections) {
            if (settings.system != spec.system || !settings.enabled) continue;
            config::Problems mistakes;
            if (spec.check) spec.check(settings.settings, mistakes);
            count += print(mistakes);
            if (!mistakes.empty()) continue;
            const Result<std::vector<std::string>> tried =
                try_connection(spec, installation, name, settings, *transport, *metrics);
            if (tried) {
                fmt::print("{}/{}: connected\n", name, connection);
                for (const std::string& line : *tried) fmt::print("{}/{}: {}\n", name, connection, line);
                continue;
            }
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

}  // namespace shopwire::runtime

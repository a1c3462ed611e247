#include "services/cli/reach.h"

#include <CLI/CLI.hpp>
#include <cstdlib>

#include "common/config/installation.h"

namespace shopwire::cli {
namespace {

constexpr const char* kTokenName = "SHOPWIRE_ADMIN_TOKEN";
constexpr const char* kConfigName = "SHOPWIRE_CONFIG";

Secret token_of_environment() {
    const char* token = std::getenv(kTokenName);
    return Secret(token == nullptr ? "" : token);
}

// Of those that whoever calls may read: one that may operate, else one that may look.
Secret strongest_token_of(const config::ServiceSettings& service) {
    Secret found = service.admin_token;
    for (const std::string_view role : {"operate", "read"})
        for (const auto& [name, token] : service.admin_tokens)
            if (found.empty() && token.role == role) found = token.token;
    return found;
}

Result<AdminPort> parse_port(const std::string& text) {
    AdminPort port{.token = token_of_environment()};
    const std::size_t equals = text.find('=');
    std::string url = equals == std::string::npos ? text : text.substr(equals + 1);
    if (!url.starts_with("http://") && !url.starts_with("https://")) url = "http://" + url;
    while (url.ends_with('/')) url.pop_back();
    if (url.find(':', url.find("//")) == std::string::npos || url.ends_with(':'))
        return rejected("--admin: expected NAME=http://HOST:PORT, got \"" + text + "\"");
    port.service = equals == std::string::npos ? url.substr(url.find("//") + 2) : text.substr(0, equals);
    port.url = std::move(url);
    return port;
}

Status add_folder(const std::string& folder, Reach& reach) {
    config::Problems problems;
    const config::Installation installation = config::load_installation(folder, problems);
    // Who asks only Kafka needs no token; who asks a port without one is told so then.
    std::erase_if(problems, [](const config::Problem& problem) { return problem.path.contains(".admin_token"); });
    if (!problems.empty()) return rejected(config::format(problems.front()));
    reach.kafka = installation.kafka;
    const Secret token = token_of_environment();
    for (const auto& [name, service] : installation.services) {
        reach.ports.push_back({.service = name,
                               .url = url_of(service.admin_listen),
                               .token = token.empty() ? strongest_token_of(service) : token});
    }
    return {};
}

}  // namespace

std::string url_of(const std::string& listen) {
    const std::size_t colon = listen.rfind(':');
    if (colon == std::string::npos) return {};
    std::string host = listen.substr(0, colon);
    const std::string port = listen.substr(colon + 1);
    if (port.empty() || port == "0") return {};
    if (host.empty() || host == "0.0.0.0") host = "127.0.0.1";
    if (host == "[::]") host = "[::1]";
    return "http://" + host + ":" + port;
}

void add_reach_options(CLI::App& command, ReachOptions& options) {
    command.add_option("--config", options.config, "Configuration folder of the installation")->envname(kConfigName);
    command.add_option("--bootstrap", options.bootstrap, "Kafka's address, HOST:PORT");
    command.add_option("--admin", options.admin,
                       std::string("Admin port, NAME=http://HOST:PORT; the token is in ") + kTokenName);
    command.add_flag("--json", options.json, "Print JSON for scripts");
}

Result<Reach> reach_of(const ReachOptions& options) {
    Reach reach{.config = options.config};
    if (!options.config.empty())
        if (Status loaded = add_folder(options.config, reach); !loaded) return std::unexpected(loaded.error());
    if (!options.bootstrap.empty()) reach.kafka.bootstrap = options.bootstrap;
    reach.kafka.client_id = "shopwire-cli";
    if (!options.admin.empty()) reach.ports.clear();
    for (const std::string& text : options.admin) {
        Result<AdminPort> port = parse_port(text);
        if (!port) return std::unexpected(port.error());
        reach.ports.push_back(*std::move(port));
    }
    return reach;
}

}  // namespace shopwire::cli

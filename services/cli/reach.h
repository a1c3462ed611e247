// Where an installation's Kafka and services are: from its configuration folder, or from options alone.  Values; no
// thread rule.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "common/core/error.h"
#include "common/core/secret.h"
#include "common/kafka/client_config.h"

namespace CLI {
class App;
}

namespace shopwire::cli {

struct ReachOptions {
    std::string config{};     // folder with installation.yaml; empty: options alone
    std::string bootstrap{};  // wins over the folder's
    std::vector<std::string> admin{};  // NAME=URL or URL; wins over the folder's
    bool json = false;
};

// The admin port of one service.
struct AdminPort {
    std::string service{};  // "router" or the system; the address when only that is known
    std::string url{};      // "http://127.0.0.1:9101"; empty: not known
    Secret token{};
};

struct Reach {
    kafka::ClientConfig kafka{};
    std::vector<AdminPort> ports{};
    std::string config{};
};

// --config, --bootstrap, --admin, --json of a command.  `options` outlives the app.
void add_reach_options(CLI::App& command, ReachOptions& options);

// kRejected: a mistake in the folder or an address that is none.
Result<Reach> reach_of(const ReachOptions& options);

// "0.0.0.0:9101" is reached at 127.0.0.1:9101; empty when the port is chosen at start.
std::string url_of(const std::string& listen);

}  // namespace shopwire::cli

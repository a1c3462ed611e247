// The connections that this process serves: made from configuration, rebuilt when it changes, shared by loops and
// intake. Thread-safe.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "common/config/installation.h"
#include "common/core/clock.h"
#include "common/http/client.h"
#include "common/metrics/registry.h"
#include "common/runtime/connector.h"

namespace shopwire::runtime {

// One configured connection with its connector.  Immutable; the connector's parts have thread rules of their own.
struct LiveConnection {
    std::string id{};  // merchant/connection
    std::string merchant{};
    config::ConnectionSettings settings{};
    std::uint64_t generation = 0;
    std::int32_t slot = 0;
    int concurrency = 1;
    Connector connector{};
};
// Shared: work in flight keeps the version it began with, while a reload already made the next.
using ConnectionPtr = std::shared_ptr<const LiveConnection>;

class Connections {
 public:
    // `own_transport` is what connections that need one of their own make it with.  `dry_run`: see ConnectionContext.
    Connections(const ConnectorSpec& spec, const config::Installation& installation, std::string config_folder,
                Clock& clock, http::Transport& transport, metrics::Registry& metrics,
                MakeTransport own_transport = http::curl_transport, bool dry_run = false);

    // Reads merchants/*.yaml.  A merchant with mistakes keeps its last good version; its problems are logged
    // once.  Returns the connections that are new, changed or gone.
    struct Changes {
        std::vector<std::string> changed{};
        std::vector<std::string> gone{};
    };
    Changes reload();
    bool files_changed();  // since the last reload: names, sizes or times, also of files with secrets

    ConnectionPtr find(const std::string& id) const;
    std::vector<ConnectionPtr> all() const;
    std::vector<std::string> problems() const;
    std::uint32_t generation() const;  // of the files in force, see config::generation_of

    // Why nothing is sent or read; empty: it runs.
    void set_stopped(const std::string& id, const std::string& why);
    std::string stopped(const std::string& id) const;

 private:
    Result<ConnectionPtr> make(const config::Merchant& merchant, const config::ConnectionSettings& settings);
    http::Transport& transport_of(http::Reach reach);
    http::RateLimiter& limiter_of(const std::string& budget, int& concurrency);
    void adopt(const config::Merchant& merchant, Changes& changes);

    const ConnectorSpec& spec_;
    const config::Installation& installation_;
    const std::string config_folder_;
    Clock& clock_;
    http::Transport& transport_;
    metrics::Registry& metrics_;
    const MakeTransport own_transport_;
    const bool dry_run_;
    std::string fingerprint_{};                                        // of the files; used by one thread
    config::References references_{};                                  // the same
    mutable std::mutex mutex_{};                                       // guards what follows
    std::map<std::string, std::unique_ptr<http::RateLimiter>> limiters_{};  // per budget; kept over reloads
    std::map<http::Reach, std::unique_ptr<http::Transport>> transports_{};  // of those that reach more or less
    std::map<std::string, ConnectionPtr> connections_{};
    std::map<std::string, std::uint64_t> generations_{};  // per merchant
    std::map<std::string, std::uint64_t> revisions_{};    // the same
    std::map<std::string, std::string> stopped_{};
    std::map<std::string, std::string> problems_{};  // per file, as it was logged
};

// Where the webhooks of a connection come in, as the outside sees it; empty: nowhere.
std::string webhook_url_of(const config::Installation& installation, std::string_view system,
                           const std::string& merchant, const std::string& connection);

// Who of a connection may be at internal addresses: the connection's own setting, else the installation's.
http::Reach reach_of(const config::Installation& installation, const config::ConnectionSettings& settings);
// Makes what `make` makes, with that reach.
MakeTransport reaching(MakeTransport make, http::Reach reach);

// Limits of a budget: the configuration's, else the system's.
http::RateLimiter::Options limits_of(const config::Installation& installation, const std::string& budget,
                                     const http::RateLimiter::Options& system);

}  // namespace shopwire::runtime

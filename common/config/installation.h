// installation.yaml and merchants/*.yaml of one configuration folder.  Values; loading does file I/O and never throws.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/calendar/timetable.h"
#include "common/config/references.h"
#include "common/config/schema.h"
#include "common/core/address.h"
#include "common/kafka/client_config.h"

namespace shopwire::config {

struct AdminTokenSettings {
    Secret token{};
    std::string role = "operate";  // or "read"
};

struct ServiceSettings {
    std::string admin_listen = "127.0.0.1:0";
    Secret admin_token{};  // one of admin_tokens, with the name "admin" and the role "operate"
    std::map<std::string, AdminTokenSettings> admin_tokens{};  // per name
    std::string webhook_listen{};  // empty: takes no webhooks
    std::string public_url{};      // address of webhook_listen from outside; empty: unreachable, sweeps alone
    int webhook_threads = 64;
    double webhook_refused_per_second = 20;  // of one source; 0: no limit
    int webhook_connections_per_peer = 0;    // 0: half of the threads
    std::optional<std::vector<std::string>> trusted_proxies{};  // nullopt: whoever is in an internal network

    std::optional<std::vector<Network>> proxies() const;  // REQUIRES: settings that were loaded without a problem
};

struct BudgetSettings {  // 0: the system's default
    double per_second = 0;
    double burst = 0;
    int concurrency = 0;
};

struct StreamSettings {
    std::chrono::milliseconds interval{0};  // 0: the stream's default
    std::string cron{};                     // in place of the interval
    std::vector<std::string> quiet{};       // hours in which no reading begins
    std::string zone = "UTC";               // of cron and quiet
    std::chrono::milliseconds full_interval{0};
    bool enabled = true;
};

// REQUIRES: settings that were loaded without a problem.
calendar::Timetable timetable_of(const StreamSettings& settings, std::chrono::milliseconds interval_default);

// Times that decide how a fault heals.  Tests make them short.
struct RuntimeSettings {
    std::chrono::milliseconds session_timeout{6'000};
    std::chrono::milliseconds transaction_timeout{10'000};
    std::chrono::milliseconds backoff_first{1'000};
    std::chrono::milliseconds backoff_max{300'000};
    int attempts_max = 8;                                   // then the key parks as exhausted
    std::chrono::milliseconds probe_interval{300'000};      // of a connection that stopped for its key
    std::chrono::milliseconds write_settle{180'000};        // a system may finish a write so long after we hung up
    std::chrono::milliseconds lookup_delay{5'000};          // lookups may lag behind writes
    int lookup_attempts = 3;
    int parked_per_connection_max = 100'000;
    int calls_max = 64;  // to remotes, under way at once in one process, of all its connections together
    std::chrono::milliseconds stall_timeout{60'000};        // watchdog
    double vanished_ratio_max = 0.3;                        // a snapshot that loses more is not emitted
    int drift_max_percent = 50;  // a pass with more rows that cannot be read is not emitted
    std::chrono::milliseconds start_delay{0};
};

// Where spans of the chains go; see common/tracing.
struct TracingSettings {
    std::string endpoint{};  // empty: nowhere
    Secret authorization{};
    int one_in = 1;
};

struct Installation {
    kafka::ClientConfig kafka{};
    int replication = 1;
    std::int32_t router_partitions = 4;
    std::map<std::string, std::int32_t> system_partitions{};  // per system; 4 when absent
    std::string state_dir = "state";
    std::map<std::string, ServiceSettings> services{};  // "router" and the systems
    std::string internal_addresses = "configured";      // who may be there: http::Reach
    std::map<std::string, BudgetSettings> budgets{};
    RuntimeSettings runtime{};
    TracingSettings tracing{};
    References references{};  // its secrets

    std::int32_t partitions_of(const std::string& system) const;
};

struct ConnectionSettings {
    std::string name{};  // the key in the file
    std::string system{};
    std::string budget{};  // default: merchant.name.  Connections that share one API key share one budget
    bool enabled = true;
    std::string internal_addresses{};  // in place of the installation's
    std::map<std::string, StreamSettings> streams{};
    Node settings{};  // the connector's own
};

struct Merchant {
    std::string name{};
    std::map<std::string, ConnectionSettings> connections{};
    Node routing{};  // the router's own: routes, tables, stock
    std::uint64_t revision = 0;  // hash of the file; every command tells it
    // Hash of the file and of the files that hold its secrets.  It leaves the process nowhere: with the file at hand a
    // short secret could be guessed from it.
    std::uint64_t generation = 0;
};

Installation load_installation(const std::string& folder, Problems& problems);

// One merchant's mistakes are its own: it is then absent from `merchants`, and its problems stand under its file.
struct Merchants {
    std::map<std::string, Merchant> merchants{};
    std::map<std::string, Problems> problems{};  // per file
    References references{};  // the secrets of all
};
Merchants load_merchants(const std::string& folder);

// One number for the merchant files in force, by their revisions: the same in every process that goes by the same
// files.  Below 2^32, so a metric holds it exactly.
std::uint32_t generation_of(const std::map<std::string, std::uint64_t>& revisions);

std::string installation_schema();  // JSON Schema for editors
std::string merchant_schema();

}  // namespace shopwire::config

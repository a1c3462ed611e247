// The client chain that every connector uses: metrics and log, retry, rate limit, authentication, transport, in this
// order from the outside in; each attempt is signed anew.  Each layer is a Transport over a Transport; thread-safe.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "common/core/clock.h"
#include "common/core/secret.h"
#include "common/http/transport.h"
#include "common/metrics/registry.h"

namespace shopwire::http {

// Who may be at addresses that the internet does not have (Address::is_internal): nobody; whom the settings name; also
// whom data name.  Those that no system is at (Address::is_no_system) are never called.  The address is looked at when
// a socket is opened for it, so a name that leads there is no way around.
enum class Reach : std::uint8_t { kRefused, kConfigured, kAllowed };

struct CurlOptions {
    std::chrono::milliseconds connect_timeout{5'000};
    std::size_t body_bytes_max = 32 * 1024 * 1024;
    std::size_t connections_idle_max = 16;   // kept alive per transport
    std::string ca_file{};                   // empty: the system's
    bool verify_tls = true;
    Reach internal = Reach::kConfigured;
};
std::unique_ptr<Transport> curl_transport(CurlOptions options);

// Signs a request in place: header, query parameters, OAuth.  Thread-safe.
using Signer = std::function<Status(Request&)>;
Signer basic_auth(const std::string& user, const Secret& password);
Signer header_auth(std::string name, Secret value);
Signer query_auth(std::vector<std::pair<std::string, Secret>> parameters);
Signer oauth1_auth(std::string consumer_key, Secret consumer_secret,
                   Clock& clock);  // one-legged, HMAC-SHA256, in the query

// What the remote lets one key do; shared by the connections of one budget.  Waits are bounded by the stop token and
// `wait_max`.
class RateLimiter {
 public:
    struct Options {
        double per_second = 5;   // adaptive below this: halved on 429 and 5xx, raised step by step on success
        double burst = 5;
        int concurrency = 2;
        std::chrono::milliseconds wait_max{60'000};
    };
    static std::unique_ptr<RateLimiter> create(Options options, Clock& clock);
    virtual ~RateLimiter() = default;
    // A place in flight and a token.  kRateLimited when none came in time, or none would come before `latest`.
    virtual Status acquire(std::stop_token stop, Clock::Monotonic latest = Clock::Monotonic::max()) = 0;
    enum class Answer { kOk, kSlowDown };
    // Gives the place back.  kSlowDown with `retry_after`: nobody asks before.
    virtual void release(Answer answer, std::optional<std::chrono::milliseconds> retry_after) = 0;
};

struct ClientOptions {
    std::string system{};      // metric labels
    std::string connection{};
    std::string base_url{};    // what the settings name; a request to another host or port counts as `from_data`
    Signer sign{};             // none: anonymous
    int attempts_max = 3;      // of idempotent requests that failed as transient; 1 means no retry
    std::chrono::milliseconds backoff_first{200};
    std::chrono::milliseconds backoff_max{10'000};
};

// `transport`, `limiter`, `metrics` and `clock` outlive the client.
std::unique_ptr<Transport> client(ClientOptions options, Transport& transport, RateLimiter& limiter,
                                  metrics::Registry& metrics, Clock& clock);

std::string percent_encode(std::string_view text);  // RFC 3986
std::string query_string(const std::vector<std::pair<std::string, std::string>>& query);
// The first value of that name, decoded; empty: there is none.  What is no encoding stays as it is.
std::string query_value(std::string_view query, std::string_view name);

}  // namespace shopwire::http

// A small HTTP server for webhooks and the admin port: bounded bodies, bounded connections, slow clients are cut, and
// one source can neither take all threads nor ask on after many refusals.  Plain HTTP: TLS ends at a proxy.  Handlers
// are called from many threads at once.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/core/address.h"
#include "common/core/error.h"
#include "common/http/transport.h"

namespace shopwire::http {

struct ServerRequest {
    std::string method{};
    std::string path{};  // decoded
    std::string query{};  // raw
    Headers headers{};
    std::string body{};  // raw bytes
    std::string remote{};  // whom it comes from: the peer, or whom our proxy names; of IPv6 the network (/64)
};

struct ServerResponse {
    int status = 200;
    std::string content_type = "application/json";
    std::string body{};
    Headers headers{};
};

// What the server answers by itself, or does not answer at all.
enum class Refusal : std::uint8_t {
    kTooMany,      // its source had too many refused: 429
    kTooLarge,     // 413
    kTooSlow,      // 408
    kMalformed,    // 400, of a body; civetweb refuses malformed headers without telling
    kConnections,  // the peer has too many open: cut
};
inline constexpr std::array<std::string_view, 5> kRefusalNames = {"too_many", "too_large", "too_slow", "malformed",
                                                                  "connections"};

struct ServerOptions {
    std::string listen = "127.0.0.1:0";  // port 0: any free one
    int threads = 64;
    std::size_t body_bytes_max = 8 * 1024 * 1024;  // over it: 413, the handler is not called
    std::chrono::milliseconds request_timeout{10'000};
    // Answers of 400 to 499 that one source may have a second before it is refused unread for a while.  0: no limit.
    double refused_per_second = 20;
    // Connections of one peer that are served at the same time.  0: half of the threads, at least 2.
    int connections_per_peer_max = 0;
    // Peers that stand for many: their connections are not capped, and their X-Forwarded-For is believed.  nullopt:
    // nobody said, so any peer of an internal network may be one.  It is not believed, and neither capped nor refused.
    std::optional<std::vector<Network>> proxies{};
    std::function<void(Refusal what, int times)> on_refused{};  // from any thread
};

class Server {
 public:
    using Handler = std::function<ServerResponse(const ServerRequest&)>;
    static Result<std::unique_ptr<Server>> start(ServerOptions options, Handler handler);
    virtual ~Server() = default;  // stops, waits for running handlers
    virtual int port() const = 0;
};

}  // namespace shopwire::http

// A small HTTP server for webhooks and the admin port: bounded bodies, bounded connections, slow clients are cut. Plain
// HTTP: TLS ends at a proxy.  Handlers are called from many threads at once.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "common/core/error.h"
#include "common/http/transport.h"

namespace shopwire::http {

struct ServerRequest {
    std::string method{};
    std::string path{};  // decoded
    std::string query{};  // raw
    Headers headers{};
    std::string body{};  // raw bytes
    std::string remote{};  // address of the peer
};

struct ServerResponse {
    int status = 200;
    std::string content_type = "application/json";
    std::string body{};
    Headers headers{};
};

struct ServerOptions {
    std::string listen = "127.0.0.1:0";  // port 0: any free one
    int threads = 64;
    std::size_t body_bytes_max = 8 * 1024 * 1024;  // over it: 413, the handler is not called
    std::chrono::milliseconds request_timeout{10'000};
};

class Server {
 public:
    using Handler = std::function<ServerResponse(const ServerRequest&)>;
    static Result<std::unique_ptr<Server>> start(ServerOptions options, Handler handler);
    virtual ~Server() = default;  // stops, waits for running handlers
    virtual int port() const = 0;
};

}  // namespace shopwire::http

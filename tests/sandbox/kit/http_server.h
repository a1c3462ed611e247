// An HTTP(S) server: one thread per connection, one handler for every request, faults applied around it, requests
// logged. The handler is called from many threads at once. Start and stop from one thread; the destructor stops.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "tests/sandbox/kit/certificate.h"
#include "tests/sandbox/kit/faults.h"
#include "tests/sandbox/kit/http_message.h"
#include "tests/sandbox/kit/request_log.h"

namespace sandbox::kit {

struct ServerOptions {
    std::string bind = "127.0.0.1";
    int http_port = 0;            // 0 = any free port, -1 = none
    int https_port = -1;          // the same; needs a certificate
    std::optional<Certificate> certificate;
    std::size_t max_connections = 512;  // further ones are closed at once
    std::size_t max_body = 32U << 20;
    FaultEngine* faults = nullptr;   // borrowed, may be null
    RequestLog* log = nullptr;       // borrowed, may be null
};

class HttpServer {
 public:
    using Handler = std::function<Response(const Request&)>;

    static std::expected<std::unique_ptr<HttpServer>, std::string> start(const ServerOptions& options, Handler handler);
    ~HttpServer();
    HttpServer(const HttpServer&) = delete;
    HttpServer& operator=(const HttpServer&) = delete;

    // -1 when that side is off.
    int http_port() const;
    int https_port() const;
    // Ends sleeping faults, drops writes that were to be applied late, closes every connection. Idempotent.
    void stop();

    struct Impl;

 private:
    explicit HttpServer(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace sandbox::kit

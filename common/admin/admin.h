// The admin port of a service: /livez and /readyz for an orchestrator, /metrics for Prometheus, and /api/... for
// operators. Thread-safe; handlers are called from several threads at once.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/core/error.h"
#include "common/core/secret.h"
#include "common/http/server.h"
#include "common/metrics/registry.h"

namespace shopwire::admin {

struct Health {
    bool live = true;   // false: the process cannot recover by itself and wants to be started anew
    bool ready = false;
    std::vector<std::string> waiting_for{};  // what is missing, for people: "restoring links: 40 %"
};

struct AdminOptions {
    std::string listen = "127.0.0.1:0";
    Secret token{};   // of the /api part, as "Authorization: Bearer <token>"; none: the whole part answers 404
    int threads = 4;
};

class Admin {
 public:
    using Handler = std::function<http::ServerResponse(const http::ServerRequest&)>;

    // `metrics` and whatever `health` captures outlive the Admin.  `health` is called per probe and must not block.
    static Result<std::unique_ptr<Admin>> start(AdminOptions options, const metrics::Registry& metrics,
                                                std::function<Health()> health);
    virtual ~Admin() = default;  // stops, waits for running handlers

    // Answers `method` on `path`, which begins with "/api/".  A path that ends with '/' stands for everything below it;
    // the longest match wins.  The same pair again replaces the handler.
    virtual void handle(std::string method, std::string path, Handler handler) = 0;
    virtual int port() const = 0;
};

}  // namespace shopwire::admin

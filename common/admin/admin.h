// The admin port of a service: /livez and /readyz for an orchestrator, /metrics for Prometheus, and /api/... for people
// with a token.  Thread-safe; handlers are called from several threads at once.
#pragma once

#include <cstdint>
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
    bool live = true;  // false: the process cannot recover by itself and wants to be started anew
    bool ready = false;
    std::vector<std::string> waiting_for{};  // what is missing, for people: "restoring links: 40 %"
};

// What a token opens.  Who may operate may also read.
enum class Role : std::uint8_t { kRead, kOperate };

struct Token {
    std::string name{};  // of who has it, for the log
    Secret value{};
    Role role = Role::kRead;
};

struct AdminOptions {
    std::string listen = "127.0.0.1:0";
    std::vector<Token> tokens{};  // of the /api part, as "Authorization: Bearer <token>"; none: that part answers 404
    int threads = 8;
    metrics::Gauge* ready = nullptr;  // shows what `health` says whenever the metrics are read; outlives the Admin
};

class Admin {
 public:
    using Handler = std::function<http::ServerResponse(const http::ServerRequest&)>;

    // `metrics` and whatever `health` captures outlive the Admin.  `health` is called per probe and must not block.
    static Result<std::unique_ptr<Admin>> start(AdminOptions options, const metrics::Registry& metrics,
                                                std::function<Health()> health);
    virtual ~Admin() = default;  // stops, waits for running handlers

    // Answers `method` on `path`, which begins with "/api/", to who has the role.  A path that ends with '/' stands for
    // everything below it; the longest match wins.  The same pair again replaces the handler.  What needs kOperate is
    // logged: who, what, from where, and how it ended.
    virtual void handle(Role needs, std::string method, std::string path, Handler handler) = 0;
    virtual void set_tokens(std::vector<Token> tokens) = 0;  // in place of those so far
    virtual int port() const = 0;
};

}  // namespace shopwire::admin

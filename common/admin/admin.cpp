#include "common/admin/admin.h"

#include <atomic>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <shared_mutex>
#include <utility>

#include "common/core/clock.h"
#include "common/log/log.h"

namespace shopwire::admin {
namespace {

constexpr std::size_t kBodyBytesMax = 1024 * 1024;
constexpr std::chrono::milliseconds kRequestTimeout{10'000};
constexpr std::string_view kApi = "/api/";
constexpr std::int64_t kWarnEverySeconds = 10;
constexpr std::size_t kAboutBytesMax = 300;  // of a body: names a connection or a record

http::ServerResponse problem(int status, const char* what) {
    return {.status = status, .body = nlohmann::json::object({{"error", what}}).dump()};
}

http::ServerResponse probe(bool ok, const Health& health) {
    const auto body = nlohmann::json::object({{"ok", ok}, {"waiting_for", health.waiting_for}});
    return {.status = ok ? 200 : 503, .body = body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)};
}

class AdminServer final : public Admin {
 public:
    AdminServer(AdminOptions options, const metrics::Registry& metrics, std::function<Health()> health)
        : metrics_(metrics), ready_(options.ready), health_(std::move(health)), tokens_(std::move(options.tokens)) {}

    Status open(http::ServerOptions options) {
        auto server =
            http::Server::start(std::move(options), [this](const http::ServerRequest& r) { return answer(r); });
        if (!server) return within("starting the admin port", server.error());
        server_ = *std::move(server);
        return {};
    }

    void handle(Role needs, std::string method, std::string path, Handler handler) override {
        const std::lock_guard lock(mutex_);
        handlers_[std::move(path)][std::move(method)] = {.needs = needs, .handler = std::move(handler)};
    }

    void set_tokens(std::vector<Token> tokens) override {
        const std::lock_guard lock(mutex_);
        tokens_ = std::move(tokens);
    }

    int port() const override { return server_->port(); }

 private:
    http::ServerResponse answer(const http::ServerRequest& request) {
        if (request.path.starts_with(kApi)) return api(request);
        const bool reads = request.method == "GET" || request.method == "HEAD";
        if (!reads) return problem(405, "only GET");
        if (request.path == "/metrics") {
            if (ready_ != nullptr) ready_->set(health_().ready ? 1 : 0);
            return {.content_type = "text/plain; version=0.0.4; charset=utf-8", .body = metrics_.text()};
        }
        if (request.path != "/livez" && request.path != "/readyz") return problem(404, "not found");
        const Health health = health_();
        return probe(request.path == "/livez" ? health.live : health.ready, health);
    }

    struct Route {
        Role needs = Role::kOperate;
        Handler handler{};
    };

    http::ServerResponse api(const http::ServerRequest& request) {
        const std::optional<Token> who = token_of(request);
        if (!who) return no_token(request);
        Route route;  // a copy: it runs without the lock
        {
            const std::shared_lock lock(mutex_);
            const Methods* methods = find(request.path);
            if (methods == nullptr) return problem(404, "not found");
            const auto found = methods->find(request.method);
            if (found == methods->end()) return problem(405, "another method is needed");
            route = found->second;
        }
        const bool may = route.needs == Role::kRead || who->role == Role::kOperate;
        http::ServerResponse response = may ? route.handler(request) : problem(403, "this token may only look");
        if (route.needs == Role::kOperate) note(*who, request, response.status);
        return response;
    }

    // nullopt: none that we know.  All are compared, so that the time tells nothing of them.
    std::optional<Token> token_of(const http::ServerRequest& request) const {
        const std::string* given = http::find_header(request.headers, "Authorization");
        if (given == nullptr) return std::nullopt;
        std::optional<Token> who;
        const std::shared_lock lock(mutex_);
        for (const Token& token : tokens_)
            if (equal_in_constant_time(*given, "Bearer " + token.value.reveal())) who = token;
        return who;
    }

    http::ServerResponse no_token(const http::ServerRequest& request) {
        {
            const std::shared_lock lock(mutex_);
            if (tokens_.empty()) return problem(404, "not found");
        }
        // Whoever tries many times fills no log.
        const std::int64_t now_s = system_clock().now_ms() / 1000;
        if (std::int64_t before_s = warned_at_s_.load();
            now_s - before_s >= kWarnEverySeconds && warned_at_s_.compare_exchange_strong(before_s, now_s))
            log::warning("refused: no valid token", {{"path", request.path}, {"from", request.remote}});
        http::ServerResponse refused = problem(401, "a bearer token is needed");
        refused.headers.emplace_back("WWW-Authenticate", "Bearer");
        return refused;
    }

    static void note(const Token& who, const http::ServerRequest& request, int status) {
        log::info("operated", {{"who", who.name},
                               {"what", request.method + " " + request.path},
                               {"about", std::string_view(request.body).substr(0, kAboutBytesMax)},
                               {"from", request.remote},
                               {"status", std::int64_t{status}}});
    }

    using Methods = std::map<std::string, Route, std::less<>>;

    // The path itself, else the longest of those that end with '/' and begin it.
    const Methods* find(std::string_view path) const {
        if (const auto exact = handlers_.find(path); exact != handlers_.end()) return &exact->second;
        for (std::size_t slash = path.rfind('/'); slash != std::string_view::npos && slash > 0;
             slash = path.rfind('/', slash - 1)) {
            const auto below = handlers_.find(path.substr(0, slash + 1));
            if (below != handlers_.end()) return &below->second;
        }
        return nullptr;
    }

    const metrics::Registry& metrics_;
    metrics::Gauge* const ready_;
    const std::function<Health()> health_;
    std::atomic<std::int64_t> warned_at_s_{0};
    mutable std::shared_mutex mutex_;  // guards what follows
    std::vector<Token> tokens_;
    std::map<std::string, Methods, std::less<>> handlers_{};
    std::unique_ptr<http::Server> server_{};  // last: its threads use the rest
};

}  // namespace

Result<std::unique_ptr<Admin>> Admin::start(AdminOptions options, const metrics::Registry& metrics,
                                            std::function<Health()> health) {
    http::ServerOptions server{.listen = options.listen,
                               .threads = options.threads,
                               .body_bytes_max = kBodyBytesMax,
                               .request_timeout = kRequestTimeout,
                               .proxies = std::vector<Network>{}};
    auto admin = std::make_unique<AdminServer>(std::move(options), metrics, std::move(health));
    if (Status ok = admin->open(std::move(server)); !ok) return std::unexpected(ok.error());
    return admin;
}

}  // namespace shopwire::admin

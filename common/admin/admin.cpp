#include "common/admin/admin.h"

#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <shared_mutex>
#include <utility>

namespace shopwire::admin {
namespace {

constexpr std::size_t kBodyBytesMax = 1024 * 1024;
constexpr std::chrono::milliseconds kRequestTimeout{10'000};
constexpr std::string_view kApi = "/api/";

http::ServerResponse problem(int status, const char* what) {
    return {.status = status, .body = nlohmann::json::object({{"error", what}}).dump()};
}

http::ServerResponse probe(bool ok, const Health& health) {
    const auto body = nlohmann::json::object({{"ok", ok}, {"waiting_for", health.waiting_for}});
    return {.status = ok ? 200 : 503, .body = body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)};
}

class AdminServer final : public Admin {
 public:
    AdminServer(Secret token, const metrics::Registry& metrics, std::function<Health()> health)
        : token_(std::move(token)), metrics_(metrics), health_(std::move(health)) {}

    Status open(http::ServerOptions options) {
        auto server =
            http::Server::start(std::move(options), [this](const http::ServerRequest& r) { return answer(r); });
        if (!server) return within("starting the admin port", server.error());
        server_ = *std::move(server);
        return {};
    }

    void handle(std::string method, std::string path, Handler handler) override {
        const std::lock_guard lock(mutex_);
        handlers_[std::move(path)][std::move(method)] = std::move(handler);
    }

    int port() const override { return server_->port(); }

 private:
    http::ServerResponse answer(const http::ServerRequest& request) const {
        if (request.path.starts_with(kApi)) return api(request);
        const bool reads = request.method == "GET" || request.method == "HEAD";
        if (!reads) return problem(405, "only GET");
        if (request.path == "/metrics")
            return {.content_type = "text/plain; version=0.0.4; charset=utf-8", .body = metrics_.text()};
        if (request.path != "/livez" && request.path != "/readyz") return problem(404, "not found");
        const Health health = health_();
        return probe(request.path == "/livez" ? health.live : health.ready, health);
    }

    http::ServerResponse api(const http::ServerRequest& request) const {
        if (token_.empty()) return problem(404, "not found");
        const std::string* given = http::find_header(request.headers, "Authorization");
        if (given == nullptr || !equal_in_constant_time(*given, "Bearer " + token_.reveal())) {
            http::ServerResponse refused = problem(401, "a bearer token is needed");
            refused.headers.emplace_back("WWW-Authenticate", "Bearer");
            return refused;
        }
        Handler handler;  // a copy: it runs without the lock
        {
            const std::shared_lock lock(mutex_);
            const Methods* methods = find(request.path);
            if (methods == nullptr) return problem(404, "not found");
            const auto found = methods->find(request.method);
            if (found == methods->end()) return problem(405, "another method is needed");
            handler = found->second;
        }
        return handler(request);
    }

    using Methods = std::map<std::string, Handler, std::less<>>;

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

    const Secret token_;
    const metrics::Registry& metrics_;
    const std::function<Health()> health_;
    mutable std::shared_mutex mutex_;
    std::map<std::string, Methods, std::less<>> handlers_{};
    std::unique_ptr<http::Server> server_{};  // last: its threads use the rest
};

}  // namespace

Result<std::unique_ptr<Admin>> Admin::start(AdminOptions options, const metrics::Registry& metrics,
                                            std::function<Health()> health) {
    auto admin = std::make_unique<AdminServer>(std::move(options.token), metrics, std::move(health));
    http::ServerOptions server{.listen = std::move(options.listen),
                               .threads = options.threads,
                               .body_bytes_max = kBodyBytesMax,
                               .request_timeout = kRequestTimeout};
    if (Status ok = admin->open(std::move(server)); !ok) return std::unexpected(ok.error());
    return admin;
}

}  // namespace shopwire::admin

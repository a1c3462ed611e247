#include "tests/sandbox/shop/shop_server.h"

#include <condition_variable>
#include <thread>

#include "tests/sandbox/kit/control.h"
#include "tests/sandbox/shop/api.h"
#include "tests/sandbox/shop/control_api.h"
#include "tests/sandbox/shop/storefront.h"

namespace sandbox::shop {

namespace {

constexpr auto kSaleJobInterval = std::chrono::seconds(1);

}  // namespace

struct ShopServer::Impl {
    explicit Impl(const ShopConfig& config)
        : store(config),
          hooks([this] { return store.config(); },
                [this](const Webhook& hook, std::int64_t id) { return webhook_payload(store, hook, id); }, faults),
          context{store, hooks},
          api(context) {}

    kit::FaultEngine faults;
    kit::RequestLog log;
    Store store;
    WebhookQueue hooks;
    Context context;
    Api api;
    kit::Router control_router;
    std::unique_ptr<kit::HttpServer> server;
    std::unique_ptr<kit::HttpServer> control;
    std::mutex sale_mutex;
    std::condition_variable_any sale_wake;
    std::jthread sale_jobs;

    void run_sales(const std::stop_token& stop) {
        std::unique_lock lock(sale_mutex);
        while (!stop.stop_requested()) {
            sale_wake.wait_for(lock, stop, kSaleJobInterval, [] { return false; });
            if (!stop.stop_requested()) run_sale_jobs(context);
        }
    }
};

ShopServer::ShopServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

std::expected<std::unique_ptr<ShopServer>, std::string> ShopServer::start(const ShopOptions& options) {
    auto impl = std::make_unique<Impl>(options.config);
    auto* raw = impl.get();
    kit::ServerOptions api;
    api.bind = options.bind;
    api.http_port = options.http_port;
    api.https_port = options.https_port;
    api.certificate = options.certificate;
    api.faults = &impl->faults;
    api.log = &impl->log;
    auto server = kit::HttpServer::start(api, [raw](const kit::Request& request) { return raw->api.handle(request); });
    if (!server) return std::unexpected(server.error());
    impl->server = std::move(*server);
    if (!options.fixed_home_url) {
        auto config = impl->store.config();
        const bool tls = impl->server->https_port() >= 0;
        config.home_url = std::string(tls ? "https" : "http") + "://127.0.0.1:" +
                          std::to_string(tls ? impl->server->https_port() : impl->server->http_port());
        const std::scoped_lock lock(impl->store.mutex);
        impl->store.set_config(std::move(config));
    }
    kit::add_control_routes(impl->control_router, impl->faults, impl->log,
                            {.state = [raw] { return state_text(raw->context); },
                             .reset =
                                 [raw] {
                                     raw->hooks.reset();
                                     raw->api.reset();
                                     const std::scoped_lock lock(raw->store.mutex);
                                     raw->store.reset();
                                 }});
    add_shop_control_routes(impl->control_router, impl->context);
    kit::ServerOptions control;
    control.bind = options.bind;
    control.http_port = options.control_port;
    auto second = kit::HttpServer::start(
        control, [raw](const kit::Request& request) { return raw->control_router.route(request); });
    if (!second) return std::unexpected(second.error());
    impl->control = std::move(*second);
    impl->sale_jobs = std::jthread([raw](const std::stop_token& stop) { raw->run_sales(stop); });
    return std::unique_ptr<ShopServer>(new ShopServer(std::move(impl)));
}

ShopServer::~ShopServer() { stop(); }

int ShopServer::http_port() const { return impl_->server->http_port(); }
int ShopServer::https_port() const { return impl_->server->https_port(); }
int ShopServer::control_port() const { return impl_->control->http_port(); }

void ShopServer::stop() {
    impl_->control->stop();
    impl_->server->stop();
    impl_->hooks.stop();
    impl_->sale_jobs.request_stop();
    if (impl_->sale_jobs.joinable()) impl_->sale_jobs.join();
}

}  // namespace sandbox::shop

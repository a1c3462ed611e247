// The whole shop: API server, control server, webhook deliveries. Start and stop from one thread; the destructor stops.
#pragma once

#include <expected>
#include <memory>
#include <optional>
#include <string>

#include "tests/sandbox/kit/http_server.h"
#include "tests/sandbox/shop/config.h"

namespace sandbox::shop {

struct ShopOptions {
    ShopConfig config;
    std::string bind = "127.0.0.1";
    int http_port = 0;
    int https_port = -1;
    int control_port = 0;
    std::optional<kit::Certificate> certificate;
    bool fixed_home_url = false;  // else the home URL is made of the port that was bound
};

class ShopServer {
 public:
    static std::expected<std::unique_ptr<ShopServer>, std::string> start(const ShopOptions& options);
    ~ShopServer();
    ShopServer(const ShopServer&) = delete;
    ShopServer& operator=(const ShopServer&) = delete;

    int http_port() const;
    int https_port() const;
    int control_port() const;
    void stop();

 private:
    struct Impl;
    explicit ShopServer(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace sandbox::shop

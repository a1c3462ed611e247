// Nordway's endpoints, one method each; knows nothing of events.  Thread-safe.
#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "common/http/client.h"
#include "common/json/value.h"
#include "common/runtime/connector.h"
#include "tests/template/nordway/config.h"

namespace shopwire::nordway {

// Rows of one page; `body` owns them.
struct ArticlePage {
    json::Document body;
    bool last = false;
    json::Value rows() const { return body.root().member("articles"); }
};

struct HeldOrder {
    std::string id{};
    std::string number{};
    std::string status{};
    Decimal total{};
};

class Client {
 public:
    Client(Settings settings, const runtime::ConnectionContext& context);

    Status probe(std::stop_token stop);
    // Articles with an id above `after`, lowest first.
    Result<ArticlePage> articles(std::int64_t after, std::stop_token stop);
    // Orders with this external number.
    Result<std::vector<HeldOrder>> orders(const std::string& external_number, std::stop_token stop);
    Result<HeldOrder> create_order(std::string body, std::stop_token stop);
    // False: there is no such order.
    Result<bool> cancel_order(const std::string& id, std::stop_token stop);
    Status set_stock(const std::string& sku, Decimal quantity, std::stop_token stop);

    const Settings& settings() const { return settings_; }

 private:
    http::Request request(std::string_view method, const std::string& path, std::string_view operation) const;
    Result<json::Document> send(const http::Request& request, std::stop_token stop);

    const Settings settings_;
    std::unique_ptr<http::Transport> chain_;
};

}  // namespace shopwire::nordway

// Takes the shop's webhooks.  Thread-safe, does no I/O.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "services/woocommerce/shop.h"

namespace shopwire::woocommerce {

class Intake final : public runtime::Intake {
 public:
    explicit Intake(std::shared_ptr<Shop> shop) : shop_(std::move(shop)) {}
    Received receive(const http::ServerRequest& request) override;

 private:
    bool is_signed(const http::ServerRequest& request) const;
    Received read(std::string_view resource, std::string_view event, const std::string& body) const;

    std::shared_ptr<Shop> shop_;  // see Source
};

// base64(HMAC-SHA256(body, secret)), as X-WC-Webhook-Signature holds it.
std::string webhook_signature(std::string_view body, const Secret& secret);

}  // namespace shopwire::woocommerce

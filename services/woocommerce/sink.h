// Writes to one shop.  What each kind of command does and how it stays safe to repeat stands in the README, "Writes".
// Called from several threads at once.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <vector>

#include "services/woocommerce/order_watch.h"
#include "services/woocommerce/shop.h"

namespace shopwire::woocommerce {

class Sink final : public runtime::Sink {
 public:
    explicit Sink(std::shared_ptr<Shop> shop) : shop_(shop), watch_(std::move(shop)) {}

    std::vector<Result<runtime::Applied>> apply(std::span<const events::Command> batch, std::stop_token stop) override;
    Result<std::optional<runtime::Applied>> find(const events::Command& command, std::stop_token stop) override;

 private:
    Result<runtime::Applied> apply_one(const events::Command& command, std::stop_token stop);
    using Changes = std::vector<runtime::Change>;
    Result<runtime::Applied> refresh(const commands::v1::Refresh& action, std::stop_token stop);
    Result<Changes> read_order(const std::string& id, std::stop_token stop);
    Result<Changes> read_customer(const std::string& id, std::stop_token stop);
    Result<Changes> read_product(const commands::v1::Refresh& action, std::stop_token stop);

    std::shared_ptr<Shop> shop_;  // see Source
    OrderWatch watch_;
};

}  // namespace shopwire::woocommerce

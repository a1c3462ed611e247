// Keeps the shop's webhooks registered, pointed at us and switched on.  One thread.
#pragma once

#include <memory>
#include <set>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "services/woocommerce/webhooks.h"

namespace shopwire::woocommerce {

class Upkeep final : public runtime::Upkeep {
 public:
    explicit Upkeep(std::shared_ptr<Shop> shop) : shop_(std::move(shop)) {}
    Status run(std::stop_token stop) override;

 private:
    Status keep(const std::string& topic, const std::vector<Webhook>& ours, std::stop_token stop);
    Status correct(const Webhook& webhook, std::stop_token stop);
    std::string body(const std::string& topic) const;

    std::shared_ptr<Shop> shop_;  // see Source
    bool told_off_ = false;       // logged that there is nothing to register
    std::set<std::string> signed_{};  // topics whose webhook surely has the present secret
    std::set<std::string> paused_{};  // topics that were logged as paused
};

}  // namespace shopwire::woocommerce

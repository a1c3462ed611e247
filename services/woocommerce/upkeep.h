// Keeps the shop's webhooks registered, pointed at us and switched on.  One thread.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "services/woocommerce/shop.h"

namespace shopwire::woocommerce {

class Upkeep final : public runtime::Upkeep {
 public:
    explicit Upkeep(std::shared_ptr<Shop> shop) : shop_(std::move(shop)) {}
    Status run(std::stop_token stop) override;

 private:
    struct Webhook {
        std::string id{};
        std::string name{};
        std::string topic{};
        std::string status{};
        std::string delivery_url{};
    };
    using Ours = std::map<std::string, std::vector<Webhook>>;  // by topic

    std::string name_of(const std::string& topic) const;
    Result<Ours> read_ours(std::stop_token stop);
    Status keep(const std::string& topic, const std::vector<Webhook>& ours, std::stop_token stop);
    Status correct(const Webhook& webhook, std::stop_token stop);
    std::string body(const std::string& topic) const;

    std::shared_ptr<Shop> shop_;  // see Source
    bool told_off_ = false;       // logged that there is nothing to register
    std::set<std::string> signed_{};  // topics whose webhook surely has the present secret
    std::set<std::string> paused_{};  // topics that were logged as paused
};

}  // namespace shopwire::woocommerce

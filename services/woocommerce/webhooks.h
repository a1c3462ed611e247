// Which webhooks of the shop are ours.
#pragma once

#include <array>
#include <map>
#include <stop_token>
#include <string>
#include <vector>

#include "services/woocommerce/shop.h"

namespace shopwire::woocommerce {

constexpr std::array<const char*, 9> kTopics{"order.created",    "order.updated",    "order.deleted",
                                             "product.created",  "product.updated",  "product.deleted",
                                             "customer.created", "customer.updated", "customer.deleted"};

struct Webhook {
    std::string id{};
    std::string name{};
    std::string topic{};
    std::string status{};
    std::string delivery_url{};
};
using Webhooks = std::map<std::string, std::vector<Webhook>>;  // by topic

// The name marks a webhook as ours, also after our address has changed.
std::string webhook_name(const Shop& shop, const std::string& topic);

Result<Webhooks> read_our_webhooks(Shop& shop, std::stop_token stop);

// Removes all of them, and tells what of ours is left there.
Result<std::vector<std::string>> remove_webhooks(Shop& shop, std::stop_token stop);

}  // namespace shopwire::woocommerce

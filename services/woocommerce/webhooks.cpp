#include "services/woocommerce/webhooks.h"

#include <algorithm>
#include <utility>

namespace shopwire::woocommerce {
namespace {

constexpr int kPagesMax = 20;

}  // namespace

std::string webhook_name(const Shop& shop, const std::string& topic) {
    return "shopwire " + shop.merchant() + "/" + shop.connection() + " " + topic;
}

Result<Webhooks> read_our_webhooks(Shop& shop, std::stop_token stop) {
    Webhooks ours;
    bool more = true;
    for (int number = 1; more && number <= kPagesMax; ++number) {
        const Result<json::Document> page = shop.client().webhooks(number, stop);
        if (!page) return std::unexpected(page.error());
        for (std::size_t i = 0; i < page->root().size(); ++i) {
            json::Reader read(page->root().at(i));
            Webhook webhook{.id = read.id("id"),
                            .name = read.string_or("name"),
                            .topic = read.string_or("topic"),
                            .status = read.string_or("status"),
                            .delivery_url = read.string_or("delivery_url")};
            if (Status ok = read.status(); !ok) return within("reading webhooks", std::move(ok).error());
            if (webhook.name == webhook_name(shop, webhook.topic)) ours[webhook.topic].push_back(std::move(webhook));
        }
        more = std::cmp_equal(page->root().size(), kPageMax);
    }
    return ours;
}

Result<std::vector<std::string>> remove_webhooks(Shop& shop, std::stop_token stop) {
    constexpr std::size_t kShownMax = 7;  // as many as the shop itself shows of a key
    const Result<Webhooks> ours = read_our_webhooks(shop, stop);
    if (!ours) return std::unexpected(ours.error());
    int removed = 0;
    for (const auto& [topic, list] : *ours) {
        for (const Webhook& webhook : list) {
            const Coded done = shop.client().delete_webhook(webhook.id, stop);
            if (!done && !is_gone(done.error())) return within("removing the webhook of " + topic, done.error().error);
            if (done) ++removed;  // else somebody was faster
        }
    }
    const std::string& key = shop.settings().consumer_key;
    return std::vector<std::string>{std::to_string(removed) + " webhooks removed",
                                    "by hand: revoke the key ..." +
                                        key.substr(key.size() - std::min(key.size(), kShownMax)) +
                                        " (WooCommerce, Settings, Advanced, REST API); no request can"};
}

}  // namespace shopwire::woocommerce

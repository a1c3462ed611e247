#include "services/woocommerce/upkeep.h"

#include "common/log/log.h"

namespace shopwire::woocommerce {
// Secrets are never shown by the shop, and without one it makes its own that nobody can read: so it is sent with every
// write.
std::string Upkeep::body(const std::string& topic) const {
    json::Writer out;
    out.begin_object()
        .key("name")
        .string(webhook_name(*shop_, topic))
        .key("topic")
        .string(topic)
        .key("status")
        .string("active");
    out.key("delivery_url").string(shop_->webhook_url());
    out.key("secret").string(shop_->settings().webhook_secrets.front().reveal()).end_object();
    return out.take();
}

Status Upkeep::run(std::stop_token stop) {
    if (!shop_->settings().webhooks || shop_->webhook_url().empty()) {
        shop_->webhooks_kept().set(0);
        if (!std::exchange(told_off_, true))
            log::info("no webhooks are registered; the sweeps find changes",
                      {{"connection", shop_->connection()},
                       {"reason", shop_->settings().webhooks ? "no public_url" : "webhooks: off"}});
        return {};
    }
    // So that product webhooks can tell prices; an intake does no I/O itself.
    if (const Result<ShopFacts> facts = shop_->facts(stop); !facts) return std::unexpected(facts.error());
    Result<Webhooks> ours = read_our_webhooks(*shop_, stop);
    if (!ours) return std::unexpected(std::move(ours).error());
    for (const char* topic : kTopics)
        if (Status ok = keep(topic, (*ours)[topic], stop); !ok) return ok;
    shop_->webhooks_kept().set(static_cast<double>(kTopics.size() - paused_.size()));
    return {};
}

Status Upkeep::keep(const std::string& topic, const std::vector<Webhook>& ours, std::stop_token stop) {
    if (ours.empty()) {
        // A create whose answer was lost leaves one webhook too many; the next run removes it.
        const Result<json::Document> made = shop_->client().create_webhook(body(topic), stop);
        if (!made) return within("registering " + topic, made.error());
        signed_.insert(topic);
        log::info("webhook registered", {{"connection", shop_->connection()}, {"topic", topic}});
        return {};
    }
    for (std::size_t i = 1; i < ours.size(); ++i) {
        const Coded gone = shop_->client().delete_webhook(ours[i].id, stop);
        if (!gone) return within("removing a doubled webhook", gone.error().error);
        log::warning("doubled webhook removed", {{"connection", shop_->connection()}, {"topic", topic}});
    }
    return correct(ours.front(), stop);
}

Status Upkeep::correct(const Webhook& webhook, std::stop_token stop) {
    const std::string& topic = webhook.topic;
    // Only a person pauses a webhook, and for a reason.
    if (webhook.status == "paused") {
        if (paused_.insert(topic).second)
            log::warning("webhook is paused; the sweeps find changes",
                         {{"connection", shop_->connection()}, {"topic", topic}});
        return {};
    }
    paused_.erase(topic);
    const bool disabled = webhook.status != "active";
    const bool moved = webhook.delivery_url != shop_->webhook_url();
    if (!disabled && !moved && signed_.contains(topic)) return {};
    const Result<json::Document> done = shop_->client().update_webhook(webhook.id, body(topic), stop);
    if (!done) return within("correcting webhook " + topic, done.error());
    signed_.insert(topic);
    // After seven failed deliveries in a row the shop disables a webhook; what happened since is found by the sweeps
    // alone.
    if (disabled) {
        shop_->webhooks_restored().add();
        log::warning("disabled webhook switched on again", {{"connection", shop_->connection()}, {"topic", topic}});
    }
    if (moved) log::info("webhook pointed at our address", {{"connection", shop_->connection()}, {"topic", topic}});
    return {};
}

}  // namespace shopwire::woocommerce

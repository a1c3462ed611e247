#include "tests/sandbox/shop/webhooks.h"

namespace sandbox::shop {

std::optional<Webhook> WebhookQueue::remove(std::int64_t id) {
    const std::scoped_lock lock(mutex_);
    const auto found = hooks_.find(id);
    if (found == hooks_.end()) return std::nullopt;
    Webhook gone = found->second;
    hooks_.erase(found);
    return gone;
}

std::optional<Webhook> WebhookQueue::find(std::int64_t id) const {
    const std::scoped_lock lock(mutex_);
    const auto found = hooks_.find(id);
    return found == hooks_.end() ? std::nullopt : std::optional(found->second);
}

std::vector<Webhook> WebhookQueue::all() const {
    const std::scoped_lock lock(mutex_);
    std::vector<Webhook> out;
    out.reserve(hooks_.size());
    for (const auto& [id, hook] : hooks_) out.push_back(hook);
    return out;
}

void WebhookQueue::reset() {
    const std::scoped_lock lock(mutex_);
    hooks_.clear();
    queue_.clear();
    waiting_.clear();
    records_.clear();
    last_id_ = sequence_ = joined_ = dropped_ = 0;
}

bool WebhookQueue::idle() const {
    const std::scoped_lock lock(mutex_);
    return queue_.empty() && running_ == 0;
}

std::string WebhookQueue::state() const {
    const std::scoped_lock lock(mutex_);
    Json hooks = Json::array();
    for (const auto& [id, hook] : hooks_) {
        hooks.push_back({{"id", id}, {"topic", hook.topic}, {"status", hook.status}, {"failures", hook.failures}});
    }
    return Json{{"waiting", queue_.size()}, {"running", running_}, {"attempts", sequence_},
                {"joined", joined_},        {"dropped", dropped_}, {"webhooks", hooks}}
        .dump();
}

std::string WebhookQueue::deliveries(std::int64_t after, std::size_t limit) const {
    const std::scoped_lock lock(mutex_);
    Json out = Json::array();
    for (const auto& entry : records_) {
        if (entry.sequence <= after) continue;
        if (out.size() >= limit) break;
        out.push_back({{"seq", entry.sequence},
                       {"time_us", entry.time_us},
                       {"queued_us", entry.queued_us},
                       {"sent_us", entry.sent_us},
                       {"webhook_id", entry.webhook_id},
                       {"topic", entry.topic},
                       {"resource_id", entry.resource_id},
                       {"status", entry.status},
                       {"fault", entry.fault}});
    }
    return Json{{"last", sequence_}, {"deliveries", out}}.dump();
}

}  // namespace sandbox::shop

#include "tests/sandbox/shop/webhooks.h"

#include <curl/curl.h>

#include <algorithm>

#include "tests/sandbox/kit/encoding.h"

namespace sandbox::shop {

namespace {

constexpr int kPingTimeoutSeconds = 5;

bool topic_is_known(const std::string& topic) {
    static const std::set<std::string> known{
        "product.created",   "product.updated",  "product.deleted",  "product.restored",
        "product.published", "order.created",    "order.updated",    "order.deleted",
        "order.restored",    "customer.created", "customer.updated", "customer.deleted",
        "coupon.created",    "coupon.updated",   "coupon.deleted",   "coupon.restored"};
    return known.contains(topic) || topic.starts_with("action.woocommerce_") || topic.starts_with("action.wc_");
}

bool is_http(const std::string& url) { return url.starts_with("http://") || url.starts_with("https://"); }

std::unexpected<ApiError> bad_topic() {
    return fail(400, "woocommerce_rest_shop_webhook_invalid_topic", "Webhook topic is required and must be valid.");
}

std::unexpected<ApiError> bad_url() {
    return fail(400, "woocommerce_rest_shop_webhook_invalid_delivery_url",
                "Webhook delivery URL must be a valid URL starting with http:// or https://.");
}

}  // namespace

WebhookQueue::WebhookQueue(std::function<ShopConfig()> config,
                           std::function<std::string(const Webhook&, std::int64_t)> payload, kit::FaultEngine& faults)
    : config_(std::move(config)), payload_(std::move(payload)), faults_(faults) {
    curl_global_init(CURL_GLOBAL_DEFAULT);
    const int threads = std::clamp(config_().webhook_threads, 1, 64);
    for (int i = 0; i < threads; ++i) {
        threads_.emplace_back([this](std::stop_token stop) { run(std::move(stop)); });
    }
}

WebhookQueue::~WebhookQueue() { stop(); }

void WebhookQueue::stop() {
    stopping_ = true;
    for (auto& thread : threads_) thread.request_stop();
    changed_.notify_all();
    threads_.clear();
}

void WebhookQueue::event(const std::string& topic, std::int64_t resource_id) {
    const std::scoped_lock lock(mutex_);
    if (hooks_.empty()) return;
    const auto config = config_();
    const auto now = kit::now_micros();
    auto due = now + std::int64_t{config.webhook_delay_ms} * 1000;
    if (config.webhook_tick_ms > 0) {
        const auto tick = std::int64_t{config.webhook_tick_ms} * 1000;
        due = (due / tick + 1) * tick;
    }
    for (const auto& [id, hook] : hooks_) {
        if (hook.status == "active" && hook.topic == topic) {
            enqueue({.webhook_id = id, .resource_id = resource_id, .queued_us = now, .sent_us = 0, .faulted = false},
                    due);
        }
    }
}

void WebhookQueue::enqueue(Pending item, std::int64_t due_us) {
    if (queue_.size() >= kMaxPending) {
        ++dropped_;
        return;
    }
    if (!waiting_.emplace(item.webhook_id, item.resource_id).second) {
        ++joined_;
        return;
    }
    queue_.emplace(due_us, item);
    changed_.notify_one();
}

void WebhookQueue::run(std::stop_token stop) {
    CURL* curl = curl_easy_init();
    std::unique_lock lock(mutex_);
    while (!stop.stop_requested()) {
        if (queue_.empty()) {
            changed_.wait(lock, stop, [this] { return !queue_.empty(); });
            continue;
        }
        const auto wait_us = queue_.begin()->first - kit::now_micros();
        if (wait_us > 0) {
            changed_.wait_for(lock, stop, std::chrono::microseconds(wait_us),
                              [this] { return !queue_.empty() && queue_.begin()->first <= kit::now_micros(); });
            continue;
        }
        const Pending item = queue_.begin()->second;
        queue_.erase(queue_.begin());
        // From here on a further event is queued anew (measured: stock 11, then 12).
        waiting_.erase({item.webhook_id, item.resource_id});
        ++running_;
        lock.unlock();
        deliver(item, curl);
        lock.lock();
        --running_;
    }
    lock.unlock();
    curl_easy_cleanup(curl);
}

void WebhookQueue::deliver(Pending item, void* curl) {
    const auto hook = find(item.webhook_id);
    // Deleting drops what waits; pausing does not.
    if (!hook || hook->status == "disabled") return;
    const auto fault = item.faulted ? std::nullopt : faults_.pick("webhook", "POST", hook->topic);
    const std::string kind = fault ? fault->kind : "";
    const int delay_ms = fault ? fault->delay_ms : 0;
    if (kind == "lost") {
        record(item, *hook, 0, kind);
        return;
    }
    if (kind == "delay" || kind == "reorder") {
        auto later = item;
        later.faulted = true;
        const auto hold = delay_ms > 0 ? delay_ms : 200;
        const std::scoped_lock lock(mutex_);
        queue_.emplace(kit::now_micros() + std::int64_t{hold} * 1000, later);
        changed_.notify_all();
        return;
    }
    std::string body = payload_(*hook, item.resource_id);
    const std::string whole = body;
    item.sent_us = kit::now_micros();
    if (kind == "truncate") body.resize(body.size() / 2);
    int status = send(curl, *hook, body, false, kind == "bad_signature");
    record(item, *hook, status, kind);
    if (kind == "duplicate") {
        status = send(curl, *hook, whole, false, false);
        record(item, *hook, status, kind);
    }
    count(item.webhook_id, status >= 200 && status <= 302);
}

void WebhookQueue::count(std::int64_t webhook_id, bool success) {
    const std::scoped_lock lock(mutex_);
    const auto found = hooks_.find(webhook_id);
    if (found == hooks_.end()) return;
    auto& hook = found->second;
    if (success) {
        hook.failures = 0;
    } else if (hook.failures > kMaxFailures) {
        hook.status = "disabled";
    } else {
        ++hook.failures;
    }
}

void WebhookQueue::record(const Pending& item, const Webhook& hook, int status, const std::string& fault) {
    const std::scoped_lock lock(mutex_);
    records_.push_back({.sequence = ++sequence_,
                        .time_us = kit::now_micros(),
                        .webhook_id = hook.id,
                        .topic = hook.topic,
                        .resource_id = item.resource_id,
                        .queued_us = item.queued_us,
                        .sent_us = item.sent_us,
                        .status = status,
                        .fault = fault});
    if (records_.size() > kMaxRecords) records_.pop_front();
}

void WebhookQueue::ping(const Webhook& hook) {
    CURL* curl = curl_easy_init();
    send(curl, hook, "webhook_id=" + std::to_string(hook.id), true, false);
    curl_easy_cleanup(curl);
}

namespace {

// "" is a topic of an action hook's body.
std::string resource_of(const std::string& topic) { return topic.substr(0, topic.find('.')); }
std::string event_of(const std::string& topic) { return topic.substr(topic.find('.') + 1); }

std::size_t swallow(char*, std::size_t size, std::size_t count, void*) { return size * count; }

int give_up(void* stopping, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    return static_cast<std::atomic<bool>*>(stopping)->load() ? 1 : 0;
}

std::vector<std::string> headers_of(const ShopConfig& config, const Webhook& hook, const std::string& body,
                                    bool is_ping, bool wrong_signature) {
    std::vector<std::string> out{
        "User-Agent: WooCommerce/" + config.version + " Hookshot (WordPress/" + config.wordpress_version + ")",
        "Accept-Encoding: deflate, gzip, br, zstd", "Connection: close", "Expect:"};
    if (is_ping) {
        out.emplace_back("Content-Type: application/x-www-form-urlencoded");
        return out;
    }
    const auto signed_text = wrong_signature ? body + "x" : body;
    // The real shop's delivery id is a hash of webhook and second, so two deliveries of one second share it.
    const auto delivery_id = kit::md5_hex(std::to_string(hook.id) + "|" + std::to_string(kit::now_seconds()));
    for (const auto& [name, value] : std::initializer_list<std::pair<const char*, std::string>>{
             {"Content-Type: ", "application/json"},
             {"X-WC-Webhook-Source: ", config.home_url + "/"},
             {"X-WC-Webhook-Topic: ", hook.topic},
             {"X-WC-Webhook-Resource: ", resource_of(hook.topic)},
             {"X-WC-Webhook-Event: ", event_of(hook.topic)},
             {"X-WC-Webhook-Signature: ", kit::base64_encode(kit::hmac_sha256(hook.secret, signed_text))},
             {"X-WC-Webhook-ID: ", std::to_string(hook.id)},
             {"X-WC-Webhook-Delivery-ID: ", delivery_id}}) {
        out.push_back(name + value);
    }
    return out;
}

}  // namespace

int WebhookQueue::send(void* curl, const Webhook& hook, const std::string& body, bool is_ping, bool wrong_signature) {
    const auto config = config_();
    curl_slist* headers = nullptr;
    for (const auto& header : headers_of(config, hook, body, is_ping, wrong_signature)) {
        headers = curl_slist_append(headers, header.c_str());
    }
    curl_easy_reset(curl);
    curl_easy_setopt(curl, CURLOPT_URL, hook.delivery_url.c_str());
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body.data());
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_FORBID_REUSE, 1L);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, is_ping ? static_cast<long>(kPingTimeoutSeconds) : 60L);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, swallow);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, give_up);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &stopping_);
    if (!config.webhook_ca_file.empty()) curl_easy_setopt(curl, CURLOPT_CAINFO, config.webhook_ca_file.c_str());
    const auto result = curl_easy_perform(curl);
    curl_slist_free_all(headers);
    long status = 0;
    if (result == CURLE_OK) curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    return static_cast<int>(status);
}

Outcome<Webhook> WebhookQueue::create(const Json& body, std::int64_t now) {
    Webhook hook;
    hook.topic = text_or(body, "topic", "");
    hook.delivery_url = text_or(body, "delivery_url", "");
    if (!topic_is_known(hook.topic)) return bad_topic();
    if (!is_http(hook.delivery_url)) return bad_url();
    hook.name = text_or(body, "name", "Webhook created on " + kit::iso_seconds(now));
    hook.secret = text_or(body, "secret", kit::random_token(50));
    hook.created = now;
    {
        const std::scoped_lock lock(mutex_);
        if (hooks_.size() >= kMaxWebhooks) return fail(500, "woocommerce_rest_cannot_create", "Too many webhooks.");
        hook.id = ++last_id_;
        hooks_[hook.id] = hook;
    }
    ping(hook);
    return hook;
}

Outcome<Webhook> WebhookQueue::update(std::int64_t id, const Json& body, std::int64_t now) {
    Webhook changed;
    bool moved = false;
    {
        const std::scoped_lock lock(mutex_);
        const auto found = hooks_.find(id);
        if (found == hooks_.end()) return fail(400, "woocommerce_rest_shop_webhook_invalid_id", "ID is invalid.");
        changed = found->second;
        changed.name = text_or(body, "name", changed.name);
        changed.topic = text_or(body, "topic", changed.topic);
        changed.secret = text_or(body, "secret", changed.secret);
        changed.status = text_or(body, "status", changed.status);
        const auto url = text_or(body, "delivery_url", changed.delivery_url);
        if (!topic_is_known(changed.topic)) return bad_topic();
        if (!is_http(url)) return bad_url();
        moved = url != changed.delivery_url;
        changed.delivery_url = url;
        changed.modified = now;
        // failures stay: after a new "active" one more failure disables at once, until a success (measured).
        found->second = changed;
    }
    if (moved) ping(changed);
    return changed;
}

}  // namespace sandbox::shop

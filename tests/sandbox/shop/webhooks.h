// The shop's webhooks: who listens, the queue of deliveries with its measured habits, the threads that deliver
// (contract woocommerce 10). Thread safe; event() may be called with the store's lock held, since this class never asks
// for that lock while it holds its own.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "tests/sandbox/kit/faults.h"
#include "tests/sandbox/shop/config.h"
#include "tests/sandbox/shop/error.h"

namespace sandbox::shop {

struct Webhook {
    std::int64_t id = 0;
    std::string name;
    std::string status = "active";
    std::string topic;
    std::string delivery_url;
    std::string secret;
    int failures = 0;
    std::int64_t created = 0;
    std::optional<std::int64_t> modified;
};

struct DeliveryRecord {
    std::int64_t sequence = 0;
    std::int64_t time_us = 0;
    std::int64_t webhook_id = 0;
    std::string topic;
    std::int64_t resource_id = 0;
    std::int64_t queued_us = 0;
    std::int64_t sent_us = 0;  // before the connection was made; 0: it was lost
    int status = 0;  // 0 = no answer
    std::string fault;
};

class WebhookQueue {
 public:
    static constexpr std::size_t kMaxWebhooks = 1000;
    static constexpr std::size_t kMaxPending = 200'000;
    static constexpr std::size_t kMaxRecords = 20'000;
    static constexpr int kMaxFailures = 5;  // above this the next failure disables: the 7th in a row

    // `payload` builds the body at delivery time and may lock the store. `faults` is borrowed.
    WebhookQueue(std::function<ShopConfig()> config, std::function<std::string(const Webhook&, std::int64_t)> payload,
                 kit::FaultEngine& faults);
    ~WebhookQueue();
    WebhookQueue(const WebhookQueue&) = delete;
    WebhookQueue& operator=(const WebhookQueue&) = delete;

    // Queues one delivery for each active webhook of the topic; a delivery that already waits takes the event in.
    void event(const std::string& topic, std::int64_t resource_id);

    Outcome<Webhook> create(const Json& body, std::int64_t now);
    Outcome<Webhook> update(std::int64_t id, const Json& body, std::int64_t now);
    std::optional<Webhook> remove(std::int64_t id);
    std::optional<Webhook> find(std::int64_t id) const;
    std::vector<Webhook> all() const;

    void reset();
    // JSON with counters, and the deliveries after a sequence.
    std::string state() const;
    std::string deliveries(std::int64_t after, std::size_t limit) const;
    // True when nothing waits and nothing is under way.
    bool idle() const;
    void stop();

 private:
    struct Pending {
        std::int64_t webhook_id = 0;
        std::int64_t resource_id = 0;
        std::int64_t queued_us = 0;
        std::int64_t sent_us = 0;
        bool faulted = false;  // held back by a fault already: not asked again
    };
    void run(std::stop_token stop);
    void deliver(Pending item, void* curl);
    int send(void* curl, const Webhook& hook, const std::string& body, bool ping, bool wrong_signature);
    void count(std::int64_t webhook_id, bool success);
    void record(const Pending& item, const Webhook& hook, int status, const std::string& fault);
    void enqueue(Pending item, std::int64_t due_us);
    void ping(const Webhook& hook);

    std::function<ShopConfig()> config_;
    std::function<std::string(const Webhook&, std::int64_t)> payload_;
    kit::FaultEngine& faults_;
    mutable std::mutex mutex_;
    std::condition_variable_any changed_;
    std::map<std::int64_t, Webhook> hooks_;
    std::multimap<std::int64_t, Pending> queue_;  // by due time
    std::set<std::pair<std::int64_t, std::int64_t>> waiting_;  // (webhook, resource) in queue_
    std::deque<DeliveryRecord> records_;
    std::int64_t last_id_ = 0;
    std::int64_t sequence_ = 0;
    std::int64_t joined_ = 0;
    std::int64_t dropped_ = 0;
    int running_ = 0;
    std::atomic<bool> stopping_{false};
    std::vector<std::jthread> threads_;
};

}  // namespace sandbox::shop

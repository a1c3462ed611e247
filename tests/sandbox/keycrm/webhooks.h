// Sends what the account's webhooks tell: the stock webhook's bare array, and triggers with event and context.  No
// signature, three tries.  Thread-safe; tell() is called with the account locked and never asks for that lock.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "tests/sandbox/keycrm/crm.h"
#include "tests/sandbox/kit/faults.h"

namespace sandbox::keycrm {

struct StockHook {
    std::string url{};
    std::set<Id> warehouses{};  // empty: all
};

struct Trigger {
    std::string event{};
    std::string url{};
    std::string method = "POST";
    std::set<Id> status_ids{};  // empty: any
};

class Webhooks {
 public:
    static constexpr std::size_t kPendingMax = 100'000;
    static constexpr std::size_t kRecordsMax = 20'000;
    static constexpr int kTries = 3;

    Webhooks(const Crm& crm, kit::FaultEngine& faults);
    ~Webhooks();
    Webhooks(const Webhooks&) = delete;
    Webhooks& operator=(const Webhooks&) = delete;

    void configure(std::vector<StockHook> stock, std::vector<Trigger> triggers);
    void tell(const Notice& notice);  // the body is a snapshot of this moment
    bool idle() const;
    bool wait_idle(std::chrono::milliseconds limit);
    Json deliveries() const;
    void reset();
    void stop();

 private:
    struct Delivery {
        std::string url;
        std::string method;
        std::string subject;  // "stock" or the event, for faults
        std::string body;
        int tries = 0;
        int retry_ms = 0;
        bool faulted = false;
    };
    void run(std::stop_token stop);
    void deliver(Delivery delivery, void* curl);
    void enqueue(Delivery delivery, std::int64_t due_us);
    int send(const Delivery& delivery, void* curl);
    void record(const Delivery& delivery, int status, const std::string& fault);

    const Crm& crm_;
    kit::FaultEngine& faults_;
    mutable std::mutex mutex_;
    std::condition_variable_any changed_;
    std::vector<StockHook> stock_{};
    std::vector<Trigger> triggers_{};
    std::multimap<std::int64_t, Delivery> queue_;  // by due time
    std::deque<Json> records_;
    int running_ = 0;
    std::atomic<bool> stopping_{false};
    std::jthread thread_;
};

}  // namespace sandbox::keycrm

#include "tests/sandbox/keycrm/webhooks.h"

#include <curl/curl.h>

#include "tests/sandbox/keycrm/render.h"
#include "tests/sandbox/kit/encoding.h"

namespace sandbox::keycrm {
namespace {

constexpr long kTimeoutSeconds = 30;
constexpr int kHoldMs = 200;

std::size_t swallow(char*, std::size_t size, std::size_t count, void*) { return size * count; }

int give_up(void* stopping, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    return static_cast<std::atomic<bool>*>(stopping)->load() ? 1 : 0;
}

}  // namespace

Webhooks::Webhooks(const Crm& crm, kit::FaultEngine& faults) : crm_(crm), faults_(faults) {
    curl_global_init(CURL_GLOBAL_DEFAULT);
    thread_ = std::jthread([this](std::stop_token stop) { run(std::move(stop)); });
}

Webhooks::~Webhooks() { stop(); }

void Webhooks::stop() {
    stopping_ = true;
    thread_.request_stop();
    changed_.notify_all();
    if (thread_.joinable()) thread_.join();
}

void Webhooks::configure(std::vector<StockHook> stock, std::vector<Trigger> triggers) {
    const std::scoped_lock lock(mutex_);
    stock_ = std::move(stock);
    triggers_ = std::move(triggers);
}

void Webhooks::tell(const Notice& notice) {
    const std::scoped_lock lock(mutex_);
    const std::int64_t now = kit::now_micros();
    const int retry_ms = crm_.switches.webhook_retry_ms;
    if (notice.event == "stock") {
        const auto offer = crm_.offers.find(notice.id);
        if (offer == crm_.offers.end()) return;
        for (const StockHook& hook : stock_)
            enqueue({.url = hook.url,
                     .method = "POST",
                     .subject = "stock",
                     .body = Json::array({stock_payload(crm_, offer->second, hook.warehouses)}).dump(),
                     .retry_ms = retry_ms},
                    now);
        return;
    }
    const auto order = crm_.orders.find(notice.id);
    if (order == crm_.orders.end()) return;
    for (const Trigger& trigger : triggers_) {
        if (trigger.event != notice.event) continue;
        if (!trigger.status_ids.empty() && !trigger.status_ids.contains(notice.status_id)) continue;
        const Json body{{"event", notice.event}, {"context", order_context(crm_, order->second)}};
        enqueue({.url = trigger.url,
                 .method = trigger.method,
                 .subject = notice.event,
                 .body = body.dump(),
                 .retry_ms = retry_ms},
                now);
    }
}

void Webhooks::enqueue(Delivery delivery, std::int64_t due_us) {
    if (queue_.size() >= kPendingMax) return;
    queue_.emplace(due_us, std::move(delivery));
    changed_.notify_all();
}

void Webhooks::run(std::stop_token stop) {
    CURL* curl = curl_easy_init();
    std::unique_lock lock(mutex_);
    while (!stop.stop_requested()) {
        if (queue_.empty()) {
            changed_.wait(lock, stop, [this] { return !queue_.empty(); });
            continue;
        }
        const std::int64_t wait_us = queue_.begin()->first - kit::now_micros();
        if (wait_us > 0) {
            changed_.wait_for(lock, stop, std::chrono::microseconds(wait_us),
                              [this] { return !queue_.empty() && queue_.begin()->first <= kit::now_micros(); });
            continue;
        }
        Delivery next = queue_.begin()->second;
        queue_.erase(queue_.begin());
        ++running_;
        lock.unlock();
        deliver(std::move(next), curl);
        lock.lock();
        --running_;
        changed_.notify_all();
    }
    lock.unlock();
    curl_easy_cleanup(curl);
}

void Webhooks::deliver(Delivery delivery, void* curl) {
    const kit::Fault fault =
        delivery.faulted ? kit::Fault{} : faults_.pick("webhook", "POST", delivery.subject).value_or(kit::Fault{});
    const std::string& kind = fault.kind;
    if (kind == "lost") return record(delivery, 0, kind);
    if (kind == "delay" || kind == "reorder") {
        delivery.faulted = true;
        const int hold_ms = fault.delay_ms > 0 ? fault.delay_ms : kHoldMs;
        const std::scoped_lock lock(mutex_);
        return enqueue(std::move(delivery), kit::now_micros() + std::int64_t{hold_ms} * 1000);
    }
    if (kind == "truncate") delivery.body.resize(delivery.body.size() / 2);
    const int status = send(delivery, curl);
    record(delivery, status, kind);
    if (kind == "duplicate") record(delivery, send(delivery, curl), kind);
    if (status == 200 || ++delivery.tries >= kTries) return;
    const std::int64_t due = kit::now_micros() + std::int64_t{delivery.retry_ms} * 1000;
    const std::scoped_lock lock(mutex_);
    enqueue(std::move(delivery), due);
}

int Webhooks::send(const Delivery& delivery, void* curl) {
    curl_easy_reset(curl);
    curl_slist* headers = curl_slist_append(nullptr, "Content-Type: application/json");
    headers = curl_slist_append(headers, "Expect:");
    curl_easy_setopt(curl, CURLOPT_URL, delivery.url.c_str());
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    if (delivery.method == "POST") {
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, delivery.body.data());
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(delivery.body.size()));
    }
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, kTimeoutSeconds);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, swallow);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, give_up);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &stopping_);
    const auto result = curl_easy_perform(curl);
    curl_slist_free_all(headers);
    long status = 0;
    if (result == CURLE_OK) curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    return static_cast<int>(status);
}

void Webhooks::record(const Delivery& delivery, int status, const std::string& fault) {
    const std::scoped_lock lock(mutex_);
    records_.push_back(
        Json{{"subject", delivery.subject}, {"body", delivery.body}, {"status", status}, {"fault", fault}});
    if (records_.size() > kRecordsMax) records_.pop_front();
}

bool Webhooks::idle() const {
    const std::scoped_lock lock(mutex_);
    return queue_.empty() && running_ == 0;
}

bool Webhooks::wait_idle(std::chrono::milliseconds limit) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, limit, [this] { return queue_.empty() && running_ == 0; });
}

Json Webhooks::deliveries() const {
    const std::scoped_lock lock(mutex_);
    return Json(std::vector<Json>(records_.begin(), records_.end()));
}

void Webhooks::reset() {
    const std::scoped_lock lock(mutex_);
    queue_.clear();
    records_.clear();
    stock_.clear();
    triggers_.clear();
}

}  // namespace sandbox::keycrm

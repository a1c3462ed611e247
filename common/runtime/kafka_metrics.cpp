#include "common/runtime/kafka_metrics.h"

#include <algorithm>

#include "common/json/value.h"
#include "common/kafka/statistics.h"

namespace shopwire::runtime {
namespace {

constexpr std::chrono::seconds kInterval{10};
constexpr std::int64_t kSilentAfterSeconds = 60;  // a client that says nothing for so long is not shown
constexpr std::size_t kClientsMax = 64;

std::int64_t number_of(const json::Value& object, std::string_view name) {
    return json::Reader(object).integer_or_none(name).value_or(0);
}

}  // namespace

KafkaMetrics::KafkaMetrics(metrics::Registry& registry, const std::string& service)
    : round_trip_(registry.gauge("shopwire_kafka_round_trip_seconds",
                                 "What 99 of 100 requests to the slowest broker took, in the last ten seconds",
                                 {{"service", service}})),
      queued_(registry.gauge("shopwire_kafka_queue_wait_seconds",
                             "How long 99 of 100 records waited here to be sent, in the last ten seconds",
                             {{"service", service}})),
      throttle_(registry.gauge("shopwire_kafka_throttle_seconds",
                               "How long a broker made us wait for a quota, the most in the last ten seconds",
                               {{"service", service}})),
      failed_(registry.counter("shopwire_kafka_requests_failed_total",
                               "Requests to brokers that failed or were not answered", {{"service", service}})) {
    kafka::observe_statistics([this](std::string_view text) { take(text); }, kInterval);
}

KafkaMetrics::~KafkaMetrics() { kafka::observe_statistics({}, kInterval); }

void KafkaMetrics::take(std::string_view text) {
    const Result<json::Document> document = json::Document::parse(text);
    if (!document) return;
    const json::Value root = document->root();
    Numbers numbers{.at_s = number_of(root, "time")};
    const json::Value brokers = root.member("brokers");
    for (std::size_t i = 0; i < brokers.size(); ++i) {
        const json::Value broker = brokers.member_at(i).second;
        numbers.round_trip_us = std::max(numbers.round_trip_us, number_of(broker.member("rtt"), "p99"));
        numbers.queued_us = std::max(numbers.queued_us, number_of(broker.member("int_latency"), "p99"));
        numbers.throttle_ms = std::max(numbers.throttle_ms, number_of(broker.member("throttle"), "max"));
        for (const char* name : {"txerrs", "rxerrs", "req_timeouts"}) numbers.failed += number_of(broker, name);
    }
    const std::lock_guard lock(mutex_);
    const std::int64_t silent_s = numbers.at_s - kSilentAfterSeconds;
    const std::string name(root.member("name").text());
    if (!clients_.contains(name) && !make_room(silent_s)) return;
    Numbers& known = clients_[name];
    failed_.add(static_cast<double>(std::max<std::int64_t>(0, numbers.failed - known.failed)));
    known = numbers;
    show(silent_s);
}

// One that is silent is kept as long as there is room: what it counted so far would else count again.
bool KafkaMetrics::make_room(std::int64_t silent_s) {
    if (clients_.size() < kClientsMax) return true;
    const auto oldest = std::ranges::min_element(clients_, {}, [](const auto& one) { return one.second.at_s; });
    if (oldest->second.at_s >= silent_s) return false;
    clients_.erase(oldest);
    return true;
}

void KafkaMetrics::show(std::int64_t silent_s) {
    Numbers most;
    for (const auto& [name, one] : clients_) {
        if (one.at_s < silent_s) continue;
        most.round_trip_us = std::max(most.round_trip_us, one.round_trip_us);
        most.queued_us = std::max(most.queued_us, one.queued_us);
        most.throttle_ms = std::max(most.throttle_ms, one.throttle_ms);
    }
    round_trip_.set(static_cast<double>(most.round_trip_us) / 1e6);
    queued_.set(static_cast<double>(most.queued_us) / 1e6);
    throttle_.set(static_cast<double>(most.throttle_ms) / 1e3);
}

}  // namespace shopwire::runtime

// How Kafka answers this process: the numbers of its consumers and producers, as metrics.  Thread-safe.  While it lives
// it is the one observer of the process; make it before the clients, and keep it longer.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "common/metrics/registry.h"

namespace shopwire::runtime {

class KafkaMetrics {
 public:
    KafkaMetrics(metrics::Registry& registry, const std::string& service);
    ~KafkaMetrics();
    KafkaMetrics(const KafkaMetrics&) = delete;
    KafkaMetrics& operator=(const KafkaMetrics&) = delete;

    // One client's statistics.  What is not understood counts as nothing.
    void take(std::string_view json);

 private:
    struct Numbers {  // of one client
        std::int64_t at_s = 0;
        std::int64_t round_trip_us = 0;  // 99 %, of its slowest broker
        std::int64_t queued_us = 0;
        std::int64_t throttle_ms = 0;
        std::int64_t failed = 0;  // since it was made
    };
    bool make_room(std::int64_t silent_s);
    void show(std::int64_t silent_s);

    metrics::Gauge& round_trip_;
    metrics::Gauge& queued_;
    metrics::Gauge& throttle_;
    metrics::Counter& failed_;
    std::mutex mutex_{};
    std::map<std::string, Numbers> clients_{};
};

}  // namespace shopwire::runtime

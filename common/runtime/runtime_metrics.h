// Every metric of the runtime, declared once.  Label values come from configuration and closed sets.  Thread-safe.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "common/http/server.h"
#include "common/metrics/registry.h"
#include "common/runtime/connector.h"

namespace shopwire::runtime {

enum class Count : std::uint8_t { kRead, kApplied, kUnchanged, kRejected, kParked, kStale, kDiscarded, kRepeated };
inline constexpr std::array<std::string_view, 8> kCountNames = {"read",   "applied", "unchanged", "rejected",
                                                                "parked", "stale",   "discarded", "repeated"};

struct ActionMetrics {  // of one connection and action
    std::array<metrics::Counter*, kCountNames.size()> commands{};
    void count(Count what) const { commands[static_cast<std::size_t>(what)]->add(); }
};

struct ConnectionMetrics {
    metrics::Gauge* up = nullptr;
    metrics::Gauge* parked = nullptr;
    metrics::Gauge* oldest_age = nullptr;        // of the commands in memory, since the first event of their chain
    metrics::Histogram* business_age = nullptr;  // from the first event of a chain to its result
    std::map<events::Command::ActionCase, ActionMetrics> actions{};
};

struct StreamMetrics {  // of one connection and stream
    metrics::Counter* changes = nullptr;
    metrics::Counter* failures = nullptr;
    metrics::Counter* refused = nullptr;  // snapshots that would lose too much
    metrics::Gauge* rows_failed = nullptr;  // of the last snapshot
    metrics::Gauge* last_success = nullptr;
    metrics::Gauge* stopped = nullptr;
    metrics::Gauge* pass_rows = nullptr;           // of the reading under way, or of the last one
    metrics::Gauge* pass_rows_expected = nullptr;
    metrics::Gauge* pass_rate = nullptr;
    metrics::Gauge* pass_left = nullptr;
};

struct WebhookMetrics {  // of one connection; kinds as in Intake::Received
    std::map<std::string, metrics::Counter*, std::less<>> kinds{};
};

class RuntimeMetrics {
 public:
    RuntimeMetrics(metrics::Registry& registry, std::string system, std::vector<ActionRule> rules);

    // Made at the first call for a connection; the references live as long as this object.
    ConnectionMetrics& connection(const std::string& id);
    StreamMetrics& stream(const std::string& id, std::string_view stream);
    WebhookMetrics& webhooks(const std::string& id);

    metrics::Counter& dead_letters(std::string_view stage);
    metrics::Counter& webhook_refused(http::Refusal what) const {
        return *webhook_refused_[static_cast<std::size_t>(what)];
    }
    metrics::Histogram& transaction_duration;
    metrics::Counter& transactions_failed;
    metrics::Counter& rebalances;
    metrics::Counter& watchdog_stalls;
    metrics::Gauge& start_duration;
    metrics::Gauge& commands_in_hand;
    metrics::Gauge& lag;
    metrics::Counter& gone;
    metrics::Gauge& refused_files;  // of merchants, or connections in them
    metrics::Gauge& config_generation;

 private:
    metrics::Registry& registry_;
    const std::string system_;
    const std::vector<ActionRule> rules_;
    std::map<std::string, metrics::Counter*, std::less<>> dead_letters_{};
    std::array<metrics::Counter*, http::kRefusalNames.size()> webhook_refused_{};
    std::mutex mutex_{};  // guards the maps below
    std::map<std::string, std::unique_ptr<ConnectionMetrics>> connections_{};
    std::map<std::string, std::unique_ptr<StreamMetrics>> streams_{};
    std::map<std::string, std::unique_ptr<WebhookMetrics>> webhooks_{};
};

}  // namespace shopwire::runtime

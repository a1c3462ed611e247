#include "common/runtime/runtime_metrics.h"

#include "common/runtime/sink_item.h"

namespace shopwire::runtime {
namespace {

constexpr std::array<std::string_view, 5> kStages = {"webhook", "read", "decode", "map", "apply"};
constexpr std::array<std::string_view, 12> kWebhookKinds = {
    "ok",          "ping",    "ignored",   "duplicate", "bad_signature", "bad_body",
    "not_durable", "unknown", "no_intake", "media",     "media_refused", "other"};
const std::vector<double> kAgeBuckets = {0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5,  1,
                                         2.5,   5,    10,    30,   60,  300,  1800, 7200};

}  // namespace

RuntimeMetrics::RuntimeMetrics(metrics::Registry& registry, std::string system, std::vector<ActionRule> rules)
    : transaction_duration(registry.histogram("shopwire_sink_transaction_duration_seconds",
                                              "Time of one sink transaction, from its first record to its commit",
                                              {{"system", system}})),
      transactions_failed(registry.counter("shopwire_sink_transactions_failed_total",
                                           "Sink transactions that were not committed", {{"system", system}})),
      rebalances(
          registry.counter("shopwire_rebalances_total", "Assignments of slots to this process", {{"system", system}})),
      watchdog_stalls(registry.counter("shopwire_watchdog_stalls_total", "Times the watchdog ended the process",
                                       {{"system", system}})),
      start_duration(
          registry.gauge("shopwire_start_duration_seconds", "Time from start to ready", {{"system", system}})),
      commands_in_hand(
          registry.gauge("shopwire_commands_in_hand", "Commands read and not yet finished", {{"system", system}})),
      lag(registry.gauge("shopwire_lag_records",
                         "Records of its partitions that the process has not read; up to 1 a partition when idle",
                         {{"service", system}})),
      gone(registry.counter("shopwire_records_gone_total", "Records that Kafka deleted before the process read them",
                            {{"service", system}})),
      refused_files(registry.gauge("shopwire_config_refused_files",
                                   "Merchant files and connections with mistakes; each keeps its last good version",
                                   {{"service", system}})),
      config_generation(registry.gauge("shopwire_config_generation",
                                       "Made of the merchant files in force: the same number where they are equal",
                                       {{"service", system}})),
      registry_(registry),
      system_(std::move(system)),
      rules_(std::move(rules)) {
    for (const std::string_view stage : kStages) {
        dead_letters_.emplace(stage,
                              &registry_.counter("shopwire_dead_letters_total", "Records set aside with their error",
                                                 {{"system", system_}, {"stage", std::string(stage)}}));
    }
    for (std::size_t i = 0; i < webhook_refused_.size(); ++i) {
        webhook_refused_[i] = &registry_.counter(
            "shopwire_webhook_refused_total", "Requests and connections that the webhook port refused unread",
            {{"system", system_}, {"reason", std::string(http::kRefusalNames[i])}});
    }
}

ConnectionMetrics& RuntimeMetrics::connection(const std::string& id) {
    const std::scoped_lock lock(mutex_);
    std::unique_ptr<ConnectionMetrics>& entry = connections_[id];
    if (entry) return *entry;
    entry = std::make_unique<ConnectionMetrics>();
    const metrics::Labels labels{{"system", system_}, {"connection", id}};
    entry->up = &registry_.gauge("shopwire_connection_up",
                                 "1: the connection is served; 0: it stopped and its records wait", labels);
    entry->parked =
        &registry_.gauge("shopwire_parked_records", "Records that wait for a person or a newer state", labels);
    entry->oldest_age = &registry_.gauge(
        "shopwire_oldest_command_age_seconds",
        "Time since the first event of the oldest command that is read, not done and not parked; 0: there is none",
        labels);
    entry->business_age =
        &registry_.histogram("shopwire_command_age_seconds",
                             "Time from the first event of a chain to the result at the remote", labels, kAgeBuckets);
    for (const ActionRule& rule : rules_) {
        ActionMetrics& action = entry->actions[rule.action];
        for (std::size_t i = 0; i < kCountNames.size(); ++i) {
            action.commands[i] = &registry_.counter("shopwire_commands_total", "Commands by what came of them",
                                                    {{"system", system_},
                                                     {"connection", id},
                                                     {"action", std::string(action_name(rule.action))},
                                                     {"outcome", std::string(kCountNames[i])}});
        }
    }
    return *entry;
}

StreamMetrics& RuntimeMetrics::stream(const std::string& id, std::string_view stream) {
    const std::scoped_lock lock(mutex_);
    std::unique_ptr<StreamMetrics>& entry = streams_[id + '\n' + std::string(stream)];
    if (entry) return *entry;
    const metrics::Labels labels{{"system", system_}, {"connection", id}, {"stream", std::string(stream)}};
    entry = std::make_unique<StreamMetrics>(StreamMetrics{
        .changes = &registry_.counter("shopwire_source_changes_total", "Changes read and durable in Kafka", labels),
        .failures =
            &registry_.counter("shopwire_source_failures_total", "Pages that were not read or not delivered", labels),
        .refused = &registry_.counter("shopwire_source_snapshots_refused_total",
                                      "Passes that lost too much, or could not be read, to be believed", labels),
        .rows_failed = &registry_.gauge(
            "shopwire_source_snapshot_rows_failed",
            "Rows of the last snapshot that were not understood; above 0 it releases no order", labels),
        .last_success = &registry_.gauge("shopwire_source_last_success_timestamp_seconds",
                                         "When the stream was last read to its end", labels),
        .stopped = &registry_.gauge("shopwire_source_stopped", "1: the remote refuses this stream", labels),
        .pass_rows = &registry_.gauge("shopwire_source_pass_rows", "Rows that the reading under way has read", labels),
        .pass_rows_expected = &registry_.gauge("shopwire_source_pass_rows_expected",
                                               "Rows that it will have read at its end; 0 when nobody knows", labels),
        .pass_rate = &registry_.gauge("shopwire_source_pass_rows_per_second", "Rows that it reads a second", labels),
        .pass_left = &registry_.gauge("shopwire_source_pass_left_seconds",
                                      "How long it still takes at this rate; 0 between readings", labels),
    });
    return *entry;
}

WebhookMetrics& RuntimeMetrics::webhooks(const std::string& id) {
    const std::scoped_lock lock(mutex_);
    std::unique_ptr<WebhookMetrics>& entry = webhooks_[id];
    if (entry) return *entry;
    entry = std::make_unique<WebhookMetrics>();
    for (const std::string_view kind : kWebhookKinds) {
        entry->kinds.emplace(
            kind, &registry_.counter("shopwire_webhook_requests_total", "Requests at the webhook port by kind",
                                     {{"system", system_}, {"connection", id}, {"kind", std::string(kind)}}));
    }
    return *entry;
}

metrics::Counter& RuntimeMetrics::dead_letters(std::string_view stage) {
    const auto found = dead_letters_.find(stage);
    return found == dead_letters_.end() ? *dead_letters_.begin()->second : *found->second;
}

}  // namespace shopwire::runtime

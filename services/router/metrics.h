// The router's metrics, declared once.  Thread-safe.
#pragma once

#include "common/metrics/registry.h"

namespace shopwire::router {

struct Metrics {
    explicit Metrics(metrics::Registry& registry);

    metrics::Counter& records;
    metrics::Counter& commands;
    metrics::Counter& older;
    metrics::Counter& same;
    metrics::Counter& refreshed;
    metrics::Counter& unrouted;
    metrics::Counter& not_owner;
    metrics::Counter& parked;
    metrics::Gauge& waiting;
    metrics::Gauge& overdue;
    metrics::Counter& changed_after_export;
    metrics::Counter& dead_letters;
    metrics::Counter& published;
    metrics::Counter& stale;
    metrics::Counter& negative_stock;
    metrics::Counter& transactions;
    metrics::Counter& aborted;
    metrics::Histogram& transaction_seconds;
    metrics::Histogram& record_age;
    metrics::Gauge& partitions;
    metrics::Gauge& lag;
    metrics::Counter& gone;
    metrics::Gauge& merchants;
    metrics::Gauge& merchants_refused;
    metrics::Gauge& config_generation;
    metrics::Counter& rebalances;
    metrics::Counter& updates;
    metrics::Counter& refunds;
    metrics::Counter& refunds_unexported;
    metrics::Counter& statuses_told;
    metrics::Counter& parcels_told;
    metrics::Counter& closed_kept;
    metrics::Counter& foreign;
    metrics::Gauge& refused;
    metrics::Counter& filtered;
    metrics::Counter& products_without_sku;
    metrics::Counter& products_refused;
    metrics::Counter& customer_echoes;
    metrics::Counter& customer_conflicts;
    metrics::Counter& customers_doubled;
    metrics::Counter& customers_refused;
};

}  // namespace shopwire::router

#include "services/router/metrics.h"

namespace shopwire::router {
namespace {

// Up to the topics' retention, and the half of it.
const std::vector<double> kAgeBuckets = {0.005, 0.01, 0.025, 0.05, 0.1,  0.25,  0.5,    1,
                                         2.5,   10,   60,    300,  3600, 86400, 302400, 604800};

}  // namespace

Metrics::Metrics(metrics::Registry& registry)
    : records(registry.counter("shopwire_router_records_total", "Records read.")),
      commands(registry.counter("shopwire_router_commands_total", "Commands sent to connections.")),
      older(registry.counter("shopwire_router_dropped_total", "Events that said nothing new.", {{"reason", "older"}})),
      same(registry.counter("shopwire_router_dropped_total", "Events that said nothing new.", {{"reason", "same"}})),
      refreshed(
          registry.counter("shopwire_router_refreshes_total", "Events with the time of another state: read again.")),
      unrouted(registry.counter("shopwire_router_unrouted_total", "Events that no route takes.")),
      not_owner(registry.counter("shopwire_router_not_owner_total",
                                 "Changes made by a connection that does not own the field.")),
      parked(registry.counter("shopwire_router_parked_total",
                              "Orders that cannot leave: no table knows their status, or a jq program failed.")),
      waiting(registry.gauge("shopwire_router_waiting_orders", "Orders that wait for a person, see /api/parked.")),
      overdue(registry.gauge("shopwire_router_overdue_reservations",
                             "Orders subtracted for longer than reservation_max, see /api/reservations.")),
      changed_after_export(registry.counter("shopwire_router_changed_after_export_total",
                                            "Orders edited after their document was asked for.")),
      dead_letters(registry.counter("shopwire_dead_letters_total", "Records set aside with their error",
                                    {{"system", "router"}, {"stage", "map"}})),
      published(registry.counter("shopwire_router_stock_published_total", "Stock numbers sent to targets.")),
      stale(registry.counter("shopwire_router_stock_stale_total",
                             "Stock numbers that a target refused because it knew more orders.")),
      negative_stock(registry.counter("shopwire_router_stock_negative_total",
                                      "Stock numbers of owners that were below zero and are shown as none.")),
      transactions(registry.counter("shopwire_router_transactions_total", "Transactions committed.")),
      aborted(registry.counter("shopwire_router_transactions_aborted_total", "Transactions aborted and done again.")),
      transaction_seconds(
          registry.histogram("shopwire_router_transaction_seconds", "From the first record read to the commit.")),
      record_age(registry.histogram("shopwire_router_record_age_seconds",
                                    "From the oldest record of a transaction, as it was written, to the commit", {},
                                    kAgeBuckets)),
      partitions(registry.gauge("shopwire_router_partitions", "Partitions held by this process.")),
      lag(registry.gauge("shopwire_lag_records",
                         "Records of its partitions that the process has not read; up to 1 a partition when idle",
                         {{"service", "router"}})),
      gone(registry.counter("shopwire_records_gone_total", "Records that Kafka deleted before the process read them",
                            {{"service", "router"}})),
      merchants(registry.gauge("shopwire_router_merchants", "Merchants with a routing in force.")),
      merchants_refused(registry.gauge("shopwire_router_merchants_refused", "Merchant files with mistakes.")),
      config_generation(registry.gauge("shopwire_config_generation",
                                       "Made of the merchant files in force: the same number where they are equal",
                                       {{"service", "router"}})),
      rebalances(registry.counter("shopwire_router_rebalances_total", "Changes of the partitions held.")),
      updates(registry.counter("shopwire_router_updates_total", "Changes of exported orders sent to targets.")),
      refunds(registry.counter("shopwire_router_refunds_total", "Refunds sent to targets as documents.")),
      refunds_unexported(registry.counter("shopwire_router_refunds_unexported_total",
                                          "Refunds of orders that no target has or will get.")),
      statuses_told(registry.counter("shopwire_router_statuses_told_total", "Statuses of orders set at their origin.")),
      parcels_told(registry.counter("shopwire_router_parcels_told_total", "States of parcels told to the origin.")),
      closed_kept(registry.counter("shopwire_router_closed_kept_total",
                                   "Statuses not set because the order was closed at its origin.")),
      foreign(registry.counter("shopwire_router_foreign_total",
                               "Documents and parcels of targets that belong to no order of ours.")),
      refused(registry.gauge("shopwire_router_refused_products", "Products that a target refuses, see /api/refused.")),
      filtered(registry.counter("shopwire_router_filtered_total", "Events that a jq program dropped.")),
      products_without_sku(registry.counter("shopwire_router_products_without_sku_total",
                                            "Products that no target could find: no SKU, no model, no parent.")),
      products_refused(
          registry.counter("shopwire_router_products_refused_total", "Products that a target refused to show.")),
      customer_echoes(registry.counter("shopwire_router_customer_echoes_total",
                                       "Changes of customers that came back from where we wrote them.")),
      customer_conflicts(registry.counter("shopwire_router_customer_conflicts_total",
                                          "Customers changed on both sides at once: the master won.")),
      customers_doubled(registry.counter("shopwire_router_customers_doubled_total",
                                         "Customers who are a second one of the same identity at their connection.")),
      customers_refused(
          registry.counter("shopwire_router_customers_refused_total", "Customers that a connection refused.")) {}

}  // namespace shopwire::router

#!/usr/bin/env python3
"""Makes the dashboards of Grafana, dashboards/*.json, from the lists below.

  dashboards.py            compares, exit 1 if a file is stale
  dashboards.py --write    writes

A panel is what it shows, its queries with their legends, and a unit of Grafana's own list.  tests/deploy/dashboards.py checks that each
query names metrics and labels that exist.  Standard library only.
"""

import json
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent / "dashboards"
SCHEMA = 39  # of Grafana 11; newer ones read it
COLUMNS = 24
HEIGHT = 8
SOURCE = {"type": "prometheus", "uid": "${datasource}"}

# What is chosen at the top: name, metric and label that give the values.
SYSTEM = ("system", 'label_values(shopwire_connection_up, system)')
CONNECTION = ("connection", 'label_values(shopwire_connection_up{system=~"$system"}, connection)')
SERVICE = ("service", 'label_values(shopwire_build_info, service)')
OF = 'system=~"$system",connection=~"$connection"'


def graph(title, *queries, unit="short", about="", stack=False):
    return {"kind": "timeseries", "title": title, "queries": queries, "unit": unit, "about": about, "stack": stack, "width": 8}


def number(title, query, unit="short", about="", bad=None, width=4):
    """One number; red from `bad` on."""
    return {"kind": "stat", "title": title, "queries": ((query, ""),), "unit": unit, "about": about, "bad": bad, "width": width}


def table(title, query, unit="short", about="", width=24):
    return {"kind": "table", "title": title, "queries": ((query, ""),), "unit": unit, "about": about, "width": width}


OVERVIEW = ("Shopwire / Overview", "shopwire-overview", (SYSTEM, CONNECTION), (
    ("At a glance", (
        number("Services that run", "count(count by (service) (shopwire_build_info))"),
        number("Connections stopped", f"count(connection:shopwire_connection_up:min{{{OF}}} == 0) or vector(0)", bad=1),
        number("Records parked", f"sum(connection:shopwire_parked_records:max{{{OF}}})", bad=1),
        number("Orders that wait for a person", "sum(shopwire_router_waiting_orders)", bad=1),
        number("Oldest command", f"max(connection:shopwire_oldest_command_age_seconds:max{{{OF}}})", unit="s", bad=300),
        number("Dead letters, an hour", "sum(stage:shopwire_dead_letters:increase1h)", bad=1),
    )),
    ("Work", (
        graph("Commands done", (f"sum by (system, outcome) (connection:shopwire_commands:rate5m{{{OF}}})", "{{system}} {{outcome}}"), unit="ops",
              about="By what came of them. `read` counts those that came in."),
        graph("Time from the event to the result", (f"connection:shopwire_command_age_seconds:p50_5m{{{OF}}}", "{{connection}} half"),
              (f"connection:shopwire_command_age_seconds:p99_5m{{{OF}}}", "{{connection}} 99 %"), unit="s"),
        graph("Not read yet", ("service:shopwire_lag_records:sum", "{{service}}"),
              about="Records in Kafka; an idle partition may count one."),
    )),
    ("What waits", (
        graph("Oldest command", (f"connection:shopwire_oldest_command_age_seconds:max{{{OF}}}", "{{connection}}"), unit="s"),
        graph("Parked", (f"connection:shopwire_parked_records:max{{{OF}}}", "{{connection}}")),
        graph("Dead letters, an hour", ("stage:shopwire_dead_letters:increase1h", "{{system}} {{stage}}")),
    )),
    ("Programs", (
        table("Versions", "count by (service, version) (shopwire_build_info)", width=12),
        table("Running since", "max by (service) (shopwire_start_timestamp_seconds) * 1000", unit="dateTimeFromNow", width=12),
    )),
))

CONNECTOR = ("Shopwire / Connector", "shopwire-connector", (SYSTEM, CONNECTION), (
    ("Calls to the system", (
        graph("Requests", (f"sum by (connection, status_class) (rate(shopwire_http_requests_total{{{OF}}}[5m]))", "{{connection}} {{status_class}}"),
              unit="reqps", about="By class of the answer; `none`: there was none."),
        graph("Failures", (f"connection:shopwire_http_failures:ratio_rate5m{{{OF}}}", "{{connection}}"), unit="percentunit",
              about="Without an answer, or 5xx."),
        graph("Duration by operation, 99 %",
              (f"histogram_quantile(0.99, sum by (operation, le) (rate(shopwire_http_request_duration_seconds_bucket{{{OF}}}[5m])))", "{{operation}}"),
              unit="s", about="Waits and retries included."),
        graph("Requests by operation", (f"sum by (operation) (rate(shopwire_http_requests_total{{{OF}}}[5m]))", "{{operation}}"), unit="reqps"),
        graph("Waiting for the rate limit", (f"rate(shopwire_http_rate_limit_wait_seconds_total{{{OF}}}[5m])", "{{connection}}"),
              about="How many requests wait, on average. Above 1 all the time: the budget is spent."),
        graph("Retries, and in flight", (f"rate(shopwire_http_retries_total{{{OF}}}[5m])", "{{connection}} retries a second"),
              (f"shopwire_http_requests_in_flight{{{OF}}}", "{{connection}} in flight")),
    )),
    ("Reading", (
        graph("Changes", (f"sum by (connection, stream) (rate(shopwire_source_changes_total{{{OF}}}[5m]))", "{{connection}} {{stream}}"), unit="ops"),
        graph("Last read to the end", (f"stream:shopwire_source_age_seconds:min{{{OF}}}", "{{connection}} {{stream}}"), unit="s"),
        graph("Failures and refusals", (f"sum by (connection, stream) (increase(shopwire_source_failures_total{{{OF}}}[15m]))", "{{connection}} {{stream}}"),
              (f"sum by (connection, stream) (increase(shopwire_source_snapshots_refused_total{{{OF}}}[15m]))", "{{connection}} {{stream}} refused")),
        graph("Reading under way, part done", (
            f"max by (connection, stream) (shopwire_source_pass_rows{{{OF}}} / (shopwire_source_pass_rows_expected{{{OF}}} > 0))", "{{connection}} {{stream}}"),
            unit="percentunit"),
        graph("Rows a second", (f"max by (connection, stream) (shopwire_source_pass_rows_per_second{{{OF}}})", "{{connection}} {{stream}}"), unit="ops"),
        graph("Rows not understood", (f"max by (connection, stream) (shopwire_source_snapshot_rows_failed{{{OF}}})", "{{connection}} {{stream}}")),
    )),
    ("Writing", (
        graph("Commands by kind", (f"sum by (action, outcome) (rate(shopwire_commands_total{{{OF}}}[5m]))", "{{action}} {{outcome}}"), unit="ops"),
        graph("In hand", ('sum by (system) (shopwire_commands_in_hand{system=~"$system"})', "{{system}}")),
        graph("Articles that the system does not have", ('max by (connection) (shopwire_sink_articles_absent{connection=~"$connection"})', "{{connection}}")),
    )),
    ("Webhooks", (
        graph("Requests", (f"sum by (connection, kind) (rate(shopwire_webhook_requests_total{{{OF}}}[5m]))", "{{connection}} {{kind}}"), unit="reqps"),
        graph("Switched on again", ('increase(shopwire_woocommerce_webhooks_restored_total{connection=~"$connection"}[1h])', "{{connection}}")),
    )),
))

ROUTER = ("Shopwire / Router and ledger", "shopwire-router", (), (
    ("Flow", (
        graph("Records and commands", ("sum(rate(shopwire_router_records_total[5m]))", "records"),
              ("sum(rate(shopwire_router_commands_total[5m]))", "commands"), unit="ops"),
        graph("Dropped", ("sum by (reason) (rate(shopwire_router_dropped_total[5m]))", "{{reason}}"),
              ("sum(rate(shopwire_router_unrouted_total[5m]))", "no route"), ("sum(rate(shopwire_router_filtered_total[5m]))", "filtered"),
              ("sum(rate(shopwire_router_not_owner_total[5m]))", "not the owner"), unit="ops"),
        graph("From Kafka to the commit", ("histogram_quantile(0.99, sum by (le) (rate(shopwire_router_record_age_seconds_bucket[5m])))", "99 %"),
              ("histogram_quantile(0.5, sum by (le) (rate(shopwire_router_record_age_seconds_bucket[5m])))", "half"), unit="s",
              about="Of the oldest record in each transaction."),
        graph("Asked to be read again", ("sum(rate(shopwire_router_refreshes_total[5m]))", "refreshes"), unit="ops"),
    )),
    ("Orders", (
        graph("Waiting for a person", ("sum(shopwire_router_waiting_orders)", "orders")),
        graph("Changes and refunds", ("sum(increase(shopwire_router_updates_total[1h]))", "changes sent"),
              ("sum(increase(shopwire_router_refunds_total[1h]))", "refunds sent"),
              ("sum(increase(shopwire_router_refunds_unexported_total[1h]))", "refunds without a target"),
              ("sum(increase(shopwire_router_changed_after_export_total[1h]))", "edited and not sent")),
        graph("Told to the shop", ("sum(increase(shopwire_router_statuses_told_total[1h]))", "statuses"),
              ("sum(increase(shopwire_router_parcels_told_total[1h]))", "parcels"),
              ("sum(increase(shopwire_router_closed_kept_total[1h]))", "not set, the order was closed")),
    )),
    ("Stock ledger", (
        graph("Numbers published", ("sum(rate(shopwire_router_stock_published_total[5m]))", "published"),
              ("sum(rate(shopwire_router_stock_stale_total[5m]))", "stale: the shop knew more orders"), unit="ops"),
        graph("Overdue reservations", ("sum(shopwire_router_overdue_reservations)", "orders")),
        graph("Below zero at the owner", ("sum(increase(shopwire_router_stock_negative_total[1h]))", "numbers")),
    )),
    ("Products and customers", (
        graph("Refused", ("sum(shopwire_router_refused_products)", "products now"),
              ("sum(increase(shopwire_router_customers_refused_total[1h]))", "customers, an hour")),
        graph("Customers", ("sum(increase(shopwire_router_customer_conflicts_total[1h]))", "changed on both sides"),
              ("sum(increase(shopwire_router_customers_doubled_total[1h]))", "doubled"),
              ("sum(increase(shopwire_router_customer_echoes_total[1h]))", "our own, come back")),
        graph("Configuration", ("max(shopwire_router_merchants)", "merchants in force"), ("max(shopwire_router_merchants_refused)", "files refused"),
              ('count(count_values("generation", shopwire_config_generation))', "versions of the files in force")),
    )),
))

KAFKA = ("Shopwire / Kafka", "shopwire-kafka", (SERVICE,), (
    ("Reading", (
        graph("Not read yet", ('service:shopwire_lag_records:sum{service=~"$service"}', "{{service}}")),
        graph("Not read yet, by process", ('shopwire_lag_records{service=~"$service"}', "{{service}} {{instance}}")),
        graph("Partitions moved, an hour", ("sum by (system) (increase(shopwire_rebalances_total[1h]))", "{{system}}"),
              ("sum(increase(shopwire_router_rebalances_total[1h]))", "router")),
    )),
    ("Transactions", (
        graph("Router, 99 %", ("histogram_quantile(0.99, sum by (le) (rate(shopwire_router_transaction_seconds_bucket[5m])))", "99 %"),
              ("histogram_quantile(0.5, sum by (le) (rate(shopwire_router_transaction_seconds_bucket[5m])))", "half"), unit="s"),
        graph("Connectors, 99 %",
              ("histogram_quantile(0.99, sum by (system, le) (rate(shopwire_sink_transaction_duration_seconds_bucket[5m])))", "{{system}}"), unit="s"),
        graph("Failed", ("sum by (system) (increase(shopwire_sink_transactions_failed_total[15m]))", "{{system}}"),
              ("sum(increase(shopwire_router_transactions_aborted_total[15m]))", "router, done again")),
    )),
    ("Brokers", (
        graph("Round trip, 99 %", ('shopwire_kafka_round_trip_seconds{service=~"$service"}', "{{service}} {{instance}}"), unit="s",
              about="Of the slowest broker. A fetch waits up to a tenth of a second for records."),
        graph("Held back", ('shopwire_kafka_throttle_seconds{service=~"$service"}', "{{service}} throttled"),
              ('shopwire_kafka_queue_wait_seconds{service=~"$service"}', "{{service}} in our queue"), unit="s"),
        graph("Requests that failed", ('sum by (service) (increase(shopwire_kafka_requests_failed_total{service=~"$service"}[15m]))', "{{service}}")),
    )),
    ("Processes", (
        graph("Partitions of the router", ("shopwire_router_partitions", "{{instance}}")),
        graph("Starts, an hour", ('sum by (service) (changes(shopwire_start_timestamp_seconds{service=~"$service"}[1h]))', "{{service}}")),
        graph("From start to ready", ("shopwire_start_duration_seconds", "{{system}} {{instance}}"), unit="s"),
    )),
))

DASHBOARDS = (OVERVIEW, CONNECTOR, ROUTER, KAFKA)


def target(index, query, legend, instant):
    return {"datasource": SOURCE, "refId": chr(ord("A") + index), "expr": query, "legendFormat": legend or "__auto",
            **({"instant": True, "range": False, "format": "table"} if instant else {})}


def panel_of(panel, number_of, x, y):
    defaults = {"unit": panel["unit"]}
    if panel.get("bad") is not None:
        defaults["thresholds"] = {"mode": "absolute", "steps": [{"color": "green", "value": None}, {"color": "red", "value": panel["bad"]}]}
    if panel.get("stack"):
        defaults["custom"] = {"stacking": {"mode": "normal"}}
    return {
        "id": number_of, "type": panel["kind"], "title": panel["title"], "description": panel["about"], "datasource": SOURCE,
        "gridPos": {"x": x, "y": y, "w": panel["width"], "h": HEIGHT if panel["kind"] != "stat" else HEIGHT // 2},
        "fieldConfig": {"defaults": defaults, "overrides": []},
        "options": {"reduceOptions": {"calcs": ["lastNotNull"]}} if panel["kind"] == "stat" else {},
        "targets": [target(index, query, legend, panel["kind"] == "table") for index, (query, legend) in enumerate(panel["queries"])],
    }


def variable(name, query):
    return {"name": name, "type": "query", "datasource": SOURCE, "query": {"query": query, "refId": name}, "refresh": 2, "includeAll": True,
            "multi": True, "allValue": ".*", "current": {"text": "All", "value": "$__all"}, "sort": 1}


def dashboard_of(title, uid, variables, rows):
    panels, y, count = [], 0, 0
    for heading, row in rows:
        count += 1
        panels.append({"id": count, "type": "row", "title": heading, "collapsed": False, "panels": [], "gridPos": {"x": 0, "y": y, "w": COLUMNS, "h": 1}})
        y, x, height = y + 1, 0, 0
        for panel in row:
            if x + panel["width"] > COLUMNS:
                x, y = 0, y + height
            count += 1
            panels.append(panel_of(panel, count, x, y))
            height = panels[-1]["gridPos"]["h"]
            x += panel["width"]
        y += height
    source = {"name": "datasource", "type": "datasource", "query": "prometheus"}
    return {"title": title, "uid": uid, "tags": ["shopwire"], "schemaVersion": SCHEMA, "editable": True, "refresh": "30s", "timezone": "browser", "annotations": {"list": []},
            "time": {"from": "now-6h", "to": "now"}, "templating": {"list": [source] + [variable(*one) for one in variables]}, "panels": panels}


def files():
    return {FOLDER / f"{one[1].removeprefix('shopwire-')}.json": json.dumps(dashboard_of(*one), indent=1) + "\n" for one in DASHBOARDS}


def main():
    stale = 0
    for file, text in files().items():
        if "--write" in sys.argv[1:]:
            file.write_text(text)
        elif not file.exists() or file.read_text() != text:
            print(f"{file.name} is stale: run deploy/grafana/dashboards.py --write")
            stale += 1
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())

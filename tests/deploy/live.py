#!/usr/bin/env python3
"""A Prometheus scrapes the running product: a Kafka, a shop, an ERP and three services, with 24 orders.

  live.py --binaries build/dev/bin --prometheus FILE [--folder build/live]

Every target is up, every rule is healthy, no alert fires, every query of the dashboards gives something, and what is shown is what METRICS.md
says.  Then a service is killed, and Prometheus notices.  Needs PyYAML.
"""

import argparse
import json
import re
import shutil
import subprocess
import sys
import urllib.parse
import urllib.request
from pathlib import Path

import alerts
import metrics

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/e2e"))
import scenario  # noqa: E402
import stack as stacks  # noqa: E402

WAIT_S = 60
# Queries that have nothing to show in a product that is well, and why.
MAY_BE_EMPTY = {"Reading under way, part done": "no reading knows how many rows it will have"}


class Prometheus:
    """One server with its own folder; the rules are those that ship."""

    def __init__(self, program, folder, targets):
        self.folder, self.port = folder, stacks.free_port()
        folder.mkdir(parents=True)
        config = {"global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
                  "rule_files": [str(file) for file in sorted((alerts.HOME / "rules").glob("*.yaml"))],
                  "scrape_configs": [{"job_name": name, "static_configs": [{"targets": [address]}]} for name, address in targets.items()]}
        (folder / "prometheus.yml").write_text(json.dumps(config))  # YAML, too
        self.command = [program, f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data",
                        f"--web.listen-address=127.0.0.1:{self.port}", "--log.level=warn"]
        self.process = None

    def __enter__(self):
        with open(self.folder / "prometheus.log", "wb") as log:
            self.process = subprocess.Popen(self.command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        return self

    def __exit__(self, *ignored):
        self.process.terminate()
        self.process.wait(20)

    def ask(self, path, **parameters):
        url = f"http://127.0.0.1:{self.port}/api/v1/{path}?{urllib.parse.urlencode(parameters)}"
        with urllib.request.urlopen(url, timeout=20) as answer:
            return json.loads(answer.read())["data"]

    def query(self, expression):
        return self.ask("query", query=expression)["result"]


def targets_up(prometheus, count):
    try:
        found = prometheus.ask("targets")["activeTargets"]
    except OSError:
        return False
    return len(found) == count and all(target["health"] == "up" for target in found)


def rule_faults(prometheus):
    for group in prometheus.ask("rules")["groups"]:
        for rule in group["rules"]:
            if rule["health"] != "ok":
                yield f"rule {rule['name']}: {rule['health']} {rule.get('lastError', '')}"
            if rule.get("state") == "firing":
                yield f"alert {rule['name']} fires in a product that is well"


def dashboard_faults(prometheus):
    """Each query with every variable at "All"."""
    for file in sorted((ROOT / "deploy/grafana/dashboards").glob("*.json")):
        for panel in json.loads(file.read_text())["panels"]:
            for target in panel.get("targets", ()):
                expression = re.sub(r"\$(system|connection|service)\b", ".*", target["expr"])
                if not prometheus.query(expression) and panel["title"] not in MAY_BE_EMPTY:
                    yield f"{file.name}, {panel['title']}: nothing comes of {expression}"


def shown_faults(addresses):
    """What a real /metrics shows is in METRICS.md, with these labels."""
    known = metrics.names()
    for service, address in addresses.items():
        with urllib.request.urlopen(f"http://{address}/metrics", timeout=20) as answer:
            found, faults = metrics.parse(f"## {service}\n{answer.read().decode()}")
        yield from faults
        for name, metric in found.items():
            if name not in known:
                yield f"{service} shows {name}, which is not in METRICS.md"
            elif not set(metric.labels) <= known[name][1]:
                yield f"{service}: {name} has labels {sorted(metric.labels)}, METRICS.md says {sorted(known[name][1])}"


def check(product, program, folder):
    addresses = {name: product.admin(name).removeprefix("http://") for name in product.services}
    faults = []
    with Prometheus(program, folder / "prometheus", addresses) as prometheus:
        stacks.wait_until("Prometheus to see its targets", lambda: targets_up(prometheus, len(addresses)), WAIT_S)
        orders = scenario.place_orders(product)
        stacks.wait_until("documents", lambda: len(scenario.documents_of(product)) >= len(orders), WAIT_S)
        # A rate needs two scrapes of every target after the last change, and a recording one more.
        seen = len(prometheus.query("up[5m]")[0]["values"])
        stacks.wait_until("five scrapes more", lambda: prometheus.query(f"min(count_over_time(up[5m])) >= {seen + 5}"), WAIT_S)
        stacks.wait_until("commands in Prometheus", lambda: prometheus.query('sum(connection:shopwire_commands:rate5m{outcome="applied"}) > 0'), WAIT_S)
        stacks.wait_until("what Kafka takes for an answer", lambda: len(prometheus.query("shopwire_kafka_round_trip_seconds > 0")) == len(addresses), WAIT_S)
        faults += [*rule_faults(prometheus), *dashboard_faults(prometheus), *shown_faults(addresses)]
        product.services["sors"].kill()
        stacks.wait_until("Prometheus to miss a service", lambda: prometheus.query('up{job="sors"} == 0'), WAIT_S)
        series = int(prometheus.query('count({__name__=~"shopwire_.*"})')[0]["value"][1])
        rules = sum(len(group["rules"]) for group in prometheus.ask("rules")["groups"])
    return faults, f"{len(addresses)} targets up, {rules} rules healthy, {series} series, {len(orders)} orders"


def main():
    options = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    options.add_argument("--binaries", required=True)
    options.add_argument("--prometheus", required=True)
    options.add_argument("--folder", default="build/live")
    options = options.parse_args()
    folder = Path(options.folder).resolve()
    shutil.rmtree(folder, ignore_errors=True)
    try:
        with stacks.Stack(folder, options.binaries) as product:
            faults, what = check(product, options.prometheus, folder)
    except stacks.StackError as error:
        faults, what = [str(error)], "the product did not run"
    for fault in faults:
        print(fault)
    print(f"{what}, {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())

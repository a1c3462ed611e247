#!/usr/bin/env python3
"""Checks the dashboards of Grafana: made by their source, and each query names what exists.  Needs PyYAML (for the rules).

  dashboards.py [--models FOLDER]      with the models of deploy/local/install.sh --for deploy: also compares them with Grafana's own types
"""

import argparse
import json
import re
import sys
from pathlib import Path

import alerts
import metrics
import typescript

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "deploy/grafana"
ADDED = {"instance", "pod", "job"}  # by Prometheus, when it scrapes


def kept(query):
    """Labels that a query's series have, when that can be told: those of its outermost aggregation."""
    found = re.match(r"(?:histogram_quantile\([^,]*, )?(?:sum|max|min|count)(?: by \(([^)]*)\))?\s*\(", query)
    return None if found is None else set(re.findall(r"\w+", found[1] or "")) - {"le"}


def check_query(query, legend, known, recorded):
    yield from alerts.unknown_names(query, known, recorded)
    labels = set(re.findall(r"\{\{(\w+)\}\}", legend))
    for label in labels - set(metrics.LABELS) - ADDED:
        yield f"the legend names {label}, which no metric has"
    there = kept(query)
    if there is not None:
        for label in labels - there:
            yield f"the legend names {label}, which the query drops"


def check(dashboards, known, recorded):
    """dashboards: name: parsed JSON"""
    uids = [one["uid"] for one in dashboards.values()]
    faults = [f"uid {uid} stands twice" for uid in sorted(set(uids)) if uids.count(uid) > 1]
    queries = 0
    for name, dashboard in dashboards.items():
        variables = {one["name"] for one in dashboard["templating"]["list"]}
        for one in dashboard["templating"]["list"]:
            if one["type"] == "query":
                words = re.fullmatch(r"label_values\((.+), (\w+)\)", one["query"]["query"])
                faults += [f"{name}, ${one['name']}: {fault}" for fault in alerts.unknown_names(f"sum by ({words[2]}) ({words[1]})", known, recorded)]
        for panel in dashboard["panels"]:
            for target in panel.get("targets", ()):
                queries += 1
                found = list(check_query(target["expr"], target["legendFormat"], known, recorded))
                found += [f"there is no variable ${word}" for word in set(re.findall(r"\$(\w+)", target["expr"])) - variables]
                faults += [f"{name}, {panel['title']}: {fault}" for fault in found]
    return faults, queries


def main():
    options = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    options.add_argument("--models")
    options = options.parse_args()
    sys.path.insert(0, str(SOURCE))
    import dashboards as source  # pylint: disable=import-outside-toplevel
    files = source.files()
    faults = [f"{file.relative_to(ROOT)} is stale: run deploy/grafana/dashboards.py --write"
              for file, text in files.items() if not file.exists() or file.read_text() != text]
    faults += [f"{file.relative_to(ROOT)} comes from nowhere" for file in sorted(source.FOLDER.glob("*.json")) if file not in files]
    recorded = {rule["record"] for rule in alerts.rules_of(alerts.HOME) if "record" in rule}
    parsed = {file.name: json.loads(text) for file, text in files.items()}
    found, queries = check(parsed, metrics.names(), recorded)
    if options.models:
        values = {name: ("./dashboards.d.ts", "Dashboard", value) for name, value in parsed.items()}
        found += typescript.faults(options.models, values, [Path(__file__).with_suffix(".d.ts")])
    for fault in faults + found:
        print(fault)
    print(f"{len(files)} dashboards, {queries} queries, {len(faults + found)} faults")
    return 1 if faults or found else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""deploy/prometheus/METRICS.md: made from what the programs declare, and checked.

  metrics.py --program build/dev/bin/metrics_list            fails when the file is stale or a metric breaks a rule
  metrics.py --program build/dev/bin/metrics_list --write    writes it
  metrics.py ... --promtool FILE                             also lets promtool read what each service shows

`names()` gives the names of that file to the checks of alerts and dashboards.  Standard library only.
"""

import argparse
import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "deploy/prometheus/METRICS.md"
EXAMPLES = ROOT / "deploy/examples"

# The closed set of labels.  A value that a configuration or a person chooses is bounded by the configuration.
LABELS = {
    "action": "kind of command",
    "connection": "MERCHANT/NAME of the configuration",
    "kind": "what came to the webhook port",
    "operation": "of the system's API; more than 64 share `other`",
    "outcome": "what came of a command",
    "reason": "why",
    "result": "what came of it",
    "service": "`router`, or the system",
    "stage": "where a record failed",
    "status_class": "of the answer; `none`: there was none",
    "stream": "of the connection",
    "system": "the connector; `router` for the router's own",
    "version": "of the program",
}
SHOWN = ("action", "kind", "outcome", "reason", "result", "stage", "status_class", "stream")  # whose values are listed

UNITS = {"timestamp_seconds": "Unix time, seconds", "per_second": "{} a second", "seconds": "seconds", "bytes": "bytes", "ratio": "0 to 1",
         "info": "always 1", "generation": "equal or not"}
NOT_BASE = re.compile(r"_(ms|milliseconds|millis|micros|nanos|minutes|hours|days|kb|mb|kilobytes|megabytes|percent)(_|$)")
HELP_MAX = 130


@dataclass
class Metric:
    name: str
    type: str = ""
    help: str = ""
    services: list = field(default_factory=list)
    labels: dict = field(default_factory=dict)  # name: set of values

    def unit(self):
        """From the name, else from the words of the help: a flag says what 1 means, a count begins with what is counted."""
        stem = self.name.removesuffix("_total")
        for suffix, unit in UNITS.items():
            if stem.endswith("_" + suffix):
                return unit.format(stem.removesuffix("_per_second").rsplit("_", 1)[-1])
        if self.help.startswith("1: "):
            return "1 or 0"
        counted = re.match(r"((?:[A-Z][a-z]+ )?[A-Za-z]+s)\b", self.help)
        if not counted or not counted[1][0].isupper():
            return ""
        return counted[1] if counted[1][1].isupper() else counted[1][0].lower() + counted[1][1:]

    def faults(self):
        found = []
        if not re.fullmatch(r"shopwire_[a-z][a-z0-9]*(_[a-z0-9]+)*", self.name):
            found.append("a name is shopwire_<area>_<what>_<unit>, small letters")
        if NOT_BASE.search(self.name):
            found.append("units are seconds, bytes, ratio")
        if (self.type == "counter") != self.name.endswith("_total"):
            found.append("a counter ends with _total, and nothing else does")
        if self.type == "histogram" and not self.name.endswith(("_seconds", "_bytes")):
            found.append("a histogram ends with _seconds or _bytes")
        if not self.help or len(self.help) > HELP_MAX or "|" in self.help:
            found.append(f"expected a help of 1 to {HELP_MAX} characters without |")
        elif not self.unit():
            found.append(f'no unit: end the name with one, or begin the help with what is counted ("Records that ...") or "1: ...": {self.help!r}')
        for label, values in self.labels.items():
            if label not in LABELS:
                found.append(f"label {label} is not in the closed set")
            if label in self.name.split("_") and label not in ("connection", "stream", "action"):
                found.append(f"the name repeats its label {label}")
            if label == "connection" and any(value.count("/") != 1 for value in values):
                found.append("a connection is MERCHANT/NAME")
        return [f"{self.name}: {fault}" for fault in found]


def parse(text):
    """Metrics by name, out of the text of metrics_list; and what differs between services."""
    metrics, faults, service, current = {}, [], "", None
    for line in text.splitlines():
        if line.startswith("## "):
            service = line[3:]
        elif line.startswith("# HELP "):
            _, _, name, words = (line + " ").split(" ", 3)
            current = metrics.setdefault(name, Metric(name))
            words = words.strip().rstrip(".")
            if current.services and current.help != words:
                faults.append(f"{name}: its help differs: {current.help!r}, {words!r}")
            current.help = words
            current.services.append(service)
        elif line.startswith("# TYPE "):
            kind = line.split()[3]
            if current.type not in ("", kind):
                faults.append(f"{current.name}: its type differs: {current.type}, {kind}")
            current.type = kind
        elif line:
            for label, value in re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', line):
                if label != "le":
                    current.labels.setdefault(label, set()).add(value)
    return metrics, faults


def undeclared(metrics, root=ROOT):
    """Names that the code gives to a registry and that metrics_list did not show: its list would have a hole."""
    call = re.compile(r'\b(?:counter|gauge|histogram)\(\s*"([^"]+)"')
    found = []
    for folder in ("common", "services"):
        for file in sorted((root / folder).rglob("*.cpp")):
            found += [f"{name}: declared in {file.relative_to(root)}, and metrics_list does not show it"
                      for name in call.findall(file.read_text()) if name not in metrics]
    return found


def section_of(metric, services):
    if set(metric.services) >= services:
        return "Every service"
    if metric.services == ["router"]:
        return "Router"
    return metric.services[0] if len(metric.services) == 1 else "Connectors"


def render(metrics):
    services = {service for metric in metrics.values() for service in metric.services}
    sections = {}
    for metric in sorted(metrics.values(), key=lambda m: m.name):
        sections.setdefault(section_of(metric, services), []).append(metric)
    order = ["Every service", "Connectors", "Router"]
    lines = ["# Metrics", "",
             "What each service shows at `/metrics` of its admin port. Made by `tests/deploy/metrics.py --write` from what the programs",
             "declare; a test fails when it is stale. Every metric is there from the start, with 0, but those of an operation, which come",
             "with its first request. A histogram has `_bucket`, `_sum` and `_count`.", ""]
    for title in order + sorted(set(sections) - set(order)):
        lines += [f"## {title}", "", "| metric | type | unit | labels | what it tells |", "|---|---|---|---|---|"]
        for metric in sections.get(title, []):
            labels = " ".join(f"`{label}`" for label in sorted(metric.labels))
            lines.append(f"| `{metric.name}` | {metric.type} | {metric.unit()} | {labels} | {metric.help} |")
        lines.append("")
    lines += ["## Labels", "", "| label | what it is | values |", "|---|---|---|"]
    for label, what in LABELS.items():
        values = sorted({value for metric in metrics.values() for value in metric.labels.get(label, ())}) if label in SHOWN else []
        lines.append(f"| `{label}` | {what} | {' '.join(f'`{value}`' for value in values)} |")
    return "\n".join(lines) + "\n"


def names(file=FILE):
    """name: (type, labels) of METRICS.md."""
    found = re.findall(r"^\| `(shopwire_\w+)` \| (\w+) \| [^|]* \| ([^|]*) \|", file.read_text(), re.MULTILINE)
    return {name: (kind, set(re.findall(r"\w+", labels))) for name, kind, labels in found}


def listed(program):
    text = "".join(file.read_text() for file in sorted(EXAMPLES.rglob("*.yaml")))
    secrets = {name: "a-secret-of-the-list-of-metrics-0123456789" for name in re.findall(r"\$\{env:(\w+)\}", text)}
    done = subprocess.run([program, str(EXAMPLES)], capture_output=True, text=True, env={**os.environ, **secrets}, timeout=50, check=False)
    if done.returncode != 0:
        sys.exit(f"metrics.py: {program} ended with {done.returncode}:\n{done.stderr}")
    return done.stdout


def lint(promtool, text):
    """What promtool has to say of each service's text."""
    for part in text.split("## ")[1:]:
        service, _, shown = part.partition("\n")
        done = subprocess.run([promtool, "check", "metrics"], input=shown, capture_output=True, text=True, timeout=20, check=False)
        if done.returncode != 0:
            yield from (f"{service}: {line}" for line in (done.stdout + done.stderr).splitlines())


def main():
    options = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    options.add_argument("--program", required=True, help="metrics_list")
    options.add_argument("--write", action="store_true", help="write the file instead of comparing it")
    options.add_argument("--promtool", help="also ask this program")
    options = options.parse_args()
    shown = listed(options.program)
    metrics, faults = parse(shown)
    if options.promtool:
        faults += lint(options.promtool, shown)
    for metric in metrics.values():
        faults += metric.faults()
    faults += undeclared(metrics)
    text = render(metrics)
    if options.write:
        FILE.write_text(text)
    elif not FILE.exists() or FILE.read_text() != text:
        faults.append(f"{FILE.relative_to(ROOT)} is stale: run tests/deploy/metrics.py --program {options.program} --write")
    for fault in faults:
        print(fault)
    print(f"{len(metrics)} metrics, {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())

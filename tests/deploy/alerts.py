#!/usr/bin/env python3
"""Checks the rules of Prometheus: names, runbook, tests.  Needs PyYAML.

  alerts.py [--promtool FILE] [--shopwire FILE]

Without promtool the rules are read, not evaluated; without shopwire the options in the runbook are not compared with its own.
"""

import argparse
import re
import subprocess
import sys
from pathlib import Path

import yaml

import metrics

ROOT = Path(__file__).resolve().parents[2]
HOME = ROOT / "deploy/prometheus"
PAGES_MAX = 8
SEVERITIES = {"page", "ticket"}
PARTS = ("**Means.**", "**Look.**", "**Do.**")


def rules_of(home):
    """The rules of all files, in their order."""
    found = []
    for file in sorted((home / "rules").glob("*.yaml")):
        for group in yaml.safe_load(file.read_text())["groups"]:
            found += group["rules"]
    return found


def runbook_of(home):
    """heading: text"""
    parts = re.split(r"^## (.+)$", (home / "RUNBOOK.md").read_text(), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2]))


def tested(home):
    """(alerts with a case that fires, alerts with one that does not)"""
    fires, quiet = set(), set()
    for file in sorted((home / "tests").glob("*.yaml")):
        for test in yaml.safe_load(file.read_text())["tests"]:
            for case in test["alert_rule_test"]:
                (fires if case["exp_alerts"] else quiet).add(case["alertname"])
                if case["alertname"] not in test["name"]:
                    raise SystemExit(f"{file.name}: a test is not named after its alert: {test['name']}")
    return fires, quiet


def unknown_names(expression, known, recorded):
    """Names in an expression that are neither a metric nor recorded; and labels that no metric has."""
    bare = re.sub(r'"(?:[^"\\]|\\.)*"', '""', expression)
    for name in re.findall(r"[a-z_]+(?::[a-z0-9_]+)+", bare):
        if name not in recorded:
            yield f"{name} is not recorded"
    for name in set(re.findall(r"(?<![\w:])shopwire_\w+", bare)):
        base = re.sub(r"_(bucket|sum|count)$", "", name)
        if name not in known and known.get(base, ("", set()))[0] != "histogram":
            yield f"{name} is not in METRICS.md"
    words = re.findall(r"\b(?:by|on|without|ignoring|group_left)\s*\(([^)]*)\)", bare) + re.findall(r"\{([^}]*)\}", bare)
    for label in re.findall(r"\b([a-z_]+)\b", " ".join(words).replace('""', "")):
        if label not in metrics.LABELS and label != "le":
            yield f"no metric has the label {label}"


def check_recording(rule):
    if not re.fullmatch(r"[a-z]+:shopwire_\w+:[a-z0-9_]+", rule["record"]):
        yield f"{rule['record']}: expected level:metric:operation"


def check_alert(rule, home, fires, quiet):
    name = rule["alert"]
    annotations = rule.get("annotations", {})
    if not re.fullmatch(r"Shopwire[A-Z][A-Za-z]+", name):
        yield f"{name}: expected a name like ShopwireThing"
    if rule.get("labels", {}).get("severity") not in SEVERITIES:
        yield f"{name}: expected severity page or ticket"
    if not annotations.get("summary"):
        yield f"{name}: no summary"
    if annotations.get("runbook_url") != f"RUNBOOK.md#{name.lower()}":
        yield f"{name}: expected runbook_url RUNBOOK.md#{name.lower()}"
    entry = runbook_of(home).get(name)
    if entry is None:
        yield f"{name}: RUNBOOK.md has no entry"
    elif not all(part in entry for part in PARTS) or "```" not in entry:
        yield f"{name}: its entry in RUNBOOK.md lacks one of {', '.join(PARTS)}, or commands"
    elif f"*{rule['labels']['severity']}*" not in entry:
        yield f"{name}: its entry in RUNBOOK.md names another severity"
    if name not in fires:
        yield f"{name}: no test in which it fires"
    if name not in quiet:
        yield f"{name}: no test in which it keeps quiet"


def check_runbook(home, alerts, root):
    code = "".join(file.read_text() for folder in ("common", "services") for file in sorted((root / folder).rglob("*.cpp")))
    for heading, entry in runbook_of(home).items():
        if heading not in alerts:
            yield f"RUNBOOK.md: no alert is called {heading}"
        for words in re.findall(r"grep '([^']+)'", entry):
            for word in words.split("\\|"):
                if word not in code:
                    yield f"RUNBOOK.md, {heading}: no program logs {word!r}"


def check_commands(home, program):
    """Every option in the runbook's commands is one that the command has."""
    text = (home / "RUNBOOK.md").read_text()
    helps = {}
    for words, rest in sorted(set(re.findall(r"(?<!-n )\bshopwire ((?:parked |deadletters |topics |trace )?[a-z]+)((?: [^`\n|]*)?)", text))):
        if words not in helps:
            # A command below another takes the options of both.
            parts = words.split()
            shown = [subprocess.run([program, *parts[:depth], "--help"], capture_output=True, text=True, timeout=20, check=False)
                     for depth in range(1, len(parts) + 1)]
            helps[words] = "".join(one.stdout for one in shown if one.returncode == 0)
            if shown[-1].returncode != 0:
                yield f"RUNBOOK.md: there is no command shopwire {words}"
        for option in re.findall(r"--[a-z-]+", rest):
            if not re.search(re.escape(option) + r"\b", helps[words]):
                yield f"RUNBOOK.md: shopwire {words} has no option {option}"


def check(home=HOME, known=None, root=ROOT):
    known = metrics.names() if known is None else known
    rules = rules_of(home)
    recorded = {rule["record"] for rule in rules if "record" in rule}
    alerts = [rule for rule in rules if "alert" in rule]
    names = [rule["alert"] for rule in alerts]
    fires, quiet = tested(home)
    faults = []
    for rule in rules:
        name = rule.get("alert") or rule["record"]
        faults += [f"{name}: {fault}" for fault in unknown_names(rule["expr"], known, recorded)]
        faults += check_alert(rule, home, fires, quiet) if "alert" in rule else check_recording(rule)
    faults += [f"{name}: stands twice" for name in sorted(set(names)) if names.count(name) > 1]
    faults += [f"{name}: tested, and no alert" for name in sorted((fires | quiet) - set(names))]
    pages = [rule["alert"] for rule in alerts if rule.get("labels", {}).get("severity") == "page"]
    if len(pages) > PAGES_MAX:
        faults.append(f"{len(pages)} alerts page, at most {PAGES_MAX} may: {', '.join(pages)}")
    faults += check_runbook(home, set(names), root)
    return faults, f"{len(alerts)} alerts ({len(pages)} page), {len(recorded)} recording rules"


def evaluate(promtool, home=HOME):
    """Runs the rules' own tests; returns what promtool says when it is not content."""
    for words in (["check", "rules", *sorted((home / "rules").glob("*.yaml"))], ["test", "rules", *sorted((home / "tests").glob("*.yaml"))]):
        done = subprocess.run([promtool, *words], capture_output=True, text=True, timeout=600, check=False)
        if done.returncode != 0:
            return [f"promtool {words[0]} rules:\n{done.stdout}{done.stderr}"]
    return []


def main():
    options = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    options.add_argument("--promtool", help="also evaluate them with this program")
    options.add_argument("--shopwire", help="also compare the runbook's commands with this program")
    options = options.parse_args()
    faults, what = check()
    if options.shopwire:
        faults += check_commands(HOME, options.shopwire)
    if options.promtool:
        faults += evaluate(options.promtool)
    for fault in faults:
        print(fault)
    print(f"{what}, {'evaluated' if options.promtool else 'read'}, {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())

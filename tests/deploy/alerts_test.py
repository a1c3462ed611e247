#!/usr/bin/env python3
"""Each rule of alerts.py finds what it is there for."""

import tempfile
import unittest
from pathlib import Path

import yaml

import alerts

KNOWN = {"shopwire_things_total": ("counter", {"system"}), "shopwire_wait_seconds": ("histogram", {"system"})}
ENTRY = "*ticket*\n\n**Means.** x\n\n**Look.**\n\n```\nls\n```\n\n**Do.** x\n"


def alert(name="ShopwireThings", expr="rate(shopwire_things_total[5m]) > 0", severity="ticket", url=None):
    return {"alert": name, "expr": expr, "labels": {"severity": severity},
            "annotations": {"summary": "x", "runbook_url": url or f"RUNBOOK.md#{name.lower()}"}}


class Rules(unittest.TestCase):
    def faults(self, rules, runbook=None, fires=True, quiet=True):
        with tempfile.TemporaryDirectory() as folder:
            home = Path(folder)
            for part in ("rules", "tests", "common", "services"):
                (home / part).mkdir()
            (home / "common/acme.cpp").write_text('log::warning("it stalled");')
            (home / "rules/a.yaml").write_text(yaml.dump({"groups": [{"name": "a", "rules": rules}]}))
            names = [rule["alert"] for rule in rules if "alert" in rule]
            text = runbook if runbook is not None else "".join(f"## {name}\n\n{ENTRY}" for name in names)
            (home / "RUNBOOK.md").write_text(text)
            cases = [{"alertname": name, "exp_alerts": [{}] if expected else []}
                     for name in names for expected, wanted in ((True, fires), (False, quiet)) if wanted]
            tests = [{"name": case["alertname"], "alert_rule_test": [case]} for case in cases]
            (home / "tests/a.yaml").write_text(yaml.dump({"tests": tests}))
            return alerts.check(home, KNOWN, home)[0]

    def finds(self, words, *arguments, **options):
        found = self.faults(*arguments, **options)
        self.assertTrue(any(words in fault for fault in found), found)

    def test_a_good_one_passes(self):
        recorded = {"record": "system:shopwire_wait_seconds:p99_5m",
                    "expr": "histogram_quantile(0.99, sum by (system, le) (rate(shopwire_wait_seconds_bucket[5m])))"}
        self.assertEqual(self.faults([recorded, alert(expr='system:shopwire_wait_seconds:p99_5m{system="x"} > 5')]), [])

    def test_names_in_expressions(self):
        self.finds("not in METRICS.md", [alert(expr="shopwire_other_total > 0")])
        self.finds("not in METRICS.md", [alert(expr="shopwire_things_total_bucket > 0")])
        self.finds("is not recorded", [alert(expr="system:shopwire_wait_seconds:p50 > 0")])
        self.finds("no metric has the label shop", [alert(expr='sum by (shop) (shopwire_things_total) > 0')])
        self.finds("no metric has the label sku", [alert(expr='shopwire_things_total{sku="A"} > 0')])
        self.finds("level:metric:operation", [{"record": "things", "expr": "shopwire_things_total"}])

    def test_alerts(self):
        self.finds("expected a name", [alert(name="Things")])
        self.finds("expected severity", [alert(severity="loud")])
        self.finds("expected runbook_url", [alert(url="RUNBOOK.md#others")])
        self.finds("stands twice", [alert(), alert()])
        self.finds("alerts page", [alert(name="ShopwireA" + "a" * i, severity="page") for i in range(9)])

    def test_tests(self):
        self.finds("no test in which it fires", [alert()], fires=False)
        self.finds("no test in which it keeps quiet", [alert()], quiet=False)

    def test_runbook(self):
        self.finds("RUNBOOK.md has no entry", [alert()], runbook="")
        self.finds("lacks one of", [alert()], runbook="## ShopwireThings\n\n*ticket* x\n")
        self.finds("another severity", [alert(severity="page")])
        self.finds("no alert is called", [alert()], runbook=f"## ShopwireThings\n\n{ENTRY}## ShopwireGone\n\n{ENTRY}")
        self.finds("no program logs 'it fell'", [alert()], runbook=f"## ShopwireThings\n\n{ENTRY}\ngrep 'it stalled\\|it fell'\n")


if __name__ == "__main__":
    unittest.main()

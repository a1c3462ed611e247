#!/usr/bin/env python3
"""Each rule of dashboards.py finds what it is there for."""

import unittest

import dashboards

KNOWN = {"shopwire_things_total": ("counter", {"system"}), "shopwire_wait_seconds": ("histogram", {"system"})}


class Rules(unittest.TestCase):
    def faults(self, query, legend="", variables=()):
        found = [{"name": name, "type": "query", "query": {"query": words}} for name, words in variables]
        panel = {"title": "x", "targets": [{"expr": query, "legendFormat": legend}]}
        return dashboards.check({"a": {"uid": "a", "templating": {"list": found}, "panels": [panel]}}, KNOWN, {"system:shopwire_x:sum"})[0]

    def test_a_good_one_passes(self):
        self.assertEqual(self.faults('sum by (system) (rate(shopwire_things_total{system=~"$system"}[5m]))', "{{system}}",
                                     [("system", "label_values(shopwire_things_total, system)")]), [])
        self.assertEqual(self.faults("system:shopwire_x:sum", "{{system}} {{instance}}"), [])

    def test_faults(self):
        for words, arguments in (("not in METRICS.md", ("shopwire_other",)), ("is not recorded", ("system:shopwire_y:sum",)),
                                 ("which no metric has", ("shopwire_things_total", "{{shop}}")),
                                 ("which the query drops", ("sum by (system) (shopwire_things_total)", "{{stream}}")),
                                 ("which the query drops", ("sum(shopwire_things_total)", "{{system}}")),
                                 ("there is no variable", ('shopwire_things_total{system="$shop"}',)),
                                 ("$x: shopwire_other", ("shopwire_things_total", "", [("x", "label_values(shopwire_other, system)")]))):
            found = self.faults(*arguments)
            self.assertTrue(any(words in fault for fault in found), (words, found))

    def test_uids(self):
        one = {"uid": "a", "templating": {"list": []}, "panels": []}
        self.assertEqual(dashboards.check({"a": one, "b": one}, KNOWN, set())[0], ["uid a stands twice"])


if __name__ == "__main__":
    unittest.main()

#!/usr/bin/env python3
"""Each rule of metrics.py finds what it is there for."""

import tempfile
import unittest
from pathlib import Path

import metrics


def text(name, kind="counter", words="Things that came", series="{}"):
    return f"# HELP {name} {words}\n# TYPE {name} {kind}\n{name}{series} 0\n"


def faults(*texts):
    found, problems = metrics.parse("## router\n" + "".join(texts))
    for metric in found.values():
        problems += metric.faults()
    return problems


class Rules(unittest.TestCase):
    def finds(self, words, *texts):
        self.assertTrue(any(words in fault for fault in faults(*texts)), faults(*texts))

    def test_good_ones_pass(self):
        self.assertEqual(faults(text("shopwire_things_total"), text("shopwire_wait_seconds", "histogram", "How long it took"),
                                text("shopwire_thing_up", "gauge", "1: it runs"), text("shopwire_stock_sent_total", words="Stock numbers sent."),
                                text("shopwire_seen_timestamp_seconds", "gauge", "When it was seen")), [])

    def test_names(self):
        self.finds("shopwire_<area>", text("things_total"))
        self.finds("ends with _total", text("shopwire_things"))
        self.finds("ends with _total", text("shopwire_things_total", "gauge"))
        self.finds("units are", text("shopwire_wait_ms", "gauge"))
        self.finds("a histogram ends", text("shopwire_wait", "histogram"))
        self.finds("repeats its label", text("shopwire_things_by_stage_total", series='{stage="x"}'))

    def test_help_and_unit(self):
        self.finds("expected a help", text("shopwire_things_total", words=""))
        self.finds("expected a help", text("shopwire_things_total", words="Things " + "x" * 130))
        self.finds("no unit", text("shopwire_things_total", words="It came"))
        self.finds("no unit", text("shopwire_parked", "gauge", "what waits"))

    def test_labels(self):
        self.finds("closed set", text("shopwire_things_total", series='{sku="A-1"}'))
        self.finds("MERCHANT/NAME", text("shopwire_things_total", series='{connection="shop"}'))

    def test_one_name_is_one_metric(self):
        self.finds("its help differs", text("shopwire_things_total"), "## sors\n", text("shopwire_things_total", words="Others"))
        self.finds("its type differs", text("shopwire_things_total"), "## sors\n", text("shopwire_things_total", "gauge"))

    def test_what_the_list_does_not_show(self):
        with tempfile.TemporaryDirectory() as folder:
            room = Path(folder) / "common" / "acme"
            room.mkdir(parents=True)
            (room / "acme.cpp").write_text('registry.counter(\n    "shopwire_hidden_total", "Things")')
            self.assertEqual(len(metrics.undeclared({}, Path(folder))), 1)
            self.assertEqual(metrics.undeclared({"shopwire_hidden_total": None}, Path(folder)), [])

    def test_names_of_the_file(self):
        found, _ = metrics.parse("## router\n" + text("shopwire_things_total", series='{stage="x",system="y"}'))
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "METRICS.md"
            file.write_text(metrics.render(found))
            self.assertEqual(metrics.names(file), {"shopwire_things_total": ("counter", {"stage", "system"})})


if __name__ == "__main__":
    unittest.main()

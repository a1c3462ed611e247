"""What counts as a failure when tests/run.sh adds up: everything that did not visibly pass."""

import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import report  # noqa: E402

PASSED = '<testsuite><testcase name="A" status="run"/></testsuite>'
FAILED = '<testsuite><testcase name="A" status="run"/><testcase name="B" status="fail"/></testsuite>'


class ReportTest(unittest.TestCase):
    def summed(self, files):
        with tempfile.TemporaryDirectory() as folder:
            for name, text in files.items():
                (Path(folder) / name).write_text(text)
            return report.summed(Path(folder))

    def test_all_passed(self):
        got = self.summed({"dev.xml": PASSED, "format.status": "0\n", "e2e.count": "a: passed in 1 s\n3 passed, 0 failed\n"})
        self.assertEqual((5, []), (got.passed, got.failures))

    def test_a_failed_test_is_counted_once(self):
        got = self.summed({"dev.xml": FAILED, "dev.xml.status": "8"})
        self.assertEqual((1, ["dev: B"]), (got.passed, got.failures))

    def test_a_ctest_that_ended_badly_fails_though_its_results_are_good(self):
        self.assertEqual(["dev: ctest ended with 124"], self.summed({"dev.xml": PASSED, "dev.xml.status": "124"}).failures)

    def test_a_ctest_without_results_fails(self):
        for files in ({"dev.xml.status": "137"}, {"dev.xml": "", "dev.xml.status": "137"}, {"dev.xml": PASSED[:30]}):
            failures = self.summed(files).failures
            self.assertEqual(1, len(failures))
            self.assertTrue(failures[0].startswith("dev: no results: "), failures)

    def test_a_script_that_counts_names_what_failed(self):
        self.assertEqual(["e2e: b: why"], self.summed({"e2e.count": "b: FAILED after 2 s\n  why\n1 passed, 1 failed"}).failures)
        self.assertEqual(["e2e: b"], self.summed({"e2e.count": "b: FAILED after 2 s\n1 passed, 1 failed"}).failures)
        self.assertEqual(["e2e", "e2e"], self.summed({"e2e.count": "1 passed, 2 failed"}).failures)
        self.assertEqual(["e2e"], self.summed({"e2e.count": "1 passed, 0 failed", "e2e.count.status": "1"}).failures)
        self.assertEqual(["e2e"], self.summed({"e2e.count": "Traceback"}).failures)

    def test_a_stage_that_failed(self):
        self.assertEqual(["build-asan"], self.summed({"build-asan.status": "1"}).failures)


if __name__ == "__main__":
    unittest.main()

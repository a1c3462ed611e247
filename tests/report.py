"""Adds up what tests/run.sh left in a folder and prints the one line that counts: "N passed, N failed".

ctest's results are *.xml; a stage that counts as one test is NAME.status with its exit code; a script that counts for itself is NAME.count, whose
last line is "N passed, N failed", with NAME.count.status beside it if it did not end with 0.
"""

import re
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path


class Report:
    def __init__(self):
        self.passed = 0
        self.failures = []
        self.skips = []

    def add_ctest(self, path):
        for case in ElementTree.parse(path).iter("testcase"):
            name = f"{path.stem}: {case.get('name')}"
            skipped = case.find("skipped")
            if case.get("status") == "run":
                self.passed += 1
            elif skipped is not None and skipped.get("message", "").startswith("SKIP_"):
                self.skips.append(f"{name}: {reason_of(case.findtext('system-out') or '')}")
            else:  # failed, or not run for a reason that nobody asked for, as a program that was not built
                self.failures.append(name)

    def add_stage(self, path):
        if path.read_text().strip() == "0":
            self.passed += 1
        else:
            self.failures.append(path.stem)

    def add_count(self, path):
        lines = path.read_text(errors="replace").strip().splitlines()
        counted = re.fullmatch(r"(\d+) passed, (\d+) failed", lines[-1].strip()) if lines else None
        failed = int(counted.group(2)) if counted else 1
        status = path.with_name(path.name + ".status")
        if status.exists() and not failed:
            failed = 1
        self.passed += int(counted.group(1)) if counted else 0
        self.failures += [path.stem] * failed
        self.skips += [f"{path.stem}: {line.strip()}" for line in lines if re.match(r"\s*skipped\b", line)]


def reason_of(output):
    """The text given to GTEST_SKIP, which follows the line "file:12: Skipped"."""
    match = re.search(r": Skipped\n(.*(?:\n(?!\[).+)*)", output)
    return match.group(1).strip().replace("\n", " ") if match else "no reason given"


def main(folder):
    report = Report()
    for path in sorted(folder.glob("*.xml")):
        report.add_ctest(path)
    for path in sorted(folder.glob("*.count")):
        report.add_count(path)
    for path in sorted(folder.glob("*.status")):
        if not path.name.endswith(".count.status"):
            report.add_stage(path)
    for skip in report.skips:
        print(f"skipped  {skip}")
    for failure in report.failures:
        print(f"FAILED   {failure}")
    print(f"{report.passed} passed, {len(report.failures)} failed")
    return 0 if report.passed and not report.failures else 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))

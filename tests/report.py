"""Adds up what tests/run.sh left in a folder and prints the one line that counts: "N passed, N failed".

ctest's results are *.xml; a stage that counts as one test is NAME.status with its exit code; a script that counts for itself is NAME.count, whose
last line is "N passed, N failed".  Beside them is *.xml.status or *.count.status if the program did not end with 0: that is a failure even where the
results show none.
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
        failed = len(self.failures)
        try:
            self.add_cases(path)
        except (OSError, ElementTree.ParseError) as error:  # ctest was killed, or wrote none
            self.failures.append(f"{path.stem}: no results: {error}")
        status = path.with_name(path.name + ".status")
        if status.exists() and len(self.failures) == failed:
            self.failures.append(f"{path.stem}: ctest ended with {status.read_text().strip()}")

    def add_cases(self, path):
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
        self.failures += (failed_in(path.stem, lines) + [path.stem] * failed)[:failed]
        self.skips += [f"{path.stem}: {line.strip()}" for line in lines if re.match(r"\s*skipped\b", line)]


def failed_in(name, lines):
    """What a script says of a failed test, with the first line that says why: "some_test: FAILED after 2 s", "  why"."""
    found = []
    for line, following in zip(lines, lines[1:] + [""]):
        match = re.match(r"(\w+): FAILED\b", line)
        if match:
            why = f": {following.strip()[:400]}" if following.startswith("  ") else ""
            found.append(f"{name}: {match.group(1)}{why}")
    return found


def reason_of(output):
    """The text given to GTEST_SKIP, which follows the line "file:12: Skipped"."""
    match = re.search(r": Skipped\n(.*(?:\n(?!\[).+)*)", output)
    return match.group(1).strip().replace("\n", " ") if match else "no reason given"


def summed(folder):
    report = Report()
    for path in sorted({Path(str(path).removesuffix(".status")) for path in folder.glob("*.xml*")}):
        report.add_ctest(path)
    for path in sorted(folder.glob("*.count")):
        report.add_count(path)
    for path in sorted(folder.glob("*.status")):
        if not path.name.endswith((".count.status", ".xml.status")):
            report.add_stage(path)
    return report


def main(folder):
    report = summed(folder)
    for skip in report.skips:
        print(f"skipped  {skip}")
    for failure in report.failures:
        print(f"FAILED   {failure}")
    print(f"{report.passed} passed, {len(report.failures)} failed")
    return 0 if report.passed and not report.failures else 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))

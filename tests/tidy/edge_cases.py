"""Checks that each edge case in tests/fixtures/edge_cases.txt names tests that exist: a promise without a test is none.

Usage: edge_cases.py ROOT.  One problem a line; exit 1 when there is one.
"""

import re
import sys
from pathlib import Path

CASES = 32
TEST = re.compile(r"^TEST(?:_F|_P)?\(\s*(\w+),\s*(\w+)\s*\)", re.MULTILINE)


def tests_in(texts):
    """Names like Suite.Name of all tests of these sources."""
    return {f"{suite}.{name}" for text in texts for suite, name in TEST.findall(text)}


def problems_of(table, tests):
    found, problems = {}, []
    for number, line in enumerate(table.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        parts = [part.strip() for part in line.split("|")]
        if len(parts) != 3 or not parts[0].isdigit() or not parts[2]:
            problems.append(f"line {number}: expected NUMBER | TEST... | WHAT")
            continue
        case, names = int(parts[0]), parts[1].split()
        if case in found:
            problems.append(f"line {number}: case {case} stands twice")
        found[case] = names
        if not names:
            problems.append(f"line {number}: case {case} names no test")
        problems += [f"line {number}: case {case}: there is no test {name}" for name in names if name not in tests]
    problems += [f"case {case} is missing" for case in range(1, CASES + 1) if case not in found]
    problems += [f"case {case} is not one of {CASES}" for case in found if not 1 <= case <= CASES]
    return problems


def main(root):
    sources = [path.read_text() for path in sorted((root / "tests").rglob("*_test.cpp"))]
    problems = problems_of((root / "tests/fixtures/edge_cases.txt").read_text(), tests_in(sources))
    for problem in problems:
        print(f"tests/fixtures/edge_cases.txt: {problem}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))

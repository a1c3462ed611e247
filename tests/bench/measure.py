"""What all benchmarks share: rows, quantiles, the cost of a process, programs that answer with one line of JSON."""

import json
import os
import statistics
import subprocess
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


class Discarded(Exception):
    """A guard failed: the measurement means nothing.  The text says which."""


class Row:
    """One number.  `values` has one entry per repeat; `references` those of the yardstick, measured beside each.

    `goal` is ("ratio", least) or ("value", most); None: for information.
    """

    def __init__(self, name, unit, values, references=None, goal=None):
        self.name, self.unit, self.goal = name, unit, goal
        self.values = list(values)
        self.value, self.min, self.max = statistics.median(self.values), min(self.values), max(self.values)
        self.reference = statistics.median(references) if references else None
        # Of each pair, since both ran in the same minute.
        self.ratio = statistics.median(v / r for v, r in zip(values, references)) if references else None

    def met(self):
        if self.goal is None:
            return None
        kind, bound = self.goal
        return self.ratio >= bound if kind == "ratio" else self.value <= bound

    def goal_text(self):
        if self.goal is None:
            return ""
        kind, bound = self.goal
        return f"ratio >= {bound}" if kind == "ratio" else f"<= {bound} {self.unit}"

    def json(self):
        return {"name": self.name, "value": self.value, "unit": self.unit, "reference": self.reference, "ratio": self.ratio,
                "min": self.min, "max": self.max, "goal": self.goal_text(), "met": self.met(), "repeats": len(self.values)}


def number(value):
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.2f}" if abs(value) < 10 else f"{value:.1f}"


def table(rows):
    lines = [("", "median", "min", "max", "unit", "reference", "ratio", "goal", "met")]
    for row in rows:
        met = {None: "", True: "yes", False: "NO"}[row.met()]
        lines.append((row.name, number(row.value), number(row.min), number(row.max), row.unit, number(row.reference),
                      number(row.ratio), row.goal_text(), met))
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    left = (0, 4, 7)
    return "\n".join("  ".join(cell.ljust(width) if i in left else cell.rjust(width) for i, (cell, width) in enumerate(zip(line, widths)))
                     .rstrip() for line in lines)


def quantile(values, q):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(q * len(ordered)))]


def cpu_seconds(pid):
    """User and system time that a living process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def machine_busy():
    """(busy, all) seconds of all cores since boot, so that a benchmark can tell who else was working."""
    fields = [int(x) for x in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    return (sum(fields) - fields[3] - fields[4]) / TICKS, sum(fields) / TICKS


def rss_mb(pid):
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise Discarded(f"process {pid} has no memory")


class Tool:
    """A program that ends with one line of JSON on its standard output."""

    def __init__(self, *command):
        self.name = Path(str(command[0])).name
        self.process = subprocess.Popen([str(part) for part in command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def started(self):
        """Waits for the first line on standard error, which says that the program does its work now."""
        self.process.stderr.readline()
        return self

    def result(self, limit_s=300):
        try:
            out, err = self.process.communicate(timeout=limit_s)
        except subprocess.TimeoutExpired:
            self.stop()
            raise Discarded(f"{self.name} did not end within {limit_s} s") from None
        if self.process.returncode != 0:
            raise Discarded(f"{self.name} ended with {self.process.returncode}: {err.strip()[-300:]}")
        return json.loads(out.strip().splitlines()[-1])

    def stop(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.communicate()


def tool(*command, limit_s=300):
    return Tool(*command).result(limit_s)

"""Runs the benchmarks that run.sh names and prints one table."""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/e2e"))

from measure import Discarded, machine_busy, table  # noqa: E402
from stack import StackError  # noqa: E402

NAMES = ["router", "latency", "intake", "idle", "growth"]
REPEATS_MIN = 3


def say(text):
    print(text, file=sys.stderr, flush=True)


def parse():
    options = argparse.ArgumentParser(prog="run.sh")
    options.add_argument("--json", help="file for the rows")
    options.add_argument("--repeats", type=int, default=REPEATS_MIN)
    options.add_argument("--binaries", required=True, help=argparse.SUPPRESS)
    options.add_argument("--folder", required=True, help=argparse.SUPPRESS)
    options.add_argument("names", nargs="*", metavar="NAME", help=", ".join(NAMES))
    parsed = options.parse_args()
    if parsed.repeats < REPEATS_MIN:
        options.error(f"--repeats: at least {REPEATS_MIN}")
    for name in parsed.names:
        if name not in NAMES:
            options.error(f"{name}: expected one of {', '.join(NAMES)}")
    return parsed


def commit():
    done = subprocess.run(["git", "describe", "--always", "--dirty"], capture_output=True, text=True, cwd=ROOT)
    return done.stdout.strip() or "not committed"


def main():
    options = parse()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # as an exception, so that everything is stopped
    binaries, folder = Path(options.binaries).resolve(), Path(options.folder).resolve()
    rows, discarded = [], []
    os.environ["SHOPWIRE_KAFKA_COMPILER"] = "full"  # a broker as in production
    busy_before = machine_busy()
    for name in options.names or NAMES:
        shutil.rmtree(folder, ignore_errors=True)
        try:
            rows += __import__(f"bench_{name}").run(binaries, folder / name, options.repeats, say)
        except (Discarded, StackError) as reason:
            discarded.append(f"{name}: discarded: {reason}")
            say(discarded[-1])
    busy, passed = (after - before for after, before in zip(machine_busy(), busy_before))
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    print(f"commit {commit()}, {os.cpu_count()} cores ({100 * busy / passed:.0f}% busy during the run), {memory:.0f} GB")
    print(table(rows))
    for line in discarded:
        print(line)
    if options.json:
        Path(options.json).write_text(json.dumps([row.json() for row in rows], indent=1) + "\n")
    return 1 if discarded or any(row.met() is False for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())

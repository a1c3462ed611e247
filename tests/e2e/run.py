"""Runs the end-to-end tests one after another; see run.sh."""

import argparse
import shutil
import signal
import sys
import tempfile
import time
import traceback
from pathlib import Path

import test_arrival
import test_bad_input
import test_catalogue
import test_doctor
import test_five
import test_flow
import test_guide
import test_kills
import test_scale
import test_secure
import test_spans
import test_security
import test_trace
import test_upgrade
from stack import Skipped, StackError

MODULES = [test_flow, test_five, test_bad_input, test_doctor, test_arrival, test_trace, test_spans, test_catalogue, test_security, test_secure, test_guide, test_kills,
           test_upgrade, test_scale]


class Failure(Exception):
    pass


def tests(full):
    for module in MODULES:
        yield from module.tests(full)


def run_one(name, test, binaries, keep):
    """Whether it passed; None: it was not run."""
    folder = Path(tempfile.mkdtemp(prefix=f"shopwire-e2e-{name}-"))
    started = time.monotonic()
    try:
        problems = test(binaries, folder)
    except Skipped as reason:
        print(f"skipped {name}: {reason}", flush=True)
        shutil.rmtree(folder, ignore_errors=True)
        return None
    except StackError as error:
        problems = [str(error)]
    except Exception:  # a test that breaks has failed, and the others still run
        problems = [traceback.format_exc()]
    seconds = time.monotonic() - started
    if not problems:
        print(f"{name}: passed in {seconds:.1f} s", flush=True)
    else:
        print(f"{name}: FAILED after {seconds:.1f} s", flush=True)
        for problem in problems[:20]:
            print(f"  {problem}", flush=True)
        if keep:
            print(f"  logs: {folder}", flush=True)
        else:
            for log in sorted(folder.glob("*.log")):
                print(f"  --- {log.name}")
                print("\n".join("  " + line for line in log.read_text(errors="replace").splitlines()[-25:]))
    if not (keep and problems):
        shutil.rmtree(folder, ignore_errors=True)
    return not problems


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--binaries", required=True)
    options.add_argument("--full", action="store_true")
    options.add_argument("--keep", action="store_true", help="keep the folder of a failed test")
    options.add_argument("name", nargs="?", default="")
    options = options.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that stacks are stopped on the way out
    results = []
    for name, test in tests(options.full):
        if options.name not in name:
            continue
        results.append(run_one(name, test, options.binaries, options.keep))
    passed, failed = results.count(True), results.count(False)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not results else 0


if __name__ == "__main__":
    sys.exit(main())

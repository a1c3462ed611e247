"""The programs of the last release, built once from their commit and kept in build/last-release/COMMIT/bin.

  python3 tests/e2e/last_release.py     builds them if they are not there, and prints the folder, or why there is none

SHOPWIRE_LAST_RELEASE_BIN     a folder that has them already
SHOPWIRE_LAST_RELEASE_LIMIT   seconds that this build may take (2400); the next one goes on where it was cut
"""

import os
import shutil
import subprocess
import time
from collections import namedtuple
from pathlib import Path

from stack import ROOT, Skipped

FILE = Path(__file__).with_name("last_release.txt")
PROGRAMS = ("shopwire", "shopwire-router", "shopwire-sors", "shopwire-woocommerce")

Release = namedtuple("Release", "version commit")


def named():
    lines = [line.split() for line in FILE.read_text().splitlines() if line and not line.startswith("#")]
    return Release(*lines[0])


def is_whole(folder):
    return all(os.access(folder / name, os.X_OK) for name in PROGRAMS)


def unpack(commit, source):
    """The files of a commit, without touching this checkout."""
    known = subprocess.run(["git", "-C", ROOT, "cat-file", "-e", f"{commit}^{{commit}}"], capture_output=True)
    if known.returncode != 0:
        raise Skipped(f"this checkout does not have commit {commit[:12]} of the last release; fetch the whole history")
    source.mkdir(parents=True)
    with subprocess.Popen(["git", "-C", ROOT, "archive", commit], stdout=subprocess.PIPE) as archive:
        subprocess.run(["tar", "-x", "-C", source], stdin=archive.stdout, check=True)


def build(source, limit_s, log):
    end = time.monotonic() + limit_s
    for command in (["cmake", "--preset", "dev", "-DSHOPWIRE_TESTS=OFF"],
                    ["cmake", "--build", "build/dev", "-j", str(os.cpu_count()), "--target", *PROGRAMS]):
        with open(log, "ab") as out:
            try:
                done = subprocess.run(command, cwd=source, stdout=out, stderr=out, timeout=max(1, end - time.monotonic()))
            except subprocess.TimeoutExpired:
                raise Skipped(f"the programs of the last release were not built within {limit_s} s: run tests/e2e/last_release.py (log: {log})") from None
        if done.returncode != 0:
            raise Skipped(f"the programs of the last release do not build on this machine (log: {log})")


def binaries(limit_s=300):
    """The folder with the programs, built within the limit; raises Skipped with the reason when there can be none."""
    given = os.environ.get("SHOPWIRE_LAST_RELEASE_BIN")
    if given:
        if not is_whole(Path(given)):
            raise Skipped(f"SHOPWIRE_LAST_RELEASE_BIN: {given} lacks some of {', '.join(PROGRAMS)}")
        return Path(given)
    home = ROOT / "build/last-release" / named().commit
    if is_whole(home / "bin"):
        return home / "bin"
    source = home / "source"
    if not source.exists():
        unpack(named().commit, source)
    build(source, limit_s, home / "build.log")
    (home / "bin").mkdir(exist_ok=True)
    for name in PROGRAMS:
        shutil.copy2(source / "build/dev/bin" / name, home / "bin" / name)
    shutil.rmtree(source)
    return home / "bin"


def main():
    try:
        print(binaries(int(os.environ.get("SHOPWIRE_LAST_RELEASE_LIMIT", "2400"))))
    except Skipped as reason:
        print(f"skipped: {reason}")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""A new connector is made from the template in a copy of the tree, and is whole: every list names it, nothing is left of the template's name, and no
file of common/ is another.

    new_connector_test.py ROOT [--build]

With --build the copy is configured, built and put through the conformance kit: minutes, so tests/run.sh does it as a stage of its own.
"""

import filecmp
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

NAME = "zenith"


def tree(root, to):
    """What git tracks or would track."""
    listed = subprocess.run(["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                            capture_output=True, check=True).stdout.decode()
    for name in filter(None, listed.split("\0")):
        if (root / name).is_file():
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(root / name, to / name)


def made_by_script(copy):
    subprocess.run([copy / "tests/template/new_connector.py", NAME], check=True)
    again = subprocess.run([copy / "tests/template/new_connector.py", NAME], capture_output=True, check=False)
    assert again.returncode != 0, "a connector that is there was made over"


def check_copy(root, copy):
    made = sorted((copy / "services" / NAME).iterdir())
    assert len(made) == len(list((root / "tests/template/nordway").iterdir())), made
    for path in [*made, copy / f"tests/sandbox/{NAME}/main.cpp", copy / f"tests/contract/conformance/{NAME}_case.cpp"]:
        text = path.read_text(encoding="utf-8")
        assert "nordway" not in text.lower() and "tests/template" not in text, f"{path} still names the template"
    for path in (root / "common").rglob("*"):
        if path.is_file() and "__pycache__" not in path.parts:
            assert filecmp.cmp(path, copy / path.relative_to(root), shallow=False), f"{path} is another"
    for name in ("services", "tests/sandbox", "tests/contract/conformance"):
        assert NAME in (copy / name / "CMakeLists.txt").read_text(encoding="utf-8"), name


def build(copy):
    jobs = str(os.cpu_count() or 1)
    for command in (["cmake", "--preset", "dev"],
                    [sys.executable, "-B", "tests/tidy/tidy.py", ".", "build/dev/layers.txt"],
                    ["cmake", "--build", "build/dev", "-j", jobs, "--target", "conformance_test", f"shopwire_{NAME}_main"],
                    ["build/dev/bin/conformance_test", f"--gtest_filter=Conformance_{NAME}.*", "--gtest_brief=1"]):
        subprocess.run(command, cwd=copy, check=True)
    schema = subprocess.run([copy / f"build/dev/bin/shopwire-{NAME}", "--print-config-schema"], capture_output=True, check=True)
    assert b"api_key" in schema.stdout, schema.stdout


def main(root, with_build):
    with tempfile.TemporaryDirectory(prefix="shopwire-template-") as folder:
        copy = Path(folder) / "shopwire"
        tree(root, copy)
        made_by_script(copy)
        check_copy(root, copy)
        if with_build:
            build(copy)
    print("a new connector is whole" + (", builds and conforms" if with_build else ""))


if __name__ == "__main__":
    main(Path(sys.argv[1]), "--build" in sys.argv[2:])

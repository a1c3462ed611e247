#!/usr/bin/env python3
"""Makes a new connector from the template: its room, its remote, its conformance case.

    tests/template/new_connector.py NAME [--root FOLDER]

NAME is the system's, in lower case: acme.  FOLDER is the checkout, by default this one.
"""

import argparse
import re
import sys
from pathlib import Path

TEMPLATE = "nordway"
HERE = Path(__file__).resolve().parent

SANDBOX_CMAKE = """# The {title} of the sandbox.  Uses nothing of the product.
shopwire_add_program(NAME sandbox-{name} SOURCES main.cpp DEPS sandbox_kit LIBS shopwire::dep_json)
"""


def renamed(text, name):
    text = text.replace(f"tests/template/{TEMPLATE}/", f"services/{name}/")
    text = text.replace(TEMPLATE.upper(), name.upper()).replace(TEMPLATE.capitalize(), name.capitalize())
    return text.replace(TEMPLATE, name)


def copies(root, name):
    """(from, to) of every file."""
    for path in sorted((HERE / TEMPLATE).iterdir()):
        yield path, root / "services" / name / path.name
    yield HERE / "sandbox" / "main.cpp", root / "tests" / "sandbox" / name / "main.cpp"
    yield HERE / f"{TEMPLATE}_case.cpp", root / "tests" / "contract" / "conformance" / f"{name}_case.cpp"


def edit(path, pattern, by):
    text = path.read_text(encoding="utf-8")
    changed, count = re.subn(pattern, by, text, count=1)
    if count != 1:
        sys.exit(f"{path}: no place for the new name; was it changed by hand?")
    path.write_text(changed, encoding="utf-8")


def add_to_lists(root, name):
    edit(root / "services" / "CMakeLists.txt", r"(\n)( *)router\n", rf"\1\2{name}\n\2router\n")
    edit(root / "tests" / "sandbox" / "CMakeLists.txt", r"(\n)( *)kit\n", rf"\1\2kit\n\2{name}\n")
    kit = root / "tests" / "contract" / "conformance" / "CMakeLists.txt"
    edit(kit, r"(\n +CASES)(\s+)", rf"\1\2{name}_case.cpp\2")
    edit(kit, r"(\n +REMOTES)(\s+)", rf"\1\2sandbox-{name}\2")


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("name")
    arguments.add_argument("--root", type=Path, default=HERE.parent.parent)
    given = arguments.parse_args()
    name, root = given.name, given.root
    if not re.fullmatch(r"[a-z][a-z0-9]{1,30}", name) or name == TEMPLATE:
        sys.exit(f"{name}: expected a name in lower case, as acme")
    if (root / "services" / name).exists():
        sys.exit(f"services/{name} is there already")
    for source, target in copies(root, name):
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(renamed(source.read_text(encoding="utf-8"), name), encoding="utf-8")
    (root / "tests" / "sandbox" / name / "CMakeLists.txt").write_text(
        SANDBOX_CMAKE.format(name=name, title=name.capitalize()), encoding="utf-8")
    add_to_lists(root, name)
    print(f"services/{name}, tests/sandbox/{name} and tests/contract/conformance/{name}_case.cpp are made")


if __name__ == "__main__":
    main()

"""The house rules that a program can check: layers, names, sizes, leftovers.

    tidy.py SOURCE_FOLDER LAYERS_FILE

LAYERS_FILE is what shopwire_write_layers() wrote while configuring, a line per target: "common/http shopwire_http: core log metrics".  Each rule
is a function that yields (path, line, message); tidy_test.py shows each of them a case that it must find.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

TOP_LEVEL = {"CMakeLists.txt", "CMakePresets.json", "LICENSE", "CHANGELOG.md", "README.md", "docker-compose.yml",
             "services", "common", "proto", "deploy", "tests"}  # and dotfiles
CODE = {".h", ".cpp"}
TEXT = CODE | {".cmake", ".md", ".proto", ".py", ".sh", ".sql", ".txt", ".xml", ".yaml", ".yml", ".json", ".jq"}
FILE_LINES_MAX = 500
LINE_LENGTH_MAX = 120

# Where a third party's headers may be included.  Tests and the sandbox are free.
THIRD_PARTIES = {
    "librdkafka/": {"common/kafka"},
    "curl/": {"common/http"},
    "civetweb.h": {"common/http"},
    "rocksdb/": {"common/state"},
    "jq.h": {"common/dialect"},
    "yaml-cpp/": {"common/config"},
    "prometheus/": {"common/metrics"},
    "spdlog/": {"common/log"},
    "CLI/": {"common/runtime", "common/dialect_tools", "services"},
}
# Costly or leaky: in no header of ours at all.
NOT_IN_HEADERS = ("librdkafka/", "curl/", "civetweb.h", "rocksdb/", "jq.h", "nlohmann/json.hpp", "yaml-cpp/", "spdlog/", "CLI/")

LONG_SYSTEM_NAMES = ("woocommerce", "keycrm", "solteq", "logistos", "nordway")  # the last is the template's
SHORT_SYSTEM_NAMES = ("sors",)  # part of longer words, as in "processors"

LEFTOVERS = re.compile(r"\b(FIXME|TODO)\b|\bfor now\b", re.IGNORECASE)
BANNER = re.compile(r"^\s*(//|#|<!--)\s*[-=*#]{4,}")
MACHINE_PATH = re.compile(r"(?<![\w.$}/-])/(root|home|Users|work)/\w")
VERSION = re.compile(r"^project\(shopwire VERSION (\S+)", re.MULTILINE)
VERSIONED = ("deploy/docker/Dockerfile", "deploy/helm/shopwire/Chart.yaml", "deploy/helm/shopwire/values.yaml", "docker-compose.yml",
             "tests/deploy.sh", "tests/deploy/compose.py")
VERSION_TOLD = re.compile(r"(?:shopwire-\S*:|VERSION\S*[=:]-?|VERSION\W*, \"|^(?:appV|v)ersion: \"?)(\d+\.\d+\.\d+)", re.MULTILINE)
INCLUDE = re.compile(r'^\s*#\s*include\s*(["<])([^">]+)[">]')


class Layers:
    """Which rooms a folder's files may include."""

    def __init__(self, text):
        self.folder_of = {}  # room -> folder
        self.deps_of = {}  # room -> rooms
        for line in text.splitlines():
            head, _, deps = line.partition(":")
            if not head.strip():
                continue
            folder, target = head.split()
            room = target.removeprefix("shopwire_")
            self.folder_of[room] = folder
            self.deps_of[room] = deps.split()

    def folder_with_target(self, path):
        """The nearest folder above `path` that makes a target, or None."""
        folders = set(self.folder_of.values())
        for parent in Path(path).parents:
            if parent.as_posix() in folders:
                return parent.as_posix()
        return None

    def allowed(self, folder):
        """The folders that files in `folder` may include; a test may also include what its rooms include."""
        rooms = [room for room, its_folder in self.folder_of.items() if its_folder == folder]
        deps = {dep for room in rooms for dep in self.deps_of[room]}
        if folder.startswith("tests/"):
            waiting = list(deps)
            while waiting:
                new = set(self.deps_of.get(waiting.pop(), ())) - deps
                deps |= new
                waiting += new
        return {folder} | {self.folder_of[dep] for dep in deps if dep in self.folder_of}


def includes(text):
    for number, line in enumerate(text.splitlines(), 1):
        match = INCLUDE.match(line)
        if match:
            yield number, match.group(1) == '"', match.group(2)


def check_layers(path, text, layers):
    folder = layers.folder_with_target(path)
    if folder is None:
        yield path, 1, "belongs to no target; name it in a CMakeLists.txt"
        return
    allowed = layers.allowed(folder)
    for number, ours, name in includes(text):
        top = name.split("/")[0]
        if top == "shopwire":
            if "proto" not in allowed:
                yield path, number, f"includes {name}, but {folder} does not name proto in DEPS"
        elif top in ("common", "services", "tests"):
            target = layers.folder_with_target(name)
            if target not in allowed:
                yield path, number, f"includes {name}, but {folder} does not name its room in DEPS"
        elif ours:
            yield path, number, f'includes "{name}"; an include is the path from the top'


def check_borders(path, text, _):
    """Rules that hold whatever DEPS say."""
    top = path.split("/")[0]
    for number, _, name in includes(text):
        if top == "common" and name.startswith("services/"):
            yield path, number, f"common/ includes {name}, which only services know"
        if top == "services" and name.startswith("services/") and name.split("/")[1] != path.split("/")[1]:
            yield path, number, f"includes {name}: a service includes no other service"
        if top != "tests" and (name.startswith("tests/") or (name.startswith("common/testing/") and not path.startswith("common/testing/"))):
            yield path, number, f"includes {name}, which is for tests"
        if path.startswith("tests/sandbox/") and name.split("/")[0] in ("common", "services", "shopwire"):
            yield path, number, f"includes {name}: the sandbox shares no code with the product, so that errors do not cancel out"


def check_way_out(path, text, _):
    """A connector's requests leave by what the runtime gave it, so that a dry run can hold them back."""
    if not path.startswith("services/") or path.startswith("services/cli/"):
        return
    for number, line in enumerate(text.splitlines(), 1):
        if re.search(r"\bcurl_transport\s*\(", line):
            yield path, number, "makes a transport by itself; context.own_transport makes it"


def check_third_parties(path, text, _):
    if path.startswith("tests/"):
        return
    for number, _, name in includes(text):
        for party, homes in THIRD_PARTIES.items():
            if name.startswith(party) and not any(path.startswith(home + "/") for home in homes):
                yield path, number, f"includes <{name}>, which belongs in {' or '.join(sorted(homes))} alone"
        if path.endswith(".h") and name.startswith(NOT_IN_HEADERS):
            yield path, number, f"includes <{name}> in a header; only a .cpp may"


def check_systems(path, text, _):
    """A system's name in what is common to all."""
    if not path.startswith(("common/", "tests/unit/common/")):
        return
    for number, line in enumerate(text.splitlines(), 1):
        words = {word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", line)}
        for name in LONG_SYSTEM_NAMES:
            if name in line.lower():
                yield path, number, f"names {name}; common/ knows no system"
        for name in SHORT_SYSTEM_NAMES:
            if name in words:
                yield path, number, f"names {name}; common/ knows no system"


def check_size(path, text, _):
    lines = text.splitlines()
    if len(lines) > FILE_LINES_MAX:
        yield path, len(lines), f"has {len(lines)} lines; {FILE_LINES_MAX} are the most"
    for number, line in enumerate(lines, 1):
        in_table = path.startswith("tests/") and '"' in line  # wire texts and messages stand in one piece there
        if len(line) > LINE_LENGTH_MAX and not in_table:
            yield path, number, f"has {len(line)} characters; {LINE_LENGTH_MAX} are the most"


def check_header(path, text, _):
    if not path.endswith(".h"):
        return
    if not text.startswith("// "):
        yield path, 1, "a header opens with a sentence on what it is for"
    if "#pragma once" not in text:
        yield path, 1, "has no #pragma once"


def check_tests(path, text, _):
    if not path.startswith("tests/unit/"):
        return
    for number, line in enumerate(text.splitlines(), 1):
        if re.search(r"this_thread::sleep_|\b(usleep|nanosleep)\(", line):
            yield path, number, "sleeps; wait for the event itself, or use a FakeClock"
        if re.search(r"^\s*(TEST|TEST_F|TEST_P)\(.*\bDISABLED_", line):
            yield path, number, "is switched off; use GTEST_SKIP with a reason"


def check_text(path, text, _):
    for number, line in enumerate(text.splitlines(), 1):
        leftover = LEFTOVERS.search(line)
        if leftover:
            yield path, number, f'"{leftover.group(0)}" is left over; do it or open an issue'
        if BANNER.match(line):
            yield path, number, "is a banner; a comment is a sentence"
        machine = MACHINE_PATH.search(line)
        if machine:
            yield path, number, f'"{machine.group(0)}..." is a path of one machine'


def check_cmake(path, text, _):
    if re.search(r"\bfile\s*\(\s*GLOB", text):
        yield path, 1, "uses file(GLOB); sources are listed"
    for number, line in enumerate(text.splitlines(), 1):
        if path != "CMakeLists.txt" and re.match(r"\s*(include_directories|link_libraries|add_definitions|add_compile_options)\s*\(", line):
            yield path, number, "sets flags for a folder; only target_* below the root"


def check_listed(paths, read):
    """A .cpp that no CMakeLists.txt names is dead."""
    for path in paths:
        if not path.endswith(".cpp") or path.split("/")[0] not in ("common", "services", "tests"):
            continue
        for parent in Path(path).parents:
            lists = (parent / "CMakeLists.txt").as_posix()
            relative = Path(path).relative_to(parent).as_posix()
            if lists in paths and re.search(rf"(?<![\w/.]){re.escape(relative)}(?![\w/])", read(lists)):
                break
        else:
            yield path, 1, "is named in no CMakeLists.txt, so nothing builds it"


def check_versions(paths, read):
    """An image or a chart that is named after another version than the programs in it."""
    version = VERSION.search(read("CMakeLists.txt")) if "CMakeLists.txt" in paths else None
    for path in VERSIONED if version else ():
        told = list(VERSION_TOLD.finditer(read(path))) if path in paths else []
        if path in paths and not told:
            yield path, 1, "names no version any more; take it from the list in tidy.py"
        for found in told:
            if found[1] != version[1]:
                yield path, read(path)[:found.start()].count("\n") + 1, f"names version {found[1]}; CMakeLists.txt has {version[1]}"


def check_top_level(paths):
    for path in paths:
        top = path.split("/")[0]
        if top not in TOP_LEVEL and not top.startswith("."):
            yield path, 1, "stands outside the prescribed top level"


def rules_for(path):
    suffix = Path(path).suffix
    if path.startswith(("tests/fixtures/", "tests/tidy/tidy")) or suffix not in TEXT:
        return []  # recorded answers are as they came; this file and its test name what they forbid
    rules = [check_systems]
    if path.startswith(("common/", "services/", "tests/")) and suffix in CODE:
        rules += [check_layers, check_borders, check_way_out, check_third_parties, check_size, check_header, check_tests]
    if Path(path).name == "CMakeLists.txt" or suffix == ".cmake":
        rules += [check_cmake]
    if suffix not in {".md", ".json"}:
        rules += [check_text]
    return rules


def check_tree(paths, read, layers):
    """Every problem of the files in `paths`, whose text `read` gives."""
    problems = list(check_top_level(paths)) + list(check_listed(set(paths), read)) + list(check_versions(paths, read))
    for path in paths:
        for rule in rules_for(path):
            problems += rule(path, read(path), layers)
    return problems


def files_of(root):
    """What git tracks or would track; without git, all but hidden folders and build/."""
    git = subprocess.run(["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                         capture_output=True, check=False) if (root / ".git").exists() else None
    if git and git.returncode == 0:
        names = set(filter(None, git.stdout.decode().split("\0")))
        return sorted(name for name in names if (root / name).is_file())
    found = []
    for folder, folders, files in os.walk(root):
        folders[:] = [f for f in folders if not f.startswith(".") and f not in ("build", "__pycache__")]
        found += [(Path(folder) / f).relative_to(root).as_posix() for f in files]
    return sorted(found)


def main(root, layers_file):
    layers = Layers(Path(layers_file).read_text())
    paths = files_of(root)
    texts = {}

    def read(path):
        if path not in texts:
            texts[path] = (root / path).read_text(encoding="utf-8", errors="replace")
        return texts[path]

    code = [path for path in paths if Path(path).suffix in CODE]
    if not code or not layers.folder_of:
        print("no source or no layer was found, so nothing was checked")
        return 1
    problems = check_tree(paths, read, layers)
    for path, line, message in sorted(problems):
        print(f"{path}:{line}: {message}")
    print(f"{len(paths)} files, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    sys.exit(main(Path(sys.argv[1]), sys.argv[2]))

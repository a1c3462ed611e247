"""Lets TypeScript compare JSON with the types that a project publishes: unknown members, wrong types, missing ones."""

import json
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

FLAGS = ("--noEmit", "--strict", "--skipLibCheck", "--module", "nodenext", "--moduleResolution", "nodenext", "--target", "es2022")


def faults(models, values, declarations=()):
    """A line for each value that is not of its type.

    models: the folder with node_modules of deploy/local/install.sh --for deploy.  values: name: (module, type, value).  declarations: files that
    a module may name as "./FILE".
    """
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        (work / "node_modules").symlink_to(Path(models).resolve() / "node_modules")
        (work / "package.json").write_text('{"type": "module"}')
        for file in declarations:
            shutil.copy(file, work)
        names = {}
        for number, (name, (module, kind, value)) in enumerate(values.items()):
            names[f"value{number}"] = name
            text = json.dumps(value, indent=1)
            (work / f"value{number}.ts").write_text(f'import type {{ {kind} }} from "{module}";\nexport const value: {kind} = {text};\n')
        done = subprocess.run(["node", "node_modules/typescript/bin/tsc", *FLAGS, *(f"{name}.ts" for name in names)], cwd=work, capture_output=True,
                              text=True, timeout=300, check=False)
        # The last of the lines that are set in says it most exactly.
        for error in re.split(r"\n(?! )", done.stdout.strip()):
            found = re.match(r"(value\d+)\.ts\((\d+),\d+\): error TS\d+: ", error)
            if found:
                at = (work / f"{found[1]}.ts").read_text().splitlines()[int(found[2]) - 1].strip()
                yield f"{names[found[1]]}: {error[found.end():].splitlines()[-1].strip()[:300]} at {at[:80]}"
            elif error:
                yield error
        if done.returncode != 0 and not done.stdout:
            yield f"tsc: {done.stderr}"

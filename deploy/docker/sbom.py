#!/usr/bin/env python3
"""Writes what an image is made of, as CycloneDX 1.5: Debian's packages in it, and what install.sh pins and the programs hold inside.

  sbom.py IMAGE [--engine docker] > IMAGE.cdx.json

The programs also hold header-only libraries of Debian (CLI11, nlohmann-json) in the version of the machine that built them, which the image
does not tell: these are named without a version.  Standard library only.
"""

import argparse
import json
import re
import subprocess
import sys
import uuid
from datetime import datetime, timezone
from pathlib import Path
from urllib.parse import quote

INSTALL = Path(__file__).resolve().parents[1] / "local/install.sh"
ENGINE_LIMIT_S = 120
FORMAT = "${Package}\\t${Version}\\t${Architecture}\\t${source:Package}\\t${source:Version}\\n"


def run(*command):
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=ENGINE_LIMIT_S)
    except (OSError, subprocess.TimeoutExpired) as error:
        sys.exit(f"sbom.py: {' '.join(command[:3])}: {error}")
    if done.returncode != 0:
        sys.exit(f"sbom.py: {' '.join(command[:3])}: {done.stderr.strip()}")
    return done.stdout


def debian(engine, image):
    listed = run(engine, "run", "--rm", "--network", "none", "--entrypoint", "dpkg-query", image, "--show", f"--showformat={FORMAT}")
    for line in listed.splitlines():
        name, version, architecture, source, source_version = line.split("\t")
        purl = f"pkg:deb/debian/{quote(name)}@{quote(version, safe=':')}?arch={architecture}&distro=debian-12"
        yield {"type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl,
               "properties": [{"name": "debian:source", "value": f"{source} {source_version}"}]}


def pinned(name):
    found = re.search(rf"\b{name}=(\S+)", INSTALL.read_text())
    if found is None:
        sys.exit(f"sbom.py: {INSTALL.name} pins no {name}")
    return found[1]


def inside(title):
    """Compiled in from source, at the versions that install.sh builds.  The sandboxes share no code with the product, and parse JSON alone."""
    rdkafka, jq = pinned("librdkafka_version"), pinned("jq_version")
    parts = [("nlohmann-json", None, "pkg:github/nlohmann/json")]
    if title != "shopwire-sandbox":
        parts += [("librdkafka", rdkafka, f"pkg:github/confluentinc/librdkafka@v{rdkafka}"), ("jq", jq, f"pkg:github/jqlang/jq@jq-{jq}"),
                  ("oniguruma", None, "pkg:github/kkos/oniguruma"), ("CLI11", None, "pkg:github/cliutils/cli11")]
    for name, version, purl in parts:
        yield {"type": "library", "bom-ref": purl, "name": name, "purl": purl, **({"version": version} if version else {})}


def document(engine, image):
    about = json.loads(run(engine, "image", "inspect", image))[0]
    labels = about["Config"].get("Labels") or {}
    title = labels.get("org.opencontainers.image.title", image)
    parts = list(debian(engine, image))
    if title.startswith("shopwire-"):
        parts += inside(title)
    return {
        "bomFormat": "CycloneDX", "specVersion": "1.5", "serialNumber": f"urn:uuid:{uuid.uuid4()}", "version": 1,
        "metadata": {
            "timestamp": datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "component": {"type": "container", "bom-ref": image, "name": title,
                          "version": labels.get("org.opencontainers.image.version", "unknown"),
                          "properties": [{"name": "image:id", "value": about["Id"]}]}},
        "components": sorted(parts, key=lambda part: part["bom-ref"])}


def main():
    options = argparse.ArgumentParser(prog="sbom.py")
    options.add_argument("image")
    options.add_argument("--engine", default="docker")
    given = options.parse_args()
    json.dump(document(given.engine, given.image), sys.stdout, indent=2, ensure_ascii=False)
    print()


if __name__ == "__main__":
    main()

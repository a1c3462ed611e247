"""Checks bills of materials with the validator of the CycloneDX project, against the schema of the version that each names.

  sbom_schema.py FILE...      with the Python of deploy/local/install.sh --for deploy; a line for each fault, exit 1 if there is any
"""

import json
import sys
from pathlib import Path

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL

FAULTS_MAX = 10  # of one file


def read(file):
    try:
        return Path(file).read_text()
    except (OSError, ValueError) as error:
        sys.exit(f"sbom_schema.py: {file}: {error}")


def faults_of(text):
    try:
        bill = json.loads(text)
        named = bill["specVersion"]
    except (ValueError, KeyError, TypeError) as error:
        return [f"no bill of materials: {error!r}"]
    version = {one.to_version(): one for one in SchemaVersion}.get(named)  # the schemas themselves take any text there
    if version is None:
        return [f"specVersion {named!r} is none of CycloneDX"]
    found = [f"{error.data.json_path}: {error.data.message}"[:300] for error in JsonStrictValidator(version).validate_str(text, all_errors=True) or ()]
    for part in bill.get("components", ()) if not found else ():
        written = PackageURL.from_string(part["purl"]).to_string()
        found += [f"{part['name']}: the address {part['purl']} should be {written}"] if written != part["purl"] else []
    return found[:FAULTS_MAX]


def main():
    if len(sys.argv) < 2:
        sys.exit("sbom_schema.py: expected the files to check")
    found = [f"{file}: {fault}" for file in sys.argv[1:] for fault in faults_of(read(file))]
    print("".join(f"{fault}\n" for fault in found), end="")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

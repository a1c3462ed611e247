"""Checks an AsyncAPI 3 document with the schema that the AsyncAPI project publishes.

    validate.py DOCUMENT SCHEMA [--generated-by COMMAND...]

DOCUMENT must fit SCHEMA, each reference in it must lead somewhere, the schemas of its messages must be JSON Schema, and with COMMAND its text must
be what COMMAND prints.  deploy/local/install.sh --for test installs the schema and the validator.
"""

import json
import subprocess
import sys

import jsonschema

PROBLEMS_MAX = 20


def references(value, path="$"):
    """Every (path, pointer) of a "$ref"."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if name == "$ref" and isinstance(inner, str):
                yield path, inner
            yield from references(inner, f"{path}.{name}")
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from references(inner, f"{path}[{number}]")


def leads_somewhere(document, pointer):
    at = document
    for part in pointer.removeprefix("#/").split("/"):
        if not isinstance(at, dict) or part not in at:
            return False
        at = at[part]
    return pointer.startswith("#/")


def problems(document, schema):
    for error in jsonschema.Draft7Validator(schema).iter_errors(document):
        worst = jsonschema.exceptions.best_match([error])
        yield f"{worst.json_path}: {worst.message[:300]}"
    for path, pointer in references(document):
        if not leads_somewhere(document, pointer):
            yield f"{path}: {pointer} leads nowhere"
    for name, message in document.get("components", {}).get("schemas", {}).items():
        try:
            jsonschema.Draft7Validator.check_schema(message)
        except jsonschema.SchemaError as error:
            yield f"schema {name}: {error.message[:300]}"


def main(arguments):
    file, schema_file, *rest = arguments
    with open(file, encoding="utf-8") as opened:
        text = opened.read()
    with open(schema_file, encoding="utf-8") as opened:
        schema = json.load(opened)
    found = list(problems(json.loads(text), schema))
    if rest[:1] == ["--generated-by"]:
        command = rest[1:]
        made = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout
        if made != text:
            found.append(f"it is not what the topics say now; write it anew with: {' '.join(command)} > {file}")
    for problem in found[:PROBLEMS_MAX]:
        print(f"{file}: {problem}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

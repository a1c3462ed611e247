#!/usr/bin/env python3
"""Checks what the client sent, and what the simulator answered, against the vendor's OpenAPI file.

    validate.py OPENAPI.yml RECORD.jsonl...
    validate.py OPENAPI.yml --run TEST_PROGRAM     runs it, with SHOPWIRE_KEYCRM_RECORD naming where to record

A record is what `sandbox-keycrm --record` writes: one exchange per line.  The validator is openapi-core, so neither our
reading of the contract nor our code can hide a mistake of the other.  Before it judges the record it must find the
mistakes of a few exchanges that are wrong on purpose.
"""

import collections
import json
import os
import subprocess
import sys
import tempfile

import yaml
from openapi_core import Config, OpenAPI
from openapi_core.datatypes import RequestParameters
from openapi_core.exceptions import OpenAPIError
from werkzeug.datastructures import Headers, ImmutableMultiDict

HOST = "https://openapi.keycrm.app"
# Undocumented answers: errors that the vendor's file lists nowhere.
UNDOCUMENTED = {"OperationNotFound", "ResponseNotFound"}


class Request:
    def __init__(self, line):
        headers = Headers(list(line["headers"].items()))
        headers["Authorization"] = "Bearer key"
        self.parameters = RequestParameters(
            query=ImmutableMultiDict([tuple(pair) for pair in line["query"]]), header=headers, cookie={}
        )
        self.host_url = HOST
        self.path = line["path"]
        self.method = line["method"].lower()
        self.body = line["body"].encode() or None
        self.content_type = line["headers"].get("Content-Type", "").split(";")[0]


class Response:
    def __init__(self, line):
        self.data = line["answer"].encode()
        self.status_code = line["status"]
        self.headers = Headers()
        self.content_type = line["answer_type"].split(";")[0]


def load(path):
    with open(path, encoding="utf-8") as file:
        document = yaml.safe_load(file)
    # The file writes statuses as numbers; JSON knows texts alone.
    for methods in document["paths"].values():
        for operation in methods.values():
            if isinstance(operation, dict) and "responses" in operation:
                operation["responses"] = {str(code): answer for code, answer in operation["responses"].items()}
    # An object that is required as a whole is written on the array around it, where it means nothing.
    return OpenAPI.from_dict(document, config=Config(spec_validator_cls=None))


def schema_errors(error):
    return list(getattr(error.__cause__, "schema_errors", []))


def reasons(error, inner=None):
    return "; ".join(str(one.message) for one in inner or schema_errors(error)) or repr(error.__cause__ or error)


# What live accounts answer although the file does not say so (contract keycrm A1, A3): null, and numbers as texts.
def is_known_habit(error):
    if error.instance is None:
        return True
    return error.validator_value == "number" and isinstance(error.instance, str) and error.instance.count(".") == 1


def wrong_request(api, line):
    try:
        api.validate_request(Request(line))
    except OpenAPIError as error:
        return reasons(error)
    return None


def wrong_answer(api, line):
    try:
        api.validate_response(Request(line), Response(line))
    except OpenAPIError as error:
        if type(error).__name__ in UNDOCUMENTED or type(error.__cause__).__name__ in UNDOCUMENTED:
            return None
        inner = schema_errors(error)
        left = [one for one in inner if not is_known_habit(one)]
        return reasons(error, left) if left or not inner else None
    return None


def exchange(method, path, body=None, query=(), answer="{}", status=200):
    headers = {"Accept": "application/json"}
    if body is not None:
        headers["Content-Type"] = "application/json"
    return {
        "method": method,
        "path": path,
        "query": list(query),
        "headers": headers,
        "body": "" if body is None else json.dumps(body),
        "status": status,
        "answer_type": "application/json",
        "answer": answer,
    }


def self_test(api):
    buyer = {"full_name": "A"}
    good = exchange("POST", "/v1/order", {"source_id": 4, "buyer": buyer})
    bad_requests = [
        exchange("POST", "/v1/order", {"buyer": buyer}),
        exchange("POST", "/v1/order", {"source_id": "4", "buyer": buyer}),
        exchange("POST", "/v1/order", {"source_id": 4, "buyer": buyer, "products": [{"price": "12"}]}),
        exchange("PUT", "/v1/offers/stocks", {"warehouse_id": 1, "stocks": [{"id": 1}]}),
        exchange("POST", "/v1/order/1/payment", {"amount": 1, "status": "notpaid"}),
        exchange("GET", "/v1/offers", query=[["limit", "100"]]),
        exchange("GET", "/v1/warehouses"),
        exchange("PATCH", "/v1/order/1", {}),
    ]
    bad_answer = exchange("GET", "/v1/order/1", answer='{"source_id":"x"}')
    faults = []
    if wrong_request(api, good) is not None:
        faults.append("a right request is refused: " + wrong_request(api, good))
    faults += ["not found: " + json.dumps(line) for line in bad_requests if wrong_request(api, line) is None]
    if wrong_answer(api, bad_answer) is None:
        faults.append("a wrong answer is not found")
    return faults


# What the client is known to send; fewer operations mean that a part of it was not looked at.
EXPECTED = {
    "GET /v1/order", "GET /v1/order/N", "POST /v1/order", "PUT /v1/order/N", "POST /v1/order/N/payment",
    "PUT /v1/order/N/payment/N", "POST /v1/order/N/expense", "GET /v1/order/source", "GET /v1/order/status",
    "GET /v1/offers", "GET /v1/offers/stocks", "PUT /v1/offers/stocks", "GET /v1/buyer", "GET /v1/buyer/N",
}  # fmt: skip


def record(program):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "record.jsonl")
        run = subprocess.run(
            [program, "--gtest_brief=1"], env=dict(os.environ, SHOPWIRE_KEYCRM_RECORD=path), check=False
        )
        if run.returncode != 0:
            sys.exit(f"{program}: exit code {run.returncode}")
        return check(sys.argv[1], [path], EXPECTED)


def main(arguments):
    if len(arguments) < 2:
        print(__doc__, file=sys.stderr)
        return 2
    if arguments[1] == "--run":
        return record(arguments[2])
    return check(arguments[0], arguments[1:], set())


def check(openapi, records, expected):
    api = load(openapi)
    faults = ["self-test: " + fault for fault in self_test(api)]
    seen = collections.Counter()
    for path in records:
        with open(path, encoding="utf-8") as file:
            for number, text in enumerate(file, 1):
                line = json.loads(text)
                at = f"{path}:{number}: {line['method']} {line['path']}"
                seen[line["method"] + " " + "/".join("N" if part.isdigit() else part for part in line["path"].split("/"))] += 1
                for what, wrong in (("request", wrong_request(api, line)), ("answer", wrong_answer(api, line))):
                    if wrong:
                        faults.append(f"{at}: {what}: {wrong}\n    {line['body'][:2000] if what == 'request' else line['answer'][:500]}")
    faults += [f"never sent: {operation}" for operation in sorted(expected - set(seen))]
    for operation, count in sorted(seen.items()):
        print(f"{count:6} {operation}")
    for fault in faults:
        print(fault)
    print(f"{sum(seen.values())} exchanges, {len(seen)} operations, {len(faults)} faults")
    return 0 if seen and not faults else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

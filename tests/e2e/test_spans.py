"""What a collector is told: one chain per order, from the webhook over Kafka to the document and back to the shop, hop by hop, and nothing of a person."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import scenario
from stack import Stack

TOKEN = "Bearer sandbox-collector-token"
CHAIN = [  # in this order: who, what, and whether it went to this topic or connection
    ("shopwire-woocommerce", "publish order", "shopwire.events.order"),
    ("shopwire-router", "route order", "shopwire.commands.sors.orders"),
    ("shopwire-sors", "apply export_order", "acme/erp"),
    ("shopwire-router", "route results", "shopwire.commands.woocommerce.orders"),
    ("shopwire-woocommerce", "apply add_order_note", "acme/shop"),
]


class Collector:
    """Takes OTLP over HTTP in JSON, from those who have the token."""

    def __init__(self):
        self.spans, self.refused, self.bodies = [], 0, []
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                right = self.headers["Authorization"] == TOKEN and self.path == "/v1/traces" and self.headers["Content-Type"] == "application/json"
                if right:
                    collector.take(body)
                else:
                    collector.refused += 1
                self.send_response(200 if right else 401)
                self.end_headers()

            def log_message(self, *ignored):
                pass
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def port(self):
        return self.server.server_address[1]

    def take(self, body):
        self.bodies.append(body)
        for resource in json.loads(body)["resourceSpans"]:
            name = attributes(resource["resource"])["service.name"]
            self.spans += [{**span, "service": name} for scope in resource["scopeSpans"] for span in scope["spans"]]


def attributes(of):
    return {one["key"]: one["value"]["stringValue"] for one in of["attributes"]}


def where(span):
    told = attributes(span)
    return told.get("messaging.destination.name") or told.get("shopwire.connection")


class Traced(Stack):
    def write_config(self):
        super().write_config()
        with open(self.config / "installation.yaml", "a", encoding="utf-8") as file:
            file.write(f'tracing: {{endpoint: "http://127.0.0.1:{self.collector.port}/v1/traces", authorization: "${{env:COLLECTOR_TOKEN}}"}}\n')

    def service(self, name, pod=0):
        program = super().service(name, pod)
        program.env["COLLECTOR_TOKEN"] = TOKEN
        return program


def check_chains(collector, order):
    """A chain of the order is whole: its webhook and a sweep both tell of it, and whoever came second is dropped as known."""
    key = f"acme/shop/{order['id']}"
    roots = [span for span in collector.spans if span["name"] == "publish order" and attributes(span)["messaging.kafka.message.key"] == key]
    chains = [([span for span in collector.spans if span["traceId"] == root["traceId"]], root) for root in roots]
    return check_chain(*max(chains, key=lambda one: len(one[0]))) if chains else [f"no chain begins with order {order['number']}"]


def check_chain(chain, root):
    began = {(span["service"], span["name"], where(span)): int(span["startTimeUnixNano"]) for span in chain}
    missing = [step for step in CHAIN if step not in began]
    if missing:
        return [f"not in the chain: {missing[0]}; it has {list(began)}"]
    problems = []
    # Not by their ends: a service learns that its record is in Kafka at the same time as the next one reads it.
    if [began[step] for step in CHAIN] != sorted(began[step] for step in CHAIN):
        problems.append(f"the hops begin in another order: {began}")
    strangers = [span["name"] for span in chain if span is not root and span.get("parentSpanId") != root["spanId"]]
    if strangers or "parentSpanId" in root or len({span["spanId"] for span in chain}) != len(chain):
        problems.append(f"not a root with its children: {strangers}")
    return problems + [f"{span['name']} lasted {int(span['endTimeUnixNano']) - int(span['startTimeUnixNano'])} ns" for span in chain
                       if int(span["endTimeUnixNano"]) < int(span["startTimeUnixNano"])]


def spans(binaries, folder):
    collector = Collector()
    stack = Traced(folder, binaries)
    stack.collector = collector
    with stack:
        problems = scenario.settled(lambda: scenario.check_stock(stack) + scenario.check_webhooks(stack), 30)
        order = scenario.checkout(stack, [("A-100", 2)], billing=scenario.person(1))
        problems += scenario.settled(lambda: check_chains(collector, order), 30)
    person = scenario.person(1)
    told = "".join(collector.bodies)
    problems += [f"the collector was told {word}" for word in (person["email"], person["phone"], person["last_name"]) if word in told]
    return problems + ([f"{collector.refused} requests were not right"] if collector.refused else [])


def tests(full):
    yield "spans_of_an_order", spans

"""One order: from the shop's event to the ERP, at a steady rate far below what the machine can do."""

import http.client
import json
import threading
import time
import urllib.parse

import scenario
from measure import Discarded, Row, quantile
from stack import Stack, wait_until

RATE, SECONDS = 100, 20
WARMUP_SECONDS = 20  # a broker that has just started compiles itself on the same cores
INTERVALS = {"shop": {"orders": "60s"}, "erp": {"stock": "5m"}}  # the services' defaults, not the short ones of the tests
THREADS = 8
RATE_LEAST = 0.95  # of RATE: else the generator could not keep up
ARTICLES = [(f"L-{i}", f"Artikal {i}", "1299.00", 1_000_000) for i in range(200)]
DRAIN_LIMIT_S = 60


class Orders:
    """Places orders on time, each by a buyer of its own, so that every request at the ERP tells whose it is.

    The requests are made before the clock starts, and each thread keeps its connection: the generator runs on the same cores as what
    it measures.
    """

    def __init__(self, stack, first, count):
        self.port, self.first, self.count = stack.ports["acme-shop"]["control"], first, count
        self.bodies = [self.body(index) for index in range(count)]
        self.lock = threading.Lock()
        self.next = 0
        self.placed, self.errors = {}, []

    def body(self, index):
        lines = [(ARTICLES[index % len(ARTICLES)][0], 1)]
        if index % 7:
            lines.append((ARTICLES[(index * 7 + 3) % len(ARTICLES)][0], 2))
        return json.dumps({"lines": [{"sku": sku, "quantity": quantity} for sku, quantity in lines],
                           "billing": scenario.person(self.first + index), "payment_method": "cod"}).encode()

    def place_all(self):
        started = time.monotonic()
        threads = [threading.Thread(target=self.run, args=(started,)) for _ in range(THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        rate = self.count / (time.monotonic() - started)
        if self.errors:
            raise Discarded(f"{len(self.errors)} orders were refused, the first: {self.errors[0]}")
        if rate < RATE_LEAST * RATE:
            raise Discarded(f"the generator placed {rate:.0f} orders/s, not {RATE}")
        return self.placed

    def run(self, started):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        while True:
            with self.lock:
                index, self.next = self.next, self.next + 1
            if index >= self.count:
                return
            time.sleep(max(0, started + index / RATE - time.monotonic()))
            try:
                connection.request("POST", "/__sandbox/checkout", self.bodies[index], {"Content-Type": "application/json"})
                order = json.loads(connection.getresponse().read())
                self.placed[order["id"]] = (scenario.external_number(order), scenario.person(self.first + index)["email"])
            except (OSError, http.client.HTTPException, ValueError, KeyError) as error:
                self.errors.append(f"order {index}: {error!r}")
                connection.close()


def read_log(fetch, key):
    """All pages of a log whose answers carry `key` and where the next page starts."""
    after, entries = 0, []
    while True:
        page = fetch(after)
        entries += page[key]
        if not page[key]:
            return entries
        after = page.get("next", page[key][-1].get("seq", 0))


def documents(stack):
    """Time of each document in microseconds, by external number; twice the same one discards the run."""
    found = {}
    for entry in read_log(lambda after: stack.erp_control(f"log?after={after}&limit=10000"), "entries"):
        if entry["kind"] != "document_created":
            continue
        if entry["externalNumber"] in found:
            raise Discarded(f"two documents for {entry['externalNumber']}")
        found[entry["externalNumber"]] = entry["at_us"]
    return found


def first_requests(stack):
    """When a buyer's e-mail address was first looked up at the ERP."""
    found = {}
    for entry in read_log(lambda after: stack.erp_control(f"requests?after={after}&limit=10000"), "requests"):
        for values in urllib.parse.parse_qs(entry["query"]).values():
            found.setdefault(values[0], entry["time_us"])
    return found


def events(stack):
    """When the shop had the order's first webhook to send, by order id."""
    found = {}
    for entry in stack.shop_control("deliveries?after=0&limit=200000")["deliveries"]:
        if entry["topic"].startswith("order."):
            found.setdefault(entry["resource_id"], entry["queued_us"])
    return found


def measure(stack, first):
    Orders(stack, first, RATE * WARMUP_SECONDS).place_all()
    placed = Orders(stack, first + RATE * WARMUP_SECONDS, RATE * SECONDS).place_all()
    wanted = {number for number, _ in placed.values()}
    wait_until("a document for every order", lambda: wanted <= documents(stack).keys(), DRAIN_LIMIT_S, pause_s=1)
    # A sweep may export an order before its webhook's turn comes.
    wait_until("a webhook for every order", lambda: placed.keys() <= events(stack).keys(), DRAIN_LIMIT_S, pause_s=1)
    made, asked, started = documents(stack), first_requests(stack), events(stack)
    to_document = [(made[number] - started[order]) / 1000 for order, (number, _) in placed.items()]
    to_request = [(min(asked.get(email, made[number]), made[number]) - started[order]) / 1000 for order, (number, email) in placed.items()]
    return to_request, to_document


def run(binaries, folder, repeats, say):
    requests, made = [], []
    for repeat in range(repeats):
        # A fresh stack each time: the sandboxes keep the last 20,000 requests only.
        with Stack(folder / str(repeat), binaries, articles=ARTICLES, intervals=INTERVALS) as stack:
            stack.shop_control("settings", {"webhook_delay_ms": 0, "webhook_tick_ms": 0})
            wait_until("stock in the shop", lambda: all(scenario.shop_stock(stack).get(a[0]) for a in ARTICLES), 60, pause_s=0.5)
            request, document = measure(stack, 10_000)
            requests.append(request)
            made.append(document)
            say(f"latency: document p50 {quantile(document, 0.5):.1f} ms, p99 {quantile(document, 0.99):.1f} ms")
    return [
        Row("latency: webhook to first request, p50", "ms", [quantile(r, 0.5) for r in requests]),
        Row("latency: webhook to first request, p99", "ms", [quantile(r, 0.99) for r in requests]),
        Row("latency: webhook to document, p50", "ms", [quantile(m, 0.5) for m in made], goal=("value", 15)),
        Row("latency: webhook to document, p99", "ms", [quantile(m, 0.99) for m in made], goal=("value", 60)),
    ]

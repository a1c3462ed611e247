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
WARMUP_RATE, WARMUP_SECONDS = 40, 100  # a broker that has just started compiles itself on the same cores
SETTLE_S = 3
EARLY_MAX = 0.02  # of the orders: a sweep, or the check before a raise, brought them before their webhook's turn came
INTERVALS = {"shop": {"orders": "60s"}, "erp": {"stock": "5m"}}  # the services' defaults, not the short ones of the tests
THREADS = 8
RATE_LEAST = 0.95  # of the rate: else the generator could not keep up
ARTICLES = [(f"L-{i}", f"Artikal {i}", "1299.00", 1_000_000) for i in range(200)]
DRAIN_LIMIT_S = 60


class Orders:
    """Places orders on time, each by a buyer of its own, so that every request at the ERP tells whose it is.

    The requests are made before the clock starts, and each thread keeps its connection: the generator runs on the same cores as what
    it measures.
    """

    def __init__(self, stack, first, rate, seconds):
        self.port, self.first, self.rate, self.count = stack.ports["acme-shop"]["control"], first, rate, rate * seconds
        self.bodies = [self.body(index) for index in range(self.count)]
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
        if rate < RATE_LEAST * self.rate:
            raise Discarded(f"the generator placed {rate:.0f} orders/s, not {self.rate}")
        return self.placed

    def run(self, started):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        while True:
            with self.lock:
                index, self.next = self.next, self.next + 1
            if index >= self.count:
                return
            time.sleep(max(0, started + index / self.rate - time.monotonic()))
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


def webhooks(stack):
    """When the shop had the order's first webhook to send, and when it began to, by order id."""
    found = {}
    for entry in read_log(lambda after: stack.shop_control(f"deliveries?after={after}&limit=10000"), "deliveries"):
        if entry["topic"].startswith("order."):
            found.setdefault(entry["resource_id"], (entry["queued_us"], entry["sent_us"]))
    return found


def measure(stack, first):
    """Milliseconds of each order: in the shop's own queue, from there to the first request at the ERP, and to the document."""
    Orders(stack, first, WARMUP_RATE, WARMUP_SECONDS).place_all()
    time.sleep(SETTLE_S)
    placed = Orders(stack, first + WARMUP_RATE * WARMUP_SECONDS, RATE, SECONDS).place_all()
    wanted = {number for number, _ in placed.values()}
    wait_until("a document for every order", lambda: wanted <= documents(stack).keys(), DRAIN_LIMIT_S, pause_s=1)
    # A sweep, or the check before a raise of stock, may bring an order before its webhook's turn comes.
    wait_until("a webhook for every order", lambda: placed.keys() <= webhooks(stack).keys(), DRAIN_LIMIT_S, pause_s=1)
    made, asked, seen = documents(stack), first_requests(stack), webhooks(stack)
    early = sum(made[number] < seen[order][1] for order, (number, _) in placed.items())
    if early > EARLY_MAX * len(placed):
        raise Discarded(f"{early} documents were made before their webhook was sent")
    queued, request, document = [], [], []
    for order, (number, email) in placed.items():
        ready, sent = seen[order]
        queued.append((sent - ready) / 1000)
        request.append((min(asked.get(email, made[number]), made[number]) - sent) / 1000)
        document.append((made[number] - sent) / 1000)
    return queued, request, document


def run(binaries, folder, repeats, say):
    queues, requests, made = [], [], []
    for repeat in range(repeats):
        # A fresh stack each time: the sandboxes keep the last 20,000 requests only.
        with Stack(folder / str(repeat), binaries, articles=ARTICLES, intervals=INTERVALS) as stack:
            stack.shop_control("settings", {"webhook_delay_ms": 0, "webhook_tick_ms": 0})
            wait_until("stock in the shop", lambda: all(scenario.shop_stock(stack).get(a[0]) for a in ARTICLES), 60, pause_s=0.5)
            for rows, row in zip((queues, requests, made), measure(stack, 10_000)):
                rows.append(row)
            say(f"latency: document p50 {quantile(made[-1], 0.5):.1f} ms, p99 {quantile(made[-1], 0.99):.1f} ms")

    def rows(what, values, goals=(None, None)):
        return [Row(f"latency: {what}, {name}", "ms", [quantile(one, part) for one in values], goal=goal and ("value", goal))
                for name, part, goal in zip(("p50", "p99"), (0.5, 0.99), goals)]
    whole = [[queued + last for queued, last in zip(*one)] for one in zip(queues, made)]
    return rows("in the shop's own queue", queues) + rows("webhook to first request", requests) + rows("webhook to document", made, (15, 60)) \
        + rows("event in the shop to document", whole)

"""Orders at a steady rate, from several threads, and a count of what reached the ERP."""

import random
import threading
import time

import scenario
from stack import StackError


class Load:
    """Places orders until stopped.  `placed` holds what the shop accepted; refused ones (out of stock) are not orders, and another takes their turn.
    What a slow moment keeps back is made up for, so that `per_second` falls below `rate` only when shop or machine cannot keep it up.

    Goods arrive at the ERP all along, scarce ones too: without them shop and ERP count down alike, and nobody writes stock.
    """

    delivery_every_s = 0.3
    made_up_for_s = 10
    threads_at_once = 8

    def __init__(self, stack, rate, articles, seed=1, merchant="acme"):
        self.stack, self.rate, self.articles, self.merchant = stack, rate, articles, merchant
        self.random = random.Random(seed)
        self.lock = threading.Lock()
        self.placed = []
        self.refused = 0
        self.errors = []
        self.stopped = threading.Event()
        self.began = self.ended = self.next_at = time.monotonic()
        self.threads = [threading.Thread(target=self.run, daemon=True) for _ in range(self.threads_at_once)]
        self.threads.append(threading.Thread(target=self.deliver, daemon=True))

    def __enter__(self):
        self.began = self.next_at = time.monotonic()
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *ignored):
        self.stopped.set()
        for thread in self.threads:
            thread.join()
        self.ended = time.monotonic()

    def per_second(self):
        """Orders that were really placed, a second, from the first moment to the last."""
        return len(self.placed) / max(0.001, self.ended - self.began)

    def turn(self):
        with self.lock:
            at = max(self.next_at, time.monotonic() - self.made_up_for_s)
            self.next_at = at + 1 / self.rate
            lines = [(article[0], self.random.randint(1, 3)) for article in self.random.sample(self.articles, self.random.choice([1, 1, 2]))]
            buyer = self.random.randint(1, 400)
            return at, lines, buyer

    def run(self):
        while not self.stopped.is_set():
            at, lines, buyer = self.turn()
            if self.stopped.wait(max(0, at - time.monotonic())):
                return
            try:
                order = scenario.checkout(self.stack, lines, self.merchant, billing=scenario.person(buyer))
                with self.lock:
                    self.placed.append(order)
            except StackError as error:
                with self.lock:
                    if "409" in str(error):
                        self.refused += 1
                        self.next_at -= 1 / self.rate
                    else:
                        self.errors.append(str(error))

    def deliver(self):
        chosen = random.Random(len(self.articles))
        while not self.stopped.wait(self.delivery_every_s):
            try:
                self.stack.erp_control("stock", {"database": "Shop2026", "code": chosen.choice(self.articles)[0], "unit": 1,
                                                 "add": chosen.randint(1, 5)}, merchant=self.merchant)
            except StackError as error:
                with self.lock:
                    self.errors.append(str(error))


class Exported:
    """Counts documents by reading the ERP's log as it grows."""

    def __init__(self, stack, merchant="acme"):
        self.stack, self.merchant, self.after, self.count = stack, merchant, 0, 0

    def update(self):
        while True:
            page = self.stack.erp_control(f"log?after={self.after}&limit=10000", merchant=self.merchant)
            self.count += sum(entry["kind"] == "document_created" for entry in page["entries"])
            if page["next"] == self.after or not page["entries"]:
                return self.count
            self.after = page["next"]

"""Counts effects in the sandboxes' own logs: no order lost or doubled, and never more shown than a model allows."""

import bisect
from decimal import Decimal

import scenario
from beside import Beside


def whole_log(control, merchant):
    entries, after = [], 0
    while True:
        page = control(f"log?after={after}&limit=10000", merchant=merchant)
        if not page["entries"]:
            return entries
        entries += page["entries"]
        after = entries[-1].get("sequence", entries[-1].get("seq"))


def documents(stack, orders, merchant="acme"):
    """Every order has exactly one document, ever: cancelled ones count too.  No document without its order."""
    made = {}
    for entry in whole_log(stack.erp_control, merchant):
        if entry["kind"] == "document_created":
            made[entry["externalNumber"]] = made.get(entry["externalNumber"], 0) + 1
    wanted = {scenario.external_number(order, merchant) for order in orders}
    missing = sorted(wanted - made.keys())
    doubled = sorted(number for number, count in made.items() if count > 1)
    stray = sorted(made.keys() - wanted)
    problems = []
    for what, numbers in (("missing", missing), ("doubled", doubled), ("of no order", stray)):
        if numbers:
            problems.append(f"{len(numbers)} documents {what}: {', '.join(numbers[:8])}")
    return problems


def goods_of(stack, articles, merchant):
    """sku -> [(time, pieces)]: what the ERP had at first, and what arrived."""
    goods = {code: [(0, Decimal(pieces))] for code, _, _, pieces in articles}
    for entry in whole_log(stack.erp_control, merchant):
        if entry["kind"] == "stock_moved" and entry["cause"] == "stock":
            goods[entry["code"]].append((entry["at_us"], Decimal(str(entry["onHandChange"]))))
    return goods


class BatchWatch(Beside):
    """Tells the batches that the shop wrote while they were waited for from those that it finished later (`late_apply`), as its own log of
    requests has them; that log forgets, so it is read all along."""

    every_s = 1
    late_us = 200_000  # how long after its time a late batch may still be written

    def __init__(self, stack, late_ms, merchant="acme"):
        self.stack, self.delay_us, self.merchant, self.after = stack, late_ms * 1000, merchant, 0
        self.spans, self.dropped = [], []  # (began, ended) of the one kind, when the others were asked for; in microseconds

    def __exit__(self, *raised):
        super().__exit__(*raised)
        self.step()
        self.spans.sort()
        self.longest_us = max((ended - began for began, ended in self.spans), default=0)

    def step(self):
        while page := self.stack.shop_control(f"requests?after={self.after}&limit=5000", merchant=self.merchant)["requests"]:
            self.after = page[-1]["seq"]
            for entry in page:
                if entry["fault"] == "late_apply":
                    self.dropped.append(entry["time_us"])
                elif entry["path"].endswith("/batch"):
                    self.spans.append((entry["time_us"], entry["time_us"] + entry["took_us"]))

    def is_late(self, time_us):
        """Whether what was written then was of a batch that nobody waited for any more; in doubt it was."""
        first = bisect.bisect_left(self.spans, (time_us - self.longest_us, 0))
        last = bisect.bisect_right(self.spans, (time_us, time_us))
        if not any(began <= time_us <= ended for began, ended in self.spans[first:last + 1]):
            return True
        return any(0 <= time_us - asked - self.delay_us <= self.late_us for asked in self.dropped)


def forgotten_s(after, time_us, came_in, orders):
    """How old the newest knowledge behind this number is at least: the seconds back to the first order that it cannot have counted; 0: it counts
    all of them; None: no knowledge of any time gives that number.  `orders` are (time, pieces), in the order of their times."""
    known = [(at, pieces) for at, pieces in orders if at <= time_us]
    left = came_in - sum(pieces for _, pieces in known)
    first = None
    for at, pieces in reversed(known):
        if after <= max(0, left):
            break
        left += pieces
        first = at
    if after > max(0, left):
        return None
    return 0 if first is None else (time_us - first) / 1e6


def shown_stock(stack, articles, batches, read_to_write_s, merchant="acme"):
    """At each write of ours the number shown is at most: what ever came in, minus what was ordered up to `read_to_write_s` before.

    Both are read from the sandboxes' own logs.  That time is what no outsider can close: between our read of the shop's orders and the write
    of the shop.  A batch that the shop finishes after it hung up has the delay of `batches` more.
    Returns problems, the writes, how many of them were late, and the longest times that were needed, by whether they were late.
    """
    ordered = {}  # sku -> [(time, pieces)]
    writes = []
    for entry in whole_log(stack.shop_control, merchant):
        if entry["kind"] != "stock":
            continue
        before, after = entry["before"] or 0, entry["after"] or 0
        if entry["order_id"]:
            ordered.setdefault(entry["sku"], []).append((entry["time_us"], before - after))
        elif entry["cause"] not in ("seed", "database"):
            writes.append((entry["time_us"], entry["sku"], after, entry["cause"]))
    goods = goods_of(stack, articles, merchant)
    problems, longest, late = [], {False: 0.0, True: 0.0}, 0
    for time_us, sku, after, cause in writes:
        if sku not in goods:
            continue
        came_in = sum(pieces for at, pieces in goods[sku] if at <= time_us)
        is_late = batches.is_late(time_us)
        late += is_late
        needed_s = forgotten_s(after, time_us, came_in, ordered.get(sku, []))
        allowed_s = read_to_write_s + (batches.delay_us / 1e6 if is_late else 0)
        if needed_s is None:
            problems.append(f"{sku} was set to {after} by {cause} at {time_us}: {came_in} ever came in")
            continue
        longest[is_late] = max(longest[is_late], needed_s)
        if needed_s > allowed_s:
            problems.append(f"{sku} was set to {after} by {cause} at {time_us}, without an order of {needed_s:.2f} s before: {allowed_s:.2f} s are allowed")
    return problems, len(writes), late, longest

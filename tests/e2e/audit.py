"""Counts effects in the sandboxes' own logs: no order lost or doubled, and never more shown than a model allows."""

from decimal import Decimal

import scenario


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


def shown_stock(stack, articles, window_s, merchant="acme"):
    """At each write of ours the number shown is at most: what ever came in, minus what was ordered up to `window_s` before.

    Both are read from the sandboxes' own logs.  The window is what no outsider can close: the time between our read of the shop's
    orders and the write, and the time in which the shop finishes a write after it hung up.
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
    problems = []
    for time_us, sku, after, cause in writes:
        if sku not in goods:
            continue
        came_in = sum(pieces for at, pieces in goods[sku] if at <= time_us)
        taken = sum(pieces for at, pieces in ordered.get(sku, []) if at <= time_us - window_s * 1e6)
        allowed = max(Decimal(0), came_in - taken)
        if Decimal(after) > allowed:
            problems.append(f"{sku} was set to {after} by {cause} at {time_us} while {allowed} were left")
    return problems, len(writes)

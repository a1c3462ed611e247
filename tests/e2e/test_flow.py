"""The loop itself: orders become documents, stock comes back, in both wire dialects; lost, doubled and mixed-up webhooks; twins."""

import time

import audit
import scenario
from stack import Stack, wait_until
from test_bad_input import metric

SWEEP_S = 10  # the interval of the sweep where it works alone
EXPORT_S = 8  # what a busy machine takes from the sweep to the document; less than the interval, so that a second sweep would be seen


def loop(dialect):
    """24 orders of every kind: one document each with the same total, and the shop shows what the ERP has free."""
    def test(binaries, folder):
        with Stack(folder, binaries, dialect=dialect) as stack:
            problems = scenario.settled(lambda: scenario.check_stock(stack), 30)
            if problems:
                return ["before any order: " + problem for problem in problems]
            orders = scenario.place_orders(stack)
            problems = scenario.settled(lambda: scenario.check_totals(orders, scenario.documents_of(stack)), 30)
            problems += scenario.settled(lambda: scenario.check_stock(stack), 30)
            return problems + scenario.check_customers(stack) + scenario.check_notes(stack, orders)
    return test


def exported_after(stack, orders):
    """Seconds from each order to its document, as shop and ERP say themselves; orders without one are left out."""
    placed = {entry["order_id"]: entry["time_us"] for entry in audit.whole_log(stack.shop_control, "acme")
              if entry["kind"] == "order" and entry["cause"].startswith("created:")}
    made = {entry["externalNumber"]: entry["at_us"] for entry in audit.whole_log(stack.erp_control, "acme")
            if entry["kind"] == "document_created"}
    numbers = {order["id"]: scenario.external_number(order) for _, order in orders}
    return {number: (made[number] - placed[id]) / 1e6 for id, number in numbers.items() if number in made}


def last_sweep(stack):
    return metric(stack, "woocommerce", "shopwire_source_last_success_timestamp_seconds", stream="orders")


def webhooks_lost(binaries, folder):
    """Every webhook is dropped: the sweep brings every order within its interval, whenever in it the order is placed."""
    with Stack(folder, binaries, intervals={"shop": {"orders": f"{SWEEP_S}s"}}) as stack:
        scenario.settled(lambda: scenario.check_stock(stack), 30)
        stack.shop_control("faults", [{"match": {"channel": "webhook"}, "every": 1, "fault": {"kind": "lost"}}])
        orders = scenario.place_orders(stack)
        for index in range(10):
            orders.append(("later", scenario.checkout(stack, [("A-106", 1)], billing=scenario.person(30 + index))))
            time.sleep(SWEEP_S / 7)
        problems = scenario.settled(lambda: scenario.check_totals(orders, scenario.documents_of(stack)), 30)
        took = exported_after(stack, orders)
        print(f"  {len(took)} orders; the slowest was at the ERP after {max(took.values(), default=0):.1f} s of {SWEEP_S} + {EXPORT_S}", flush=True)
        return problems + [f"{number} was at the ERP after {seconds:.1f} s: expected {SWEEP_S} s and {EXPORT_S} s at most"
                           for number, seconds in took.items() if seconds > SWEEP_S + EXPORT_S]


def webhooks_off(binaries, folder):
    """No public address: sweeps alone do the work, and nothing is registered in the shop."""
    with Stack(folder, binaries, webhooks=False) as stack:
        scenario.settled(lambda: scenario.check_stock(stack), 30)
        orders = scenario.place_orders(stack)
        problems = scenario.settled(lambda: scenario.check_totals(orders, scenario.documents_of(stack)), 30)
        registered = scenario.rest(stack, "GET", "webhooks")
        return problems + ([f"{len(registered)} webhooks are registered"] if registered else [])


def webhooks_doubled(binaries, folder):
    """Webhooks come twice and out of order: nothing doubles, also not later."""
    sweep_s = 2
    with Stack(folder, binaries, intervals={"shop": {"orders": f"{sweep_s}s"}}) as stack:
        scenario.settled(lambda: scenario.check_stock(stack) + scenario.check_webhooks(stack), 30)
        stack.shop_control("faults", [{"match": {"channel": "webhook"}, "every": 2, "fault": {"kind": "duplicate"}},
                                      {"match": {"channel": "webhook"}, "every": 3, "fault": {"kind": "reorder", "delay_ms": 300}}])
        orders = scenario.place_orders(stack)
        problems = scenario.settled(lambda: scenario.check_totals(orders, scenario.documents_of(stack)), 30)
        problems += scenario.settled(lambda: scenario.check_stock(stack), 30)
        # What doubles may do so later: all that was delivered, and two sweeps more.
        wait_until("the last webhook to be delivered", lambda: stack.shop_control("state")["webhooks_idle"], 30)
        for _ in range(2):
            swept = last_sweep(stack)
            wait_until("one sweep more", lambda: last_sweep(stack) > swept, 10 * sweep_s, 0.2)
        time.sleep(2 * sweep_s)
        hits = [rule["hits"] for rule in stack.shop_control("faults")]
        print(f"  {hits[0]} webhooks were doubled, {hits[1]} came out of order", flush=True)
        if min(hits) < 5:
            problems.append("too few webhooks were doubled or out of order to prove anything")
        return problems + audit.documents(stack, [order for _, order in orders])


def cancelled(binaries, folder):
    """A cancelled order cancels its reservation, and its pieces can be sold again."""
    with Stack(folder, binaries) as stack:
        scenario.settled(lambda: scenario.check_stock(stack), 30)
        order = scenario.checkout(stack, [("A-100", 5)])
        problems = scenario.settled(lambda: scenario.check_totals([("guest", order)], scenario.documents_of(stack)), 30)
        scenario.rest(stack, "PUT", f"orders/{order['id']}", {"status": "cancelled"})

        def gone():
            left = scenario.documents_of(stack).get(scenario.external_number(order), [])
            return [f"{len(left)} documents are left"] if left else scenario.check_stock(stack)
        return problems + scenario.settled(gone, 30)


def twins(binaries, folder):
    """Two merchants with the same SKUs, e-mails and order numbers never mix."""
    merchants = ("acme", "bravo")
    with Stack(folder, binaries, merchants=merchants) as stack:
        orders = {}
        for merchant in merchants:
            scenario.settled(lambda m=merchant: scenario.check_stock(stack, m), 30)
            orders[merchant] = scenario.place_orders(stack, merchant)
        problems = []
        for merchant in merchants:
            problems += scenario.settled(
                lambda m=merchant: scenario.check_totals(orders[m], scenario.documents_of(stack, m), m), 40)
            problems += scenario.settled(lambda m=merchant: scenario.check_stock(stack, m), 30)
            foreign = [n for n in scenario.documents_of(stack, merchant) if not n.startswith(f"WC-{merchant}-")]
            problems += [f"{merchant} has documents of others: {foreign}"] if foreign else []
        return problems


def tests(full):
    yield "loop_sors_en", loop("sors-en")
    yield "loop_sors_sr", loop("sors-sr")
    yield "webhooks_all_lost", webhooks_lost
    yield "webhooks_off", webhooks_off
    yield "webhooks_doubled_and_reordered", webhooks_doubled
    yield "cancelled_order", cancelled
    yield "twin_merchants_never_mix", twins

"""The loop itself: orders become documents, stock comes back, in both wire dialects; lost, doubled and mixed-up webhooks; twins."""

import scenario
from stack import Stack


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


def webhooks_lost(binaries, folder):
    """Every webhook is dropped: the sweep brings every order within its interval."""
    with Stack(folder, binaries) as stack:
        scenario.settled(lambda: scenario.check_stock(stack), 30)
        stack.shop_control("faults", [{"match": {"channel": "webhook"}, "every": 1, "fault": {"kind": "lost"}}])
        orders = scenario.place_orders(stack)
        return scenario.settled(lambda: scenario.check_totals(orders, scenario.documents_of(stack)), 30)


def webhooks_off(binaries, folder):
    """No public address: sweeps alone do the work, and nothing is registered in the shop."""
    with Stack(folder, binaries, webhooks=False) as stack:
        scenario.settled(lambda: scenario.check_stock(stack), 30)
        orders = scenario.place_orders(stack)
        problems = scenario.settled(lambda: scenario.check_totals(orders, scenario.documents_of(stack)), 30)
        registered = scenario.rest(stack, "GET", "webhooks")
        return problems + ([f"{len(registered)} webhooks are registered"] if registered else [])


def webhooks_doubled(binaries, folder):
    """Webhooks come twice and out of order: nothing doubles."""
    with Stack(folder, binaries) as stack:
        scenario.settled(lambda: scenario.check_stock(stack), 30)
        stack.shop_control("faults", [{"match": {"channel": "webhook"}, "every": 2, "fault": {"kind": "duplicate"}},
                                      {"match": {"channel": "webhook"}, "every": 3, "fault": {"kind": "reorder", "delay_ms": 300}}])
        orders = scenario.place_orders(stack)
        problems = scenario.settled(lambda: scenario.check_totals(orders, scenario.documents_of(stack)), 30)
        problems += scenario.settled(lambda: scenario.check_stock(stack), 30)
        return problems


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

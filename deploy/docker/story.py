"""What the container `story` does: fills the sandboxes of docker-compose.yml, buys in their shops, tells what each order set in motion.
deploy/local/up.sh tells the same of its own.

  story.py            goes on until it is stopped: an order every 20 seconds, each time in another shop
  story.py once       an order in each shop; ends with 0 when each is at all of its targets, exactly once, with the shop's total
"""

import itertools
import pathlib
import signal
import sys
import time

import scenario
from five import Five
from stack import StackError, call, wait_until
from world import World

HOOK_SECRET = pathlib.Path("/run/secrets/keycrm_hook_secret")
PAUSE_S = 20
START_LIMIT_S = 60
FILL_LIMIT_S = 600
ORDER_LIMIT_S = 180
LINES = {"one": [("A-106", 2), ("A-107", 1)], "two": [("K-1", 1)], "three": [("K-100", 1)]}
OWNERS = {"one": "SORS", "two": "KeyCRM", "three": "Solteq"}
ADDRESSES = {  # of the control ports
    **{f"shop {merchant}": f"http://shop-{merchant}:8090" for merchant in LINES},
    **{system: f"http://sandbox-{system}:8090" for system in ("sors", "keycrm", "solteq")},
    "logistos": "http://logistos:8090",  # whose sandbox has the connector's address
}
TARGETS = {"one": "SORS and Logistos", "two": "KeyCRM", "three": "Solteq"}


def say(text):
    print(text, flush=True)


class Sandboxes(Five):
    """The sandboxes, each by its control port; nothing is started or stopped here."""

    def __init__(self, addresses=ADDRESSES):
        self.addresses = addresses

    def shop_control(self, path, body=None, method=None, merchant="one"):
        return call(method or ("GET" if body is None else "POST"), f"{self.addresses[f'shop {merchant}']}/__sandbox/{path}", body)

    def control(self, system):
        def ask(path, body=None):
            # The connectors may have read the ERP already: articles are added, none vanishes.
            body = {**body, "replace": False} if path == "seed" and system == "sors" else body
            return call("GET" if body is None else "POST", f"{self.addresses[system]}/__sandbox/{path}", body)
        return ask

    def seed(self, merchant):
        """SORS takes no article twice, and this program may find one that another has filled."""
        if merchant != "one" or not self.has_articles():
            super().seed(merchant)

    def has_articles(self):
        """SORS has what shop one shall sell."""
        codes = {article["code"] for article in World(self).sors()["articles"]}
        return all(sku in codes for sku, _ in LINES["one"])

    def answer(self):
        """True once each of them does; they start beside this program."""
        try:
            for merchant in LINES:
                self.shop_control("state", merchant=merchant)
            for system in ("sors", "keycrm", "solteq"):
                self.control(system)("faults")
        except StackError:
            return False
        return True

    def fill(self):
        wait_until("the sandboxes to answer", self.answer, START_LIMIT_S, 0.2)
        for merchant in LINES:
            self.seed(merchant)
        hook = f"http://keycrm:8080/webhooks/two/crm/{HOOK_SECRET.read_text()}"
        self.control("keycrm")("webhooks", {"stock": [{"url": hook}], "triggers": [
            {"event": "order.change_order_status", "url": hook}, {"event": "order.change_payment_status", "url": hook}]})


def on_sale(world, merchant):
    """The shop has learnt articles and stock from the system behind it."""
    shown = world.products(merchant)
    return all(sku in shown and shown[sku]["stock"] not in (None, "0", 0) for sku, _ in LINES[merchant])


def tell(world, merchant):
    """Buys and tells; returns whether the order is at all of its targets."""
    started = time.monotonic()
    order = world.buy(merchant, LINES[merchant])
    problems = ["nobody asked"]
    while problems and time.monotonic() < started + ORDER_LIMIT_S:
        try:
            problems = world.arrived({merchant: order})
        except StackError as error:
            problems = [str(error)]
        time.sleep(0.1)
    seconds = time.monotonic() - started
    if problems:
        say(f"order {order['number']} of shop {merchant}: FAILED after {seconds:.1f} s: {'; '.join(problems)}")
        return False
    stock = ", ".join(f"{sku} {world.products(merchant)[sku]['stock']}" for sku, _ in LINES[merchant])
    say(f"order {order['number']} of shop {merchant} ({order['total']} {order['currency']}) → {TARGETS[merchant]} "
        f"after {seconds:.1f} s, with the same total; the shop has left: {stock}")
    return True


def wait_for_articles(world):
    for merchant in LINES:
        wait_until(f"stock in shop {merchant}", lambda: on_sale(world, merchant), FILL_LIMIT_S, 0.5)
        say(f"shop {merchant} shows articles, stock and prices of {OWNERS[merchant]}")


def forever(sandboxes, world):
    sandboxes.fill()
    wait_for_articles(world)
    for merchant in itertools.cycle(LINES):
        try:
            tell(world, merchant)
        except StackError as error:  # sold out
            say(f"shop {merchant}: no order: {error}")
        time.sleep(PAUSE_S)


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    sandboxes = Sandboxes()
    world = World(sandboxes)
    try:
        if sys.argv[1:] == ["once"]:
            return 0 if all([tell(world, merchant) for merchant in LINES]) else 1
        forever(sandboxes, world)
    except StackError as error:
        say(f"story: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

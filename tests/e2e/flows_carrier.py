"""Flows between a shop and Logistos beside new orders: the store is connected, and what it sold before.  test_five.py runs them."""

import hashlib
import json
from decimal import Decimal

import scenario
from stack import SHOP_KEY, SHOP_SECRET, wait_until
from world import INDIAN, same

ORDERS = 24
ARRIVED_BEFORE_THE_KILL = 4
AFTER_A_KILL_S = 60
CARD = "4111 1111 1111 1111"
PRIVATE = ("4111", "cvc-of-the-card", "ch_of_the_bank")


def place(world, index, **more):
    """As a payment plugin leaves it: with card data in the meta, in the note, and the bank's id."""
    product = world.products("five")["IN-1"]["id"]
    return scenario.rest(world.stack, "POST", "orders", {
        "status": "processing", "set_paid": True, "billing": {**INDIAN, "email": f"buyer{index}@example.test"}, "payment_method": "stripe",
        "transaction_id": f"ch_of_the_bank_{index}", "customer_note": f"My card is {CARD}" if index % 5 == 0 else "",
        "meta_data": [{"key": "_card_number", "value": CARD}, {"key": "_card_code", "value": "cvc-of-the-card"}],
        "line_items": [{"product_id": product, "quantity": 1 + index % 3}], **more}, "five")


def history(world):
    """All orders of a shop from before Logistos was connected arrive once each, over a kill half way; store and keys are told once; no card data."""
    stack = world.stack
    orders = {f"OLD-{order['number']}": Decimal(order["total"]) for order in (place(world, index) for index in range(ORDERS))}
    place(world, ORDERS, status="pending", set_paid=False)  # which nobody has paid
    stack.connect("five")

    def there():
        return {parcel["number"]: parcel for parcel in world.all_parcels() if parcel["number"].startswith("OLD-")}
    wait_until("the first orders at Logistos", lambda: len(there()) >= ARRIVED_BEFORE_THE_KILL, 60)
    for name in ("logistos", "woocommerce"):
        stack.services[name].kill()
    early = len(there())
    for name in ("logistos", "woocommerce"):
        stack.services[name].start()
        stack.services[name].ready(60)
    new = place(world, ORDERS + 1)
    orders[f"OLD-{new['number']}"] = Decimal(new["total"])

    def check():
        found = there()
        problems = [f"{number}: not at Logistos" for number in orders if number not in found]
        problems += [f"{number}: sent though it is none of the shop's paid orders" for number in found if number not in orders]
        return problems + [f"{number}: {orders[number]} in the shop, {parcel['total']} at Logistos" for number, parcel in found.items()
                           if number in orders and not same(parcel["total"], orders[number])]
    problems = scenario.settled(check, AFTER_A_KILL_S) or check_store(stack)
    rows = [parcel for parcel in world.all_parcels() if parcel["number"].startswith("OLD-")]
    problems += [] if len(rows) == len(orders) else [f"{len(rows)} rows of {len(orders)} orders at Logistos"]
    problems += [] if early < len(orders) else ["all orders had arrived before the kill"]
    told = json.dumps([parcel["body"] for parcel in world.all_parcels()])
    return problems + [f"Logistos was told {word}" for word in PRIVATE if word in told]


def check_store(stack):
    port = stack.ports["five-shop"]["https"]
    stores = [store for store in stack.control("logistos")("state")["stores"] if str(port) in store["url"]]
    wanted = {"connected": True, "connects": 1, "key_md5": hashlib.md5(SHOP_KEY.encode()).hexdigest(),
              "secret_md5": hashlib.md5(SHOP_SECRET.encode()).hexdigest()}
    shown = [{name: store[name] for name in wanted} for store in stores]
    return [] if shown == [wanted] else [f"Logistos knows the store as {shown}, expected {wanted}"]

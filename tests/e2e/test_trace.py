"""Where is order 1234, and why does the shop show 5?  Three stories of each, told by the command line as the README shows them."""

import re

import scenario
from stack import Stack, StackError, wait_until


class Told(Stack):
    """With a buffer, so that one of the numbers needs it."""

    def merchant_yaml(self, merchant):
        return super().merchant_yaml(merchant).replace("release_lag: 100ms}", "release_lag: 100ms, buffer: 3}")


def tell(stack, what, name, *, hops=(), facts=(), ends):
    """Problems: the story does not have these parts, in this order, or ends otherwise."""
    text = ""

    def is_told():
        nonlocal text
        text = stack.shopwire("trace", what, name, "--merchant", "acme").stdout
        lines = text.strip().splitlines()
        last = lines[-1] if lines else ""
        at = 0
        for part in (*hops, *facts):
            found = re.search(part, text[at:])
            if not found:
                return False
            at += found.end()
        return re.search(ends, last)
    try:
        wait_until(f"the story of {what} {name}", is_told, 30, 0.5)
        return []
    except StackError:
        return [f"trace {what} {name}: expected {[*hops, *facts]}, and at the end {ends}; it told\n{text}"]
    finally:
        print(f"$ shopwire trace {what} {name} --merchant acme\n{text}", flush=True)


def orders(stack):
    problems = []
    # It arrived: the shop has the document's number.
    sold = scenario.checkout(stack, [("A-100", 2)], billing=scenario.person(1))
    problems += tell(stack, "order", sold["number"], hops=(r"seen .*webhook", r"asked .*make reservation", r"answered .*applied", r"asked .*note"),
                     ends=rf"Order {sold['number']}: at erp as reservation \S+ \(WC-acme-{sold['number']}\), since ")
    # A person must act in the shop: the article is not known there.
    strange = scenario.rest(stack, "POST", "orders", {"status": "processing", "billing": scenario.person(2),
                                                      "line_items": [{"sku": "NOT-THERE", "quantity": 1}]})
    problems += tell(stack, "order", strange["number"], hops=(r"asked .*make reservation",), ends=rf"Order {strange['number']}: not at erp: it waits for a person: ")
    # It went there, and then it was cancelled.
    back = scenario.checkout(stack, [("A-103", 1)], billing=scenario.person(3))
    problems += scenario.settled(lambda: scenario.check_totals([("", back)], scenario.documents_of(stack)), 30)
    scenario.rest(stack, "PUT", f"orders/{back['id']}", {"status": "cancelled"})
    return problems + tell(stack, "order", back["number"], hops=(r"make reservation", r"cancelled", r"cancel"),
                           ends=rf"Order {back['number']}: cancelled at erp \(WC-acme-{back['number']}\)")


def articles(stack):
    # The owner counts the order already: what is free there, less the buffer.
    problems = tell(stack, "sku", "A-100", facts=(r"owner erp/1: free 48, on hand 50, reserved 2",),
                    ends=r"shop shows 45: 48 free at erp - 3 held back \(buffer\) = 45 ")
    # It does not yet: it takes nothing until it is resumed.
    paused = stack.shopwire("pause", "acme/erp")
    if paused.returncode != 0:
        problems.append(f"pause: {paused.stderr}")
    waiting = scenario.checkout(stack, [("A-101", 2)], billing=scenario.person(4))
    problems += tell(stack, "sku", "A-101", facts=(rf"order shop/{waiting['id']}: 2 pieces subtracted since ",),
                     ends=r"shop shows 35: 40 free at erp - 2 taken by 1 order that erp does not count yet - 3 held back \(buffer\) = 35 ")
    shown = scenario.shop_stock(stack)
    if (shown["A-100"], shown["A-101"]) != (45, 35):
        problems.append(f"the shop shows {shown['A-100']} and {shown['A-101']}, the stories say 45 and 35")
    stack.shopwire("resume", "acme/erp")
    # The shop has no such article.
    stack.erp_control("seed", {"database": "Shop2026", "replace": False, "articles": [
        {"code": "ONLY-ERP", "name": "Samo ovde", "groupId": 13, "priceWithVat": "100.00", "vatRate": 20, "units": {"1": {"onHand": 7}}}]})
    return problems + tell(stack, "sku", "ONLY-ERP", facts=(r"owner erp/1: free 7",),
                           ends=r"shop was told 4, and answered rejected: finding a product: no product with SKU ONLY-ERP")


def stories(binaries, folder):
    with Told(folder, binaries) as stack:
        wait_until("stock in the shop", lambda: all(scenario.shop_stock(stack).get(sku) for sku in ("A-100", "A-101", "A-103")), 30)
        return scenario.settled(lambda: scenario.check_webhooks(stack), 30) + orders(stack) + articles(stack)


def tests(full):
    yield "stories_of_orders_and_articles", stories

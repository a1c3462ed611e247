#!/usr/bin/env python3
"""Buys in the simulated shop and waits until the simulated SORS has the order's document: once, with the shop's total.  `helm test` runs this
in the cluster, tests/deploy.sh in compose.

  place_order.py [--shop URL] [--erp URL] [--prefix WC] [--limit 120]

One line for each step.  Exit 0, or 1 with the reason, or 2 for a wrong option.  --limit is for each of the two waits, in seconds.  Without
addresses it asks the sandboxes of docker-compose.yml.  Standard library only.
"""

import argparse
import http.client
import re
import signal
import sys
import time
from decimal import Decimal

from scenario import person, settled
from stack import StackError
from story import ADDRESSES, LINES, Sandboxes, say
from world import World, once

ANSWER_LIMIT_S = 30
LIMIT_MAX_S = 3600
AGAIN_AFTER_S = 2
MORE_PIECES = 100
WANTED = LINES["one"]


def address(text):
    if not re.fullmatch(r"https?://[^/\s]+", text):
        raise argparse.ArgumentTypeError(f"expected http://host:port, got {text!r}")
    return text


def prefix(text):
    if not text:
        raise argparse.ArgumentTypeError("expected the prefix of the merchant's route")
    return text


def seconds(text):
    if not text.isdecimal() or not 1 <= int(text) <= LIMIT_MAX_S:
        raise argparse.ArgumentTypeError(f"expected 1 to {LIMIT_MAX_S} seconds, got {text!r}")
    return int(text)


def wait(what, check, limit_s):
    """Until `check()` finds no problem; returns how long it took."""
    started = time.monotonic()
    problems = settled(check, limit_s)
    took = time.monotonic() - started
    if problems:
        raise StackError(f"{what}: {'; '.join(problems)}, after {took:.1f} s")
    return took


def answer(sandboxes):
    sandboxes.shop_control("faults")  # the smallest answer that both have
    sandboxes.control("sors")("faults")
    return []


def stock_up(sandboxes, world):
    """SORS has the articles, and pieces enough for one more order.  Returns what was done."""
    if not sandboxes.has_articles():
        sandboxes.seed("one")
        return "SORS was empty: it has articles now"
    free = {article["code"]: article["units"]["1"]["free"] for article in world.sors()["articles"]}
    few = [sku for sku, pieces in WANTED if free[sku] < pieces]
    for sku in few:
        sandboxes.control("sors")("stock", {"code": sku, "unit": 1, "add": MORE_PIECES})
    return f"{', '.join(few)} were sold out at SORS: {MORE_PIECES} pieces arrived" if few else "SORS has articles"


def not_on_sale(world):
    """Problems: what the shop has not learnt yet from SORS."""
    shown = world.products("one")
    problems = []
    for sku, pieces in WANTED:
        product = shown.get(sku)
        if product is None:
            problems.append(f"the shop does not have {sku}")
        elif not product["price"]:
            problems.append(f"{sku} has no price in the shop")
        elif Decimal(product["stock"] or 0) < pieces:
            problems.append(f"the shop shows {product['stock']} pieces of {sku}")
    return problems


def place_order(sandboxes, number_prefix, limit_s):
    world = World(sandboxes)
    wait("the sandboxes do not answer", lambda: answer(sandboxes), ANSWER_LIMIT_S)
    say(stock_up(sandboxes, world))
    took = wait("the shop does not sell", lambda: not_on_sale(world), limit_s)
    say(f"the shop sells {', '.join(sku for sku, _ in WANTED)} (waited {took:.1f} s)")

    before = {document["externalNumber"] for document in world.sors()["documents"]}
    order = world.buy("one", WANTED, billing=person(1), payment_method="cod")
    say(f"order {order['number']} was placed: {order['total']} {order['currency']}")

    number = f"{number_prefix}-{order['number']}"
    if number in before:
        raise StackError(f"SORS had a document {number} before: the shop was started anew and counts its orders from the first again")

    def check():
        return once(f"documents {number} at SORS", world.documents(number, alive=False), order["total"], "total")
    took = wait(f"order {order['number']} did not arrive", check, limit_s)
    time.sleep(AGAIN_AFTER_S)  # what was sent twice comes a moment later
    if check():
        raise StackError("; ".join(check()))
    say(f"SORS has one document {number} with the same total (waited {took:.1f} s)")


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # the first process of a container has no default for it
    options = argparse.ArgumentParser(prog="place_order.py")
    options.add_argument("--shop", type=address, default=ADDRESSES["shop one"], metavar="URL", help="control port of the simulated shop")
    options.add_argument("--erp", type=address, default=ADDRESSES["sors"], metavar="URL", help="control port of the simulated SORS")
    options.add_argument("--prefix", type=prefix, default="WC", help="of the merchant's route to SORS")
    options.add_argument("--limit", type=seconds, default=120, metavar="SECONDS", help="for each of the two waits")
    given = options.parse_args()
    try:
        place_order(Sandboxes({"shop one": given.shop, "sors": given.erp}), given.prefix, given.limit)
    except StackError as error:
        say(f"FAILED: {error}")
    except (ArithmeticError, AttributeError, KeyError, TypeError, ValueError, http.client.HTTPException) as error:
        say(f"FAILED: {given.shop} or {given.erp} does not answer as a sandbox does: {error!r}")
    else:
        return 0
    return 1


if __name__ == "__main__":
    sys.exit(main())

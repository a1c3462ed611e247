"""Flows between shops and KeyCRM beside orders: payments, and the stock of a shop that owns it.  test_five.py runs them."""

from decimal import Decimal

import scenario
from stack import ADMIN_TOKEN, StackError, call
from world import LIMIT_S, UKRAINIAN, same


def stock_to_crm(world):
    """Stock of a shop that owns it comes to KeyCRM: by schedule, by `shopwire sync`, and when a cron job calls the address with its token."""
    stack = world.stack
    wanted = {"K-101": 40, "K-102": 25, "K-103": 7}  # five.Five.seed

    def check():
        problems = []
        shown = world.products("four")
        for sku, pieces in wanted.items():
            row = stack.control("keycrm")(f"stock/{9000 + int(sku.removeprefix('K-'))}")
            free = Decimal(str(row["quantity"])) - Decimal(str(row["reserve"]))
            if not same(free, pieces) or not same(shown[sku]["stock"], pieces):
                problems.append(f"{sku}: {pieces} expected, the shop shows {shown[sku]['stock']}, KeyCRM has {free} free")
        return problems

    def edited_unseen(sku, pieces):
        """As a database tool does it: no date and no webhook tell of it, so that no schedule of this shop would find it today."""
        stack.shop_control("silent-edit", {"sku": sku, "stock": pieces}, merchant="four")
        wanted[sku] = pieces
    problems = scenario.settled(check, LIMIT_S)
    world.buy("four", [("K-101", 3)], billing=UKRAINIAN)
    wanted["K-101"] -= 3
    scenario.rest(stack, "PUT", f"products/{world.products('four')['K-102']['id']}", {"stock_quantity": 11}, "four")
    wanted["K-102"] = 11
    problems += [f"by schedule: {problem}" for problem in scenario.settled(check, LIMIT_S)]
    edited_unseen("K-103", 5)
    done = stack.shopwire("sync", f"four{stack.tag}/shop", "catalogue", "--wait")
    problems += [] if done.returncode == 0 else [f"shopwire sync: {done.stdout}{done.stderr}"]
    problems += [f"by shopwire sync: {problem}" for problem in scenario.settled(check, LIMIT_S)]
    edited_unseen("K-103", 19)
    return problems + call_by_cron(stack) + [f"by a cron job: {problem}" for problem in scenario.settled(check, LIMIT_S)]


def call_by_cron(stack):
    """Problems: without the token nothing is read, with it the reading begins."""
    address, body = f"{stack.admin('woocommerce')}/api/sync", {"connection": f"four{stack.tag}/shop", "stream": "catalogue"}
    problems = []
    for headers in ({}, {"Authorization": "Bearer wrong"}):
        try:
            call("POST", address, body, headers=headers)
            problems.append(f"{address} was opened by {headers}")
        except StackError as error:
            problems += [] if "HTTP 401" in str(error) else [str(error)]
    call("POST", address, body, headers={"Authorization": f"Bearer {ADMIN_TOKEN}"})
    return problems


def payments(world):
    """A card payment is a paid payment of KeyCRM with the order's total; cash on delivery is announced, and paid once the shop says so; one each."""
    card = world.buy("two", [("K-3", 1)])
    cash = world.buy("two", [("K-4", 1)], payment_method="cod")

    def look(cash_status):
        def check():
            problems = []
            for what, order, method, status in (("card", card, 2, "paid"), ("cash", cash, 1, cash_status)):
                found = [payment for one in world.crm_orders(f"WEB-{order['number']}") for payment in one["payments"]]
                rows = [(row["payment_method_id"], row["status"], Decimal(str(row["amount"]))) for row in found]
                if rows != [(method, status, Decimal(order["total"]))]:
                    problems.append(f"{what}: {order['total']} in the shop, the payments {rows} at KeyCRM, expected one that is {status}")
            return problems
        return check
    problems = scenario.settled(look("not_paid"), LIMIT_S)
    world.change("two", cash, {"set_paid": True, "status": "completed"})
    return problems + scenario.settled(look("paid"), LIMIT_S)

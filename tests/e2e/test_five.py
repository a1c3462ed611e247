"""All five systems in one installation: what a shop's order, edit, cancellation and refund become at each target, and what comes back.

Each flow asks the sandboxes themselves, at both ends.  A flow that fails does not keep the others from running.
"""

import time
from decimal import Decimal

import scenario
from five import CAMPAIGN_PRODUCTS, FIRST_DIALECTS, SECOND_DIALECTS, Five
from flows_carrier import history
from flows_crm import payments, stock_to_crm
from flows_model import the_model
from flows_solteq import campaigns, purchase_prices
from flows_sors import business_units, credit_hold, customer_with_document, debts, document_types, groups_and_images, returned
from world import BUYERS, LIMIT_S, World, once, same


def products_made(world):
    """SORS and Solteq fill shops that were empty, and what is made can be bought."""
    def check():
        problems = []
        for merchant, skus in (("one", [code for code, *_ in scenario.ARTICLES]), ("three", ["K-100", "TS-2041-BLK-M", "TS-2041-BLK-L", *CAMPAIGN_PRODUCTS])):
            shown = world.products(merchant)
            missing = [sku for sku in skus if sku not in shown]
            problems += [f"{merchant}: not in the shop: {', '.join(missing)}"] if missing else []
            strange = sorted(shown.keys() - {*skus, "TS-2041", ""})
            problems += [f"{merchant}: made though nobody asked: {', '.join(strange)}"] if strange else []
        return problems
    return scenario.settled(check, 60)


def stock_and_prices(world):
    """Each shop shows its owner's free pieces and prices."""
    def check():
        problems = []
        for merchant, numbers in world.owned().items():
            shown = world.products(merchant)
            for sku, (pieces, price) in numbers.items():
                product = shown.get(sku)
                if product is None:
                    problems.append(f"{merchant}: {sku} is not in the shop")
                elif product["stock"] is None or Decimal(product["stock"]) != max(Decimal(0), Decimal(str(pieces)).to_integral_value("ROUND_FLOOR")):
                    problems.append(f"{merchant}: {sku}: the shop shows {product['stock']} pieces, the owner has {pieces}")
                elif not product["price"] or not same(product["price"], price):
                    problems.append(f"{merchant}: {sku}: the shop shows the price {product['price']!r}, the owner has {price}")
        return problems
    return scenario.settled(check, LIMIT_S)


def stock_moves(world):
    """A new number and a new price of each owner come to its shop."""
    control = world.stack.control
    world.count("one", "A-101", Decimal(33))
    world.count("two", "K-5", Decimal(4))
    world.count("three", "K-100", Decimal(3), world.sold("three", "K-100"))
    control("sors")("stock", {"code": "A-101", "unit": 1, "onHand": 33})
    control("sors")("nivelacija", {"code": "A-101", "priceWithVat": "901.00"})
    control("keycrm")("stock", {"offer_id": 9005, "warehouse_id": 1, "quantity": "4"})
    control("solteq")("seed", {"balances": [{"sku": "K-100", "stockId": "stock-1", "freeBalance": 3}],
                               "products": [{"id": "p-3", "salesPrice": 13.5, "modifiedAt": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}]})
    return stock_and_prices(world)


def orders_arrive(world):
    """An order of each shop is at each of its targets exactly once, with the same total."""
    orders = {merchant: world.buy(merchant) for merchant in BUYERS}
    problems = scenario.settled(lambda: world.arrived(orders), LIMIT_S)
    time.sleep(2)  # a second one would follow soon
    return problems or world.arrived(orders)


def odd_totals(world):
    """Coupons and shipping whose cents do not divide: the totals are equal all the same."""
    problems = []
    for coupon in ("ODD", "TEN"):
        shipping = {**scenario.SHIPPING, "total": "291.67" if coupon == "ODD" else "0.01"}
        orders = {merchant: world.buy(merchant, coupon=coupon, shipping_line=shipping) for merchant in BUYERS}
        problems += scenario.settled(lambda placed=orders: world.arrived(placed), LIMIT_S)
    return problems


def edited(world):
    """What is changed in the shop after export is changed at the target too."""
    orders = {merchant: world.buy(merchant) for merchant in BUYERS}
    world.settle(orders)
    product = {merchant: world.products(merchant)[sku]["id"] for merchant, sku in (("one", "A-107"), ("three", "K-100"))}
    one = world.change("one", orders["one"], {"line_items": [{"product_id": product["one"], "quantity": 1}]})
    world.change("two", orders["two"], {"shipping": {"address_1": "Street 99"}})
    three = world.change("three", orders["three"], {"line_items": [{"product_id": product["three"], "quantity": 1}]})

    def check():
        problems = once("SORS", world.documents(f"WC-{one['number']}"), one["total"], "total")
        crm = world.crm_orders(f"WEB-{orders['two']['number']}")
        if "Street 99" not in str([order["shipping"] for order in crm]):
            problems.append(f"KeyCRM: the new address is not there: {[order['shipping'] for order in crm]}")
        sales = world.sales(f"EU-{three['number']}")
        if not same(sum(Decimal(str(sale["total"])) for sale in sales), three["total"]):
            problems.append(f"Solteq: {three['total']} in the shop, {[(sale['externalId'], sale['total']) for sale in sales]} there")
        return problems
    return scenario.settled(check, LIMIT_S)


def cancelled(world):
    """A cancelled order is cancelled at each target that keeps a document of it."""
    orders = {merchant: world.buy(merchant) for merchant in BUYERS}
    world.settle(orders)
    for merchant, order in orders.items():
        world.change(merchant, order, {"status": "cancelled"})

    def check():
        alive = world.documents(f"WC-{orders['one']['number']}")
        problems = [f"SORS: {len(alive)} documents are left"] if alive else []
        crm = world.crm_orders(f"WEB-{orders['two']['number']}")
        problems += [] if [order["status_id"] for order in crm] == [19] else [f"KeyCRM: status {[order['status_id'] for order in crm]}"]
        sales = world.sales(f"EU-{orders['three']['number']}")
        return problems + ([] if same(sum(Decimal(str(sale["total"])) for sale in sales), 0) else [
            f"Solteq: {[(sale['externalId'], sale['total']) for sale in sales]}"])
    return scenario.settled(check, LIMIT_S)


def refunded(world):
    """One piece comes back: off the reservation at SORS, an expense at KeyCRM, a refund of the sale at Solteq."""
    orders = {merchant: world.buy(merchant) for merchant in BUYERS}
    world.settle(orders)
    given = {merchant: world.refund_one_piece(merchant, order) for merchant, order in orders.items()}

    def check():
        one, two, three = (orders[merchant] for merchant in ("one", "two", "three"))
        problems = once("SORS", world.documents(f"WC-{one['number']}"), Decimal(one["total"]) - given["one"], "total")
        expenses = [expense for order in world.crm_orders(f"WEB-{two['number']}") for expense in order["expenses"]]
        problems += once("KeyCRM", expenses, given["two"], "amount")
        sales = world.sales(f"EU-{three['number']}")
        if len(sales) != 2 or not same(-Decimal(str(sales[1]["total"])), given["three"]):
            problems.append(f"Solteq: {given['three']} were refunded, {[(sale['externalId'], sale['total']) for sale in sales]} there")
        return problems
    return scenario.settled(check, LIMIT_S)


def notes(world):
    """The shop's order tells what it became: a note names the document's number at SORS, KeyCRM and Solteq, once each."""
    orders = {merchant: world.buy(merchant) for merchant in BUYERS}
    world.settle(orders)

    def check():
        one, two, three = (orders[merchant] for merchant in ("one", "two", "three"))
        documents = [("one", one, "erp", world.documents(f"WC-{one['number']}")[0]["number"]),
                     ("two", two, "crm", world.crm_orders(f"WEB-{two['number']}")[0]["id"]),
                     ("three", three, "erp", world.sales(f"EU-{three['number']}")[0]["orderNumber"])]
        problems = []
        for merchant, order, target, number in documents:
            found = world.notes(merchant, order)
            told = sum(note.startswith(f"{target}: {number} (") for note in found)
            problems += [] if told == 1 else [f"{merchant}: {told} notes name {number} of {target}: {found}"]
        return problems
    return scenario.settled(check, LIMIT_S)


def status_and_tracking(world):
    """KeyCRM's status and tracking code, and the parcels of Logistos, come to the shop's order."""
    one, two = world.buy("one"), world.buy("two")
    world.settle({"one": one, "two": two})
    crm = world.crm_orders(f"WEB-{two['number']}")[0]
    world.stack.control("keycrm")("order", {"id": crm["id"], "tracking_code": "59000123", "status_id": 8})
    awb = world.parcels(one)[0]["awb"]

    def look(wanted_one, wanted_two):
        def check():
            problems = []
            for merchant, order, status, number in (("one", one, wanted_one, awb), ("two", two, wanted_two, "59000123")):
                shown = world.order(merchant, order)["status"]
                problems += [] if shown == status else [f"{merchant}: status {shown}, expected {status}"]
                tracking = world.meta(merchant, order).get("_shopwire_tracking_number")
                problems += [] if tracking == number else [f"{merchant}: tracking number {tracking}, expected {number}"]
            return problems
        return check
    problems = scenario.settled(look("processing", "on-hold"), LIMIT_S)
    world.stack.control("logistos")("status", {"awb": awb, "status": "DELIVERED"})
    world.stack.control("keycrm")("order", {"id": crm["id"], "status_id": 12})
    return problems + scenario.settled(look("completed", "completed"), LIMIT_S)


def customers(world):
    """A customer of Solteq is made in the shop, one of the shop at Solteq, and a change goes across; once each."""
    stack = world.stack
    scenario.rest(stack, "POST", "customers", {
        "email": "kalle@example.test", "first_name": "Kalle", "last_name": "Korhonen",
        "billing": {"first_name": "Kalle", "last_name": "Korhonen", "address_1": "Katu 9", "city": "Oulu", "postcode": "90100",
                    "country": "FI", "email": "kalle@example.test", "phone": "+358405556677"}}, "three")

    def shop_customers(email):
        return [customer for customer in scenario.rest(stack, "GET", "customers?per_page=100&role=all", merchant="three")
                if customer["email"].lower() == email]

    def solteq_customers(email):
        return [customer for customer in stack.control("solteq")("state")["customers"] if (customer["email"] or "").lower() == email]

    def check():
        problems = []
        for where, find, email in (("Solteq", solteq_customers, "kalle@example.test"), ("the shop", shop_customers, "maija@example.test"),
                                   ("the shop", shop_customers, "osto@esimerkki.example")):
            found = find(email)
            problems += [] if len(found) == 1 else [f"{email} stands {len(found)} times in {where}"]
        return problems
    problems = scenario.settled(check, LIMIT_S)
    if problems:
        return problems
    stack.control("solteq")("seed", {"customers": [{"id": "c-2", "lastName": "Mallikas-Uusi",
                                                    "modifiedAt": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}]})
    kalle = shop_customers("kalle@example.test")[0]
    scenario.rest(stack, "PUT", f"customers/{kalle['id']}", {"billing": {"city": "Kemi"}}, "three")

    def crossed():
        maija, there = shop_customers("maija@example.test")[0], solteq_customers("kalle@example.test")[0]
        problems = [] if maija["last_name"] == "Mallikas-Uusi" else [f"the shop shows the last name {maija['last_name']}"]
        return problems + ([] if "Kemi" in str(there["addresses"]) else [f"Solteq shows the addresses {there['addresses']}"])
    return scenario.settled(crossed, LIMIT_S) or check()


def second_pass(world):
    """When nothing changes, passes over everything write nothing anywhere."""
    def quiet():
        before = world.stack.writes()
        time.sleep(3)
        return [] if world.stack.writes() == before else ["still writing"]
    problems = scenario.settled(quiet, 30)
    before = world.stack.writes()
    time.sleep(12)  # every stream has passed at least once
    after = world.stack.writes()
    return problems + [f"{key}: {count - before.get(key, 0)} times" for key, count in sorted(after.items()) if count > before.get(key, 0)]


FLOWS = [products_made, stock_and_prices, groups_and_images, orders_arrive, odd_totals, edited, cancelled, refunded, notes, payments,
         status_and_tracking, business_units, customer_with_document, credit_hold, debts, returned, stock_moves, stock_to_crm, purchase_prices,
         campaigns, customers, history, document_types,  # that leaves the shop with fewer pieces than the owner
         the_model, second_pass]


def kills(world):
    """Each service is killed while orders come in: every order is at each of its targets exactly once."""
    placed = []
    lines = {"one": [("A-106", 1)], "two": [("K-3", 1)], "three": [("TS-2041-BLK-M", 1)]}
    for name in world.stack.services:
        placed.append({merchant: world.buy(merchant, lines[merchant]) for merchant in BUYERS})
        world.stack.services[name].kill()
        placed.append({merchant: world.buy(merchant, {**lines, "two": [("K-5", 1)]}[merchant]) for merchant in BUYERS})
        world.stack.services[name].start()
        world.stack.services[name].ready(60)
    problems = scenario.settled(lambda: [problem for orders in placed for problem in world.arrived(orders)], 60)
    return problems + stock_and_prices(world)


def run(world, flows, say=print):
    """Problems of all flows; tells each flow's outcome."""
    problems = []
    world.count_all()
    for flow in flows:
        name = flow.__name__.replace("_", " ")
        try:
            found = flow(world)
        except Exception as error:  # the flow has failed, and the others still run
            found = [f"{type(error).__name__}: {error}"]
        say(f"FLOW {'FAILED' if found else 'OK    '} {name}: {found[0] if found else flow.__doc__.splitlines()[0]}")
        problems += [f"{name}: {problem}" for problem in found]
    return problems


def installation(flows, dialects=FIRST_DIALECTS):
    def test(binaries, folder):
        with Five(folder, binaries, dialects=dialects) as stack:
            return run(World(stack), flows)
    return test


def tests(full):
    yield "five_systems", installation(FLOWS)
    if full:
        yield "five_systems_in_their_second_dialects", installation(FLOWS, SECOND_DIALECTS)
        yield "five_systems_killed", installation([products_made, stock_and_prices, kills])

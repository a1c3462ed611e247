"""Flows between a shop and SORS beside its orders: customers, credit, returns, groups and pictures.  test_five.py runs them."""

import json
import subprocess
import urllib.request
from decimal import Decimal

import scenario
from stack import ADMIN_TOKEN, ROOT, call
from world import INDIAN, LIMIT_S, once, same

COMPANY_PIB, DEBTOR_PIB = "123456788", "200000013"  # five.COMPANIES


def customer_with_document(world):
    """A buyer is made a customer of SORS with the first document and found for the second; a company is found by its PIB."""
    person = {**INDIAN, "first_name": "Vikram", "last_name": "Iyer", "email": "vikram@example.test", "phone": "+919800000077"}
    orders = []
    for _ in range(2):
        orders.append(world.buy("one", [("A-106", 1)], billing=person))
        world.settle({"one": orders[-1]})
    orders.append(world.buy_as_company(COMPANY_PIB, [("A-107", 2)]))

    def check():
        documents = [world.documents(f"WC-{order['number']}") for order in orders]
        if not all(documents):
            return [f"SORS: {[len(found) for found in documents]} documents of three orders"]
        named = [found[0]["customerId"] for found in documents]
        made = [customer for customer in world.sors()["customers"] if customer["email"] == "vikram@example.test"]
        companies = [customer for customer in world.sors()["customers"] if customer["pib"] == COMPANY_PIB]
        if len(made) != 1 or len(companies) != 1:
            return [f"SORS: the buyer stands there {len(made)} times, the company {len(companies)} times"]
        shown = {name: made[0][name] for name in ("name", "address", "city", "postalCode", "phone")}
        wanted = {"name": "Vikram Iyer", "address": "12 Test Road", "city": "Pune", "postalCode": "411001", "phone": "+919800000077"}
        problems = [] if shown == wanted else [f"SORS: the new customer is {shown}"]
        right = [made[0]["id"], made[0]["id"], companies[0]["id"]]
        return problems + ([] if named == right else [f"SORS: the documents name the customers {named}, expected {right}"])
    return scenario.settled(check, LIMIT_S)


def business_units(world):
    """The business units of SORS are listed before anything is started, each with what the connection takes from it."""
    service = world.stack.service("sors")
    checked = subprocess.run([*service.command, "--check-config"], capture_output=True, text=True, timeout=60, cwd=ROOT, env=service.env)
    told = [line.split("unit ", 1)[1] for line in checked.stdout.splitlines() if "unit " in line]
    wanted = ["1 Magacin veleprodaje (documents, prices) (stock)", "2 Prodavnica"]
    there = sorted({unit for article in world.sors()["articles"] for unit in article["units"]})
    if [line.split()[0] for line in told] != there:
        return [f"told are {told}, SORS has {there}: {checked.stdout}{checked.stderr}"]
    return [] if told == wanted else [f"told are {told}, expected {wanted}"]


def document_types(world):
    """How an order is paid chooses its document at SORS: an invoice, which leaves the pieces there, a delivery note, else a reservation."""
    kinds = {"bank": "invoice", "cod": "delivery-note", "stripe": "reservation"}
    before = units(world, "A-106")
    orders = {kind: world.buy("one", [("A-106", 2)], billing=scenario.person(40), payment_method=method, takes_pieces=kind != "invoice")
              for method, kind in kinds.items()}

    def check():
        problems = []
        for kind, order in orders.items():
            documents = world.documents(f"WC-{order['number']}")
            problems += once("SORS", documents, order["total"], "total")
            found = [document["documentType"] for document in documents]
            problems += [] if found == [kind] else [f"SORS: an order became {found}, expected {kind}"]
        now = units(world, "A-106")
        moved = {key: Decimal(str(now[key])) - Decimal(str(before[key])) for key in ("onHand", "reserved")}
        return problems + ([] if moved == {"onHand": -2, "reserved": 2} else [f"SORS: the pieces of A-106 moved by {moved}"])
    return scenario.settled(check, LIMIT_S)


def credit_hold(world):
    """The unpaid order of a company over its credit limit at SORS waits and makes no document; it goes once the shop says that it is paid."""
    stack = world.stack
    order = world.buy_as_company(DEBTOR_PIB, [("A-105", 1)], paid=False)
    number = f"WC-{order['number']}"

    def parked():
        answer = call("GET", f"{stack.admin('sors')}/api/parked?connection=one{stack.tag}/erp", headers={"Authorization": f"Bearer {ADMIN_TOKEN}"})
        return [one for one in answer["parked"] if "CREDIT_LIMIT" in str(one)]

    def held():
        problems = [] if len(parked()) == 1 else [f"SORS: {len(parked())} orders wait for the credit limit, expected 1"]
        return problems + [f"SORS: {len(world.documents(number))} documents of the order that is held"] * bool(world.documents(number))
    problems = scenario.settled(held, LIMIT_S)
    if problems:
        return problems
    world.change("one", order, {"status": "processing", "set_paid": True})
    return scenario.settled(lambda: once("SORS", world.documents(number), order["total"], "total"), LIMIT_S)


def debts(world):
    """A reading that is started by hand publishes what each company owes at SORS."""
    stack = world.stack
    started = stack.shopwire("sync", f"one{stack.tag}/erp", "balances", "--wait")
    if started.returncode != 0:
        return [f"sync balances: {started.stdout}{started.stderr}"]
    owed = {customer["code"] or f"Shop2026/{customer['id']}": Decimal(str(customer["debt"])) for customer in world.sors()["customers"] if customer["pib"]}

    def check():
        told = {}
        for line in stack.shopwire("tail", "balance", "--json", "--merchant", f"one{stack.tag}").stdout.splitlines():
            balance = json.loads(line)["body"]["balance"]
            told[balance["customer_native_id"]] = Decimal(balance["debt"])
        return [] if told == owed and any(owed.values()) else [f"told are {told}, SORS has {owed}"]
    return scenario.settled(check, LIMIT_S)


def returned(world):
    """What a company gives back after its invoice-delivery note becomes a return of SORS with the refund's total, and the piece is in stock again."""
    order = world.buy_as_company(COMPANY_PIB, [("A-104", 3)])
    number = f"WC-{order['number']}"
    problems = scenario.settled(lambda: once("SORS", world.documents(number), order["total"], "total"), LIMIT_S)
    if problems:
        return problems
    on_hand = units(world, "A-104")["onHand"]
    given = world.refund_one_piece("one", order)

    def check():
        invoice, *returns = sorted(world.documents(number), key=lambda document: document["id"])
        problems = [] if invoice["documentType"] == "invoice-delivery-note" else [f"SORS: the document is a {invoice['documentType']}"]
        kinds = [document["documentType"] for document in returns]
        if kinds != ["return"] or not same(abs(Decimal(str(returns[0]["total"]))), given):
            problems.append(f"SORS: {given} were refunded, {[(d['documentType'], d['total']) for d in returns]} there")
        now = units(world, "A-104")
        problems += [] if same(now["onHand"], on_hand + 1) else [f"SORS: {on_hand} pieces before the return, {now['onHand']} after it"]
        shown = world.products("one")["A-104"]["stock"]
        return problems + ([] if same(shown, now["free"]) else [f"the shop shows {shown} pieces, SORS has {now['free']} free"])
    return scenario.settled(check, LIMIT_S)


def units(world, code):
    return next(article["units"]["1"] for article in world.sors()["articles"] if article["code"] == code)


def groups_and_images(world):
    """A group of SORS is the product's category, its picture the product's image, fetched from a signed address; a new picture takes its place."""
    def image():
        """The address from which the shop got the product's image."""
        shown = world.shown("one", "A-103")
        origins = {one["id"]: one["origin"] for one in world.stack.shop_control("images", merchant="one")}
        return [category["name"] for category in shown["categories"]], [origins[one["id"]] for one in shown["images"]]

    def look(other_than=""):
        def check():
            categories, addresses = image()
            problems = [] if categories == ["Keramika"] else [f"the shop shows the categories {categories}, SORS has Keramika"]
            if len(addresses) != 1 or addresses[0] == other_than:
                return [*problems, f"the shop shows the images {addresses}"]
            with urllib.request.urlopen(addresses[0], timeout=30) as answer:
                kind, text = answer.headers["Content-Type"], answer.read()
            return problems + ([] if kind.startswith("image/") and text else [f"{addresses[0]}: {kind}, {len(text)} bytes"])
        return check
    problems = scenario.settled(look(), LIMIT_S)
    if problems:
        return problems
    first = image()[1][0]
    world.stack.control("sors")("article", {"database": "Shop2026", "code": "A-103", "newImage": True})
    return scenario.settled(look(other_than=first), LIMIT_S)

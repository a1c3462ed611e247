"""Articles, orders and the checks that both ends agree.  Used by up.py, the end-to-end tests and the benchmarks."""

import base64
import json
import ssl
import time
import urllib.request
from decimal import Decimal

from stack import PATIENCE, SHOP_KEY, SHOP_SECRET, StackError

# code, name, gross price, pieces
ARTICLES = [
    ("A-100", "Šolja 300 ml", "1299.00", 50), ("A-101", "Tanjir plitki", "890.00", 40), ("A-102", "Činija", "749.90", 30),
    ("A-103", "Bokal 1 l", "1999.99", 25), ("A-104", "Vaza", "3490.00", 12), ("A-105", "Poslužavnik", "1234.56", 20),
    ("A-106", "Kašika", "99.90", 500), ("A-107", "Nož", "149.95", 500), ("TS-S", "Majica S", "1790.00", 15),
    ("TS-M", "Majica M", "1790.00", 15), ("TS-L", "Majica L", "1890.00", 15),
]
SERVICES = [("DOSTAVA", "Dostava", "350.00"), ("NAKNADA", "Naknada", "100.00")]
VARIATIONS = {"TS": ["TS-S", "TS-M", "TS-L"]}
COUPONS = [{"code": "TEN", "type": "percent", "amount": "10"}, {"code": "ODD", "type": "percent", "amount": "7.77"},
           {"code": "CART", "type": "fixed_cart", "amount": "333"}]


def seed_erp(control, articles):
    """The ERP has these articles and the services, nothing else."""
    control("seed", {"database": "Shop2026", "replace": True, "articles": [
        {"code": code, "name": name, "priceWithVat": price, "vatRate": 20, "units": {"1": {"onHand": pieces}}}
        for code, name, price, pieces in articles] + [
        {"code": code, "name": name, "kind": "Usluga", "priceWithVat": price, "vatRate": 20} for code, name, price in SERVICES]})


def seed(stack, merchant="acme", articles=None, erp_only=()):
    """The same articles at both ends; the shop starts with nothing in stock and must learn it from the ERP."""
    articles = articles or ARTICLES
    seed_erp(lambda path, body: stack.erp_control(path, body, merchant=merchant), articles)
    parents = {child: parent for parent, children in VARIATIONS.items() for child in children}
    products = [{"sku": code, "name": name, "price": price, "stock": 0}
                for code, name, price, _ in articles if code not in parents and code not in erp_only]
    known = {code for code, *_ in articles}
    for parent, children in VARIATIONS.items():
        if children[0] in known:
            products.append({"sku": parent, "name": "Majica", "variations": [
                {"sku": code, "price": price, "stock": 0} for code, _, price, _ in articles if code in children]})
    return stack.shop_control("seed", {"products": products, "coupons": COUPONS}, merchant=merchant)["ids"]


def person(index):
    return {"first_name": "Petar", "last_name": f"Petrović {index}", "address_1": f"Ulica {index}", "city": "Niš", "postcode": "18000",
            "country": "RS", "email": f"kupac{index}@example.com", "phone": f"+38164{1000000 + index}"}


COMPANY = {"first_name": "Ana", "last_name": "Anić", "company": "Primer d.o.o.", "address_1": "Bulevar 1", "city": "Novi Sad",
           "postcode": "21000", "country": "RS", "email": "nabavka@primer.example", "phone": "+38121555000"}


def checkout(stack, lines, merchant="acme", **more):
    """A guest buys in the storefront.  Returns the order as the shop's REST API shows it."""
    body = {"lines": [{"sku": sku, "quantity": quantity} for sku, quantity in lines], "billing": person(1), "payment_method": "cod", **more}
    return stack.shop_control("checkout", body, merchant=merchant)


def rest(stack, method, path, body=None, merchant="acme"):
    """The shop's own REST API, as its owner would call it."""
    context = ssl.create_default_context(cafile=str(stack.folder / f"{merchant}-shop.pem"))
    token = base64.b64encode(f"{SHOP_KEY}:{SHOP_SECRET}".encode()).decode()
    url = f"https://127.0.0.1:{stack.ports[f'{merchant}-shop']['https']}/wp-json/wc/v3/{path}"
    request = urllib.request.Request(url, method=method, data=None if body is None else json.dumps(body).encode(), headers={
        "Authorization": f"Basic {token}", "Content-Type": "application/json"})
    with urllib.request.urlopen(request, context=context, timeout=30) as answer:
        return json.loads(answer.read())


SHIPPING = {"method_id": "flat_rate", "method_title": "Kurir", "total": "291.67"}


def place_orders(stack, merchant="acme"):
    """24 orders of every kind.  Returns a list of (what it is, order)."""
    ids = stack.ids[merchant]
    orders = []

    def add(what, order):
        orders.append((what, order))

    for index in range(1, 7):
        add("guest", checkout(stack, [(f"A-10{index - 1}", 1 + index % 3)], merchant, billing=person(index)))
    add("several lines", checkout(stack, [("A-100", 2), ("A-101", 1), ("A-106", 12)], merchant, billing=person(7)))
    add("several lines", checkout(stack, [("A-106", 7), ("A-107", 9)], merchant, billing=person(8)))
    for index, code in enumerate(("TEN", "ODD", "CART", "ODD", "TEN", "CART")):
        lines = [("A-102", 3), ("A-105", 1 + index), ("A-107", 7)] if index % 2 else [("A-103", 1), ("A-106", 3 + index)]
        add(f"coupon {code}", checkout(stack, lines, merchant, billing=person(10 + index), coupon=code))
    add("shipping", checkout(stack, [("A-104", 1)], merchant, billing=person(20), shipping_line=SHIPPING))
    add("shipping, coupon", checkout(stack, [("A-100", 3)], merchant, billing=person(21), shipping_line=SHIPPING, coupon="ODD"))
    add("variation", checkout(stack, [("TS-S", 1)], merchant, billing=person(22)))
    add("variations", checkout(stack, [("TS-M", 2), ("TS-L", 1)], merchant, billing=person(23), shipping_line=SHIPPING))
    add("variation, coupon", checkout(stack, [("TS-L", 3)], merchant, billing=person(24), coupon="TEN"))
    add("the same guest again", checkout(stack, [("A-101", 1)], merchant, billing=person(22)))
    add("bank transfer", checkout(stack, [("A-101", 2)], merchant, billing=person(25), payment_method="bacs", status="on-hold"))
    add("customer note", checkout(stack, [("A-102", 1)], merchant, billing=person(26), customer_note="Pozvati pre isporuke – ćirilica: Ниш"))
    for number in (2, 5):
        add("company", rest(stack, "POST", "orders", {
            "status": "processing", "billing": COMPANY, "payment_method": "bacs", "set_paid": False,
            "line_items": [{"product_id": ids["A-104"], "quantity": 1}, {"product_id": ids["A-107"], "quantity": number}],
            "meta_data": [{"key": "_billing_pib", "value": "123456788"}]}, merchant))
    return orders


def documents_of(stack, merchant="acme"):
    """The ERP's documents that are not cancelled, by external number."""
    found = {}
    for document in stack.erp_state(merchant)["documents"]:
        if document.get("status") != "cancelled":
            found.setdefault(document["externalNumber"], []).append(document)
    return found


def external_number(order, merchant="acme"):
    return f"WC-{merchant}-{order['number']}"


def shop_stock(stack, merchant="acme"):
    return {product["sku"]: product["stock"] for product in stack.shop_control("products", merchant=merchant)}


def erp_free(stack, merchant="acme"):
    return {article["code"]: Decimal(str(article["units"]["1"]["free"])) for article in stack.erp_state(merchant)["articles"]}


def check_totals(orders, documents, merchant="acme"):
    """Problems, one line each: every order has one document with the shop's total."""
    problems = []
    for what, order in orders:
        number = external_number(order, merchant)
        made = documents.get(number, [])
        if len(made) != 1:
            problems.append(f"order {order['number']} ({what}): {len(made)} documents")
        elif Decimal(str(made[0]["total"])) != Decimal(order["total"]):
            problems.append(f"order {order['number']} ({what}): {order['total']} in the shop, {made[0]['total']} at the ERP")
    return problems


def check_stock(stack, merchant="acme", skus=None):
    """Problems, one line each: the shop shows what the ERP has free."""
    shown, free = shop_stock(stack, merchant), erp_free(stack, merchant)
    services = {code for code, *_ in SERVICES}
    problems = []
    for sku, pieces in free.items():
        if sku in services or (skus and sku not in skus) or sku not in shown:
            continue
        if shown[sku] is None or Decimal(shown[sku]) != max(Decimal(0), pieces):
            problems.append(f"{sku}: the shop shows {shown[sku]}, the ERP has {pieces} free")
    return problems


def check_webhooks(stack, merchant="acme"):
    """Problems: the shop's webhooks are registered a moment after the service is ready."""
    hooks = len(rest(stack, "GET", "webhooks?per_page=50", merchant=merchant))
    return [] if hooks == 9 else [f"{hooks} webhooks are registered"]


def settled(check, limit_s):
    """Repeats a check until it finds nothing or the time is over; returns the last findings."""
    end = time.monotonic() + limit_s * PATIENCE
    while True:
        try:
            problems = check()
        except StackError as error:
            problems = [str(error)]
        if not problems or time.monotonic() > end:
            return problems
        time.sleep(0.2)


def check_customers(stack, merchant="acme"):
    """Problems: a buyer who ordered twice is one customer."""
    seen = {}
    for customer in stack.erp_state(merchant)["customers"]:
        key = customer.get("pib") or customer.get("email")
        if key:
            seen[key] = seen.get(key, 0) + 1
    return [f"customer {key} stands {count} times at the ERP" for key, count in seen.items() if count > 1]


def check_notes(stack, orders, merchant="acme"):
    """Problems: the shop's order tells its document's number, once."""
    def look():
        problems = []
        documents = documents_of(stack, merchant)
        for what, order in orders[:5]:
            texts = [note["note"] for note in rest(stack, "GET", f"orders/{order['id']}/notes", merchant=merchant)]
            number = documents[external_number(order, merchant)][0]["number"]
            told = sum(str(number) in text for text in texts)
            if told != 1:
                problems.append(f"order {order['number']} ({what}): {told} notes name {number}")
        return problems
    return settled(look, 15)

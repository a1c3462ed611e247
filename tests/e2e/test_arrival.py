"""An order is placed, edited, refunded in part and cancelled; its webhooks come in every order of arrival.  In the end the ERP's books agree
with the shop's: of each article the pieces, and of what was sold the money.

The shop's own deliveries are held back: the test delivers what each webhook said when it was made.
"""

import base64
import hashlib
import hmac
import itertools
import json
import time
import urllib.request
from decimal import Decimal

import scenario
from stack import Stack, WEBHOOK_SECRET, call

ARTICLES = [("A-100", "Šolja", "1299.00", 2000), ("A-101", "Tanjir", "890.00", 2000)]
STEPS = ("placed", "edited", "refunded", "cancelled")
HELD_BACK_MS = 3_600_000


class Case:
    """One order, what its webhooks said, and the order in which they arrive."""

    def __init__(self, stack, steps, arrival, company):
        self.stack, self.steps, self.arrival, self.company = stack, steps, arrival, company
        self.order, self.said = None, []

    def rest(self, method, path="", body=None):
        return scenario.rest(self.stack, method, f"orders/{self.order['id']}{path}", body)

    def do(self, step):
        if step == "placed":
            meta = [{"key": "_billing_pib", "value": "123456788"}] if self.company else []
            self.order = scenario.rest(self.stack, "POST", "orders", {
                "status": "processing", "payment_method": "bacs", "set_paid": True, "meta_data": meta,
                "billing": scenario.COMPANY if self.company else scenario.person(1),
                "line_items": [{"product_id": self.stack.ids["acme"]["A-100"], "quantity": 3}]})
        elif step == "edited":
            self.rest("PUT", body={"line_items": [{"product_id": self.stack.ids["acme"]["A-101"], "quantity": 2}]})
        elif step == "refunded":
            line = self.rest("GET")["line_items"][0]
            part = lambda amount: (Decimal(amount) / line["quantity"]).quantize(Decimal("0.01"))
            net, tax = part(line["total"]), part(line["total_tax"])
            self.rest("POST", "/refunds", {"amount": str(net + tax), "api_refund": False, "api_restock": True, "line_items": [
                {"id": line["id"], "quantity": 1, "refund_total": str(net),
                 "refund_tax": [{"id": line["taxes"][0]["id"], "refund_total": str(tax)}]}]})
        else:
            self.rest("PUT", body={"status": "cancelled"})
        self.order = self.rest("GET")
        self.said.append(self.order)

    def deliver(self, index):
        deliver(self.stack, self.said[self.arrival[index]])

    def expected(self):
        """Pieces per article, and money, that the shop has sold."""
        if "cancelled" in self.steps:
            return {}, Decimal(0)
        pieces = {line["sku"]: line["quantity"] for line in self.order["line_items"]}
        pieces["A-100"] -= 1
        return pieces, Decimal(self.order["total"]) + sum(Decimal(refund["total"]) for refund in self.order["refunds"])

    def booked(self, documents):
        """The same as the ERP has it: documents that hold pieces, minus what came back."""
        number = scenario.external_number(self.order)
        pieces, money = {}, Decimal(0)
        for document in documents:
            name = document["externalNumber"]
            if (name != number and not name.startswith(number + "-")) or document["status"] == "cancelled":
                continue
            sign = -1 if document["documentType"] == "return" else 1
            money += sign * abs(Decimal(str(document["total"])))
            for line in document["items"]:
                pieces[line["code"]] = pieces.get(line["code"], 0) + sign * abs(Decimal(str(line["quantity"])))
        return {sku: count for sku, count in pieces.items() if count}, money


def deliver(stack, order):
    body = json.dumps(order).encode()
    signature = base64.b64encode(hmac.new(WEBHOOK_SECRET.encode(), body, hashlib.sha256).digest()).decode()
    request = urllib.request.Request(f"http://127.0.0.1:{stack.ports['webhooks']}/webhooks/acme/shop", data=body, method="POST", headers={
        "Content-Type": "application/json", "X-WC-Webhook-Topic": "order.updated", "X-WC-Webhook-Resource": "order",
        "X-WC-Webhook-Event": "updated", "X-WC-Webhook-ID": "1", "X-WC-Webhook-Signature": signature})
    with urllib.request.urlopen(request, timeout=30) as answer:
        answer.read()


def cases_of(stack):
    # A reservation, or goods that leave at once: of these an edit is left to people.
    for company, histories in ((False, (STEPS, STEPS[:3])), (True, (("placed", "refunded", "cancelled"), ("placed", "refunded")))):
        for steps in histories:
            for arrival in itertools.permutations(range(len(steps))):
                yield Case(stack, steps, arrival, company)


def check_webhooks(stack, cases):
    """Each order of which a webhook told something to sell has its document, before anything was read."""
    made = {document["externalNumber"] for document in stack.erp_state()["documents"]}
    return [f"order {case.order['number']}: no document by its webhooks {[case.steps[index] for index in case.arrival]}"
            for case in cases
            if case.steps[case.arrival[0]] != "cancelled" and scenario.external_number(case.order) not in made]


def check(stack, cases):
    documents = stack.erp_state()["documents"]
    problems = []
    for case in cases:
        expected, booked = case.expected(), case.booked(documents)
        if expected[0] != booked[0] or abs(expected[1] - booked[1]) > Decimal("0.05"):
            kind = "company" if case.company else "consumer"
            problems.append(f"order {case.order['number']} ({kind}, {[case.steps[index] for index in case.arrival]}): the shop has {expected}, the ERP {booked}")
    return problems


def every_order(dialect):
    def test(binaries, folder):
        with Stack(folder, binaries, dialect=dialect, articles=ARTICLES, intervals={"shop": {"orders": "1h"}}) as stack:
            return deliver_all(stack)
    return test


def deliver_all(stack):
    stack.shop_control("settings", {"webhook_delay_ms": HELD_BACK_MS})
    problems = scenario.settled(lambda: scenario.check_stock(stack), 30)
    cases = list(cases_of(stack))
    for step in STEPS:
        for case in cases:
            if step in case.steps:
                case.do(step)
        time.sleep(1.1)  # the shop's times have whole seconds
    for index in range(len(STEPS)):
        for case in cases:
            if index < len(case.arrival):
                case.deliver(index)
        time.sleep(1)
    problems += scenario.settled(lambda: check_webhooks(stack, cases), 60)
    # The refunds themselves are read, and with them what is left.
    call("POST", stack.admin("woocommerce") + "/api/sync", {"connection": "acme/shop", "stream": "orders"},
         headers={"Authorization": "Bearer sandbox-admin-token"})
    problems += scenario.settled(lambda: check(stack, cases), 60)
    problems += scenario.settled(lambda: scenario.check_stock(stack), 30)
    print(f"  {len(cases)} orders, {len(stack.erp_state()['documents'])} documents", flush=True)
    return problems


def tests(full):
    if full:
        yield "webhooks_in_every_order_of_arrival", every_order("sors-en")
        yield "webhooks_in_every_order_of_arrival_in_the_second_dialect", every_order("sors-sr")

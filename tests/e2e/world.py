"""What each end of the installation with all five systems says, in one form: the shops, and the systems behind them.

A World also remembers what was bought, edited, given back and cancelled, so that a small model can compute what must be left at each end.
"""

from dataclasses import dataclass, field
from decimal import Decimal

import scenario
from stack import StackError

INDIAN = {"first_name": "Asha", "last_name": "Rao", "address_1": "12 Test Road", "city": "Pune", "state": "MH", "postcode": "411001",
          "country": "IN", "email": "asha@example.test", "phone": "+919800000001"}
FINN = {"first_name": "Aino", "last_name": "Virtanen", "address_1": "Katu 2", "city": "Turku", "postcode": "20100", "country": "FI",
        "email": "aino@example.test", "phone": "+358401112233"}
UKRAINIAN = {"first_name": "Olena", "last_name": "Test", "address_1": "Street 1", "city": "Kyiv", "postcode": "01001", "country": "UA",
             "email": "olena@example.test", "phone": "+380501112233"}
BUYERS = {"one": INDIAN, "two": UKRAINIAN, "three": FINN}
LINES = {"one": [("A-100", 2), ("A-106", 3)], "two": [("K-1", 1), ("K-2", 2)], "three": [("K-100", 1), ("TS-2041-BLK-M", 2)]}
LIMIT_S = 25


def same(found, wanted):
    return found is not None and Decimal(str(found)) == Decimal(str(wanted))


@dataclass
class Placed:
    """An order as it should stand now."""
    number: str
    id: int
    country: str
    first_total: Decimal  # before any edit
    total: Decimal
    pieces: dict  # by SKU
    returned: dict = field(default_factory=dict)
    refunded: Decimal = Decimal(0)
    cancelled: bool = False
    takes_pieces: bool = True  # at its owner: an invoice alone takes none, though the shop has sold them


class World:
    """What each end says, in one form."""

    def __init__(self, stack):
        self.stack = stack
        self.placed = {merchant: {} for merchant in stack.merchants} if hasattr(stack, "merchants") else {}
        self.counted = {}  # (merchant, SKU) -> pieces that the owner counted, and how many had been sold by then

    # The shop's end.
    def buy(self, merchant, lines=None, takes_pieces=True, **more):
        lines = lines or LINES[merchant]
        more = {"billing": BUYERS.get(merchant), "payment_method": "stripe", **more}
        order = self.remember(merchant, scenario.checkout(self.stack, lines, merchant, **more))
        self.placed[merchant][order["id"]].takes_pieces = takes_pieces
        return order

    def buy_as_company(self, pib, lines, paid=True):
        """An order of shop one whose buyer gave a tax number, which its checkout asks for."""
        product = self.products("one")
        return self.remember("one", scenario.rest(self.stack, "POST", "orders", {
            "status": "processing" if paid else "on-hold", "billing": {**scenario.COMPANY, "email": f"office@{pib}.example"},
            "payment_method": "bacs", "set_paid": paid, "meta_data": [{"key": "_billing_pib", "value": pib}],
            "line_items": [{"product_id": product[sku]["id"], "quantity": quantity} for sku, quantity in lines]}, "one"))

    def remember(self, merchant, order):
        pieces = {}
        for line in order["line_items"]:
            pieces[line["sku"]] = pieces.get(line["sku"], 0) + line["quantity"]
        total = Decimal(order["total"])
        self.placed.setdefault(merchant, {})[order["id"]] = Placed(
            order["number"], order["id"], order["billing"]["country"], total, total, pieces)
        return order

    def order(self, merchant, order):
        return scenario.rest(self.stack, "GET", f"orders/{order['id']}", merchant=merchant)

    def change(self, merchant, order, body):
        changed = scenario.rest(self.stack, "PUT", f"orders/{order['id']}", body, merchant)
        placed = self.placed[merchant][order["id"]]
        for line in body.get("line_items", []):  # each is a new one
            sku = next(one["sku"] for one in changed["line_items"] if one["product_id"] == line["product_id"])
            placed.pieces[sku] = placed.pieces.get(sku, 0) + line["quantity"]
        placed.total = Decimal(changed["total"])
        placed.cancelled = placed.cancelled or body.get("status") == "cancelled"
        return changed

    def sold(self, merchant, sku, taken=False):
        """Pieces that were sold, or those of them that the owner's documents have taken.  KeyCRM's API knows no returns: what is given back there is an expense alone."""
        comes_back = merchant != "two"
        return sum(order.pieces.get(sku, 0) - (order.returned.get(sku, 0) if comes_back else 0)
                   for order in self.placed[merchant].values() if not order.cancelled and (order.takes_pieces or not taken))

    def count(self, merchant, sku, pieces, sold_before=0):
        """The owner has counted an article: what it has without the orders of the shop, or after the first of them."""
        self.counted[merchant, sku] = (pieces, sold_before)

    def count_all(self):
        for merchant, numbers in self.owned().items():
            for sku, (pieces, _) in numbers.items():
                self.count(merchant, sku, Decimal(str(pieces)), self.sold(merchant, sku))

    def refund_one_piece(self, merchant, order):
        """Gives back one piece of the line that has the most of them."""
        line = max(self.order(merchant, order)["line_items"], key=lambda item: item["quantity"])
        part = lambda amount: (Decimal(amount) / line["quantity"]).quantize(Decimal("0.01"))
        net, tax = part(line["total"]), part(line["total_tax"])
        scenario.rest(self.stack, "POST", f"orders/{order['id']}/refunds", {
            "amount": str(net + tax), "api_refund": False, "api_restock": True,
            "line_items": [{"id": line["id"], "quantity": 1, "refund_total": str(net),
                            "refund_tax": [{"id": line["taxes"][0]["id"], "refund_total": str(tax)}]}]}, merchant)
        placed = self.placed[merchant][order["id"]]
        placed.returned[line["sku"]] = placed.returned.get(line["sku"], 0) + 1
        placed.refunded += net + tax
        return net + tax

    def notes(self, merchant, order):
        return [note["note"] for note in scenario.rest(self.stack, "GET", f"orders/{order['id']}/notes", merchant=merchant)]

    def shown(self, merchant, sku):
        """A product as the shop's REST API shows it."""
        return scenario.rest(self.stack, "GET", f"products?sku={sku}", merchant=merchant)[0]

    def meta(self, merchant, order):
        return {entry["key"]: entry["value"] for entry in self.order(merchant, order)["meta_data"]}

    def products(self, merchant):
        return {product["sku"]: product for product in self.stack.shop_control("products", merchant=merchant)}

    def settle(self, orders):
        """Waits until each order is at its targets."""
        def check():
            there = {"one": lambda o: self.documents(f"WC-{o['number']}") and self.parcels(o),
                     "two": lambda o: self.crm_orders(f"WEB-{o['number']}"), "three": lambda o: self.sales(f"EU-{o['number']}")}
            return [f"{merchant}: order {order['number']} did not arrive" for merchant, order in orders.items() if not there[merchant](order)]
        problems = scenario.settled(check, LIMIT_S)
        if problems:
            raise StackError("; ".join(problems))

    def arrived(self, orders):
        """Problems: each order is at each of its targets exactly once, with the same total."""
        problems = []
        for merchant, order in orders.items():
            number, total = order["number"], order["total"]
            if merchant == "one":
                problems += once(f"SORS {number}", self.documents(f"WC-{number}", alive=False), total, "total")
                problems += once(f"Logistos {number}", self.parcels(order), total, "total")
            elif merchant == "two":
                problems += once(f"KeyCRM {number}", self.crm_orders(f"WEB-{number}"), total, "grand_total")
            else:
                problems += once(f"Solteq {number}", self.sales(f"EU-{number}"), total, "total")
        return problems

    # The other ends: what is there under an order's external number.
    def documents(self, number, alive=True):
        """SORS: the documents of an order, with its revisions (-V2 ...)."""
        found = self.sors()["documents"]
        return [document for document in found if (document["externalNumber"] + "-").startswith(number + "-")
                and (not alive or document["status"] != "cancelled")]

    def parcels(self, order):
        return [parcel for parcel in self.all_parcels() if parcel["number"] == f"IN-{order['number']}"]

    def all_parcels(self):
        found = self.stack.control("logistos")("orders")
        for parcel in found:  # each dialect says it elsewhere
            parcel["total"] = parcel["body"]["money"]["grand"] if "money" in parcel["body"] else parcel["body"]["total"]
        return found

    def sors(self):
        return self.stack.control("sors")("state/Shop2026")["databases"]["Shop2026"]

    def crm_orders(self, number):
        return [order for order in self.stack.control("keycrm")("orders") if order["source_uuid"] == number]

    def sales(self, number):
        """Solteq: the sales and refunds of an order, in the order in which they were made; what is paid back is negative."""
        found = [sale for sale in self.stack.control("solteq")("state")["orders"]
                 if sale["externalId"] == number or sale["externalId"].startswith((number + ":", number + "-"))]
        for sale in found:  # each dialect has its own sign
            total = Decimal(str(sale["total"]))
            sale["total"] = -abs(total) if sale["orderType"] == "refund" else total
        return found

    def owned(self):
        """By merchant: SKU -> (pieces, gross price), as the owner says."""
        sors = self.sors()["articles"]
        services = {code for code, *_ in scenario.SERVICES}
        numbers = {"one": {article["code"]: (article["units"]["1"]["free"], article["units"]["1"]["priceWithVat"])
                           for article in sors if article["code"] not in services}}
        rows = [self.stack.control("keycrm")(f"stock/{9000 + number}") for number in range(1, 9)]
        numbers["two"] = {row["sku"]: (row["quantity"] - row["reserve"], row["price"]) for row in rows}
        solteq = self.stack.control("solteq")("state")
        free = {}
        for row in solteq["balances"]:
            if row["storeId"] == "store-1":
                free[row["sku"]] = free.get(row["sku"], 0) + row["freeBalance"]
        numbers["three"] = {product["sku"]: (free[product["sku"]], product["salesPrice"])
                            for product in solteq["products"] if product["sku"] in free}
        return numbers


def once(what, found, total, name):
    if len(found) != 1:
        return [f"{what}: {len(found)} there"]
    return [] if same(found[0][name], total) else [f"{what}: {total} in the shop, {found[0][name]} there"]

"""What must be left at each end, computed from what was placed: pieces by SKU, and the totals of each system's documents."""

from decimal import Decimal

import scenario
from world import LIMIT_S, same


def the_model(world):
    """Pieces at each owner and in each shop are what was counted - sold + returned, and each system's documents add up to what was placed."""
    return scenario.settled(lambda: pieces(world) + totals(world), LIMIT_S)


def pieces(world):
    problems = []
    for merchant, numbers in world.owned().items():
        shown = world.products(merchant)
        for sku, (owned, _) in numbers.items():
            counted, sold_before = world.counted[merchant, sku]
            wanted = counted + sold_before - world.sold(merchant, sku, taken=True)
            free = counted + sold_before - world.sold(merchant, sku)
            visible = max(Decimal(0), free.to_integral_value("ROUND_FLOOR"))
            if not same(owned, wanted) or not same(shown[sku]["stock"], visible):
                problems.append(f"{merchant}: {sku}: {wanted} must be left at the owner, {visible} in the shop; the owner has {owned}, the shop shows {shown[sku]['stock']}")
    return problems


def totals(world):
    placed = {merchant: list(orders.values()) for merchant, orders in world.placed.items()}
    open_orders = {merchant: [order for order in orders if not order.cancelled] for merchant, orders in placed.items()}

    def left(merchant):
        return sum((order.total - order.refunded for order in open_orders[merchant]), Decimal(0))
    sors = [(-abs(Decimal(str(document["total"]))) if document["documentType"] == "return" else Decimal(str(document["total"])))
            for document in world.sors()["documents"] if document["externalNumber"].startswith("WC-") and document["status"] != "cancelled"]
    parcels = {parcel["number"]: Decimal(str(parcel["total"])) for parcel in world.all_parcels() if parcel["number"].startswith("IN-")}
    crm = [order for order in world.stack.control("keycrm")("orders") if order["status_id"] != 19]
    expenses = [Decimal(str(expense["amount"])) for order in crm for expense in order["expenses"]]
    sales = [sale for order in placed["three"] for sale in world.sales(f"EU-{order.number}")]
    problems = []
    for what, found, wanted in (
            ("SORS: documents", sum(sors), left("one")),
            ("KeyCRM: orders", sum(Decimal(str(order["grand_total"])) for order in crm), sum(order.first_total for order in open_orders["two"])),
            ("KeyCRM: expenses", sum(expenses), sum((order.refunded for order in open_orders["two"]), Decimal(0))),
            ("Solteq: sales and refunds", sum(sale["total"] for sale in sales), left("three")),
            ("Solteq: sales of others", len(world.stack.control("solteq")("state")["orders"]), len(sales))):
        problems += [] if same(found, wanted) else [f"{what}: {wanted} by what was placed, {found} there"]
    wanted = {f"IN-{order.number}": order.first_total for order in placed["one"] if order.country == "IN"}
    return problems + ([] if parcels == wanted else [f"Logistos: {sorted(parcels.items() ^ wanted.items())} differ from what was placed"])

"""Flows between a shop and Solteq beside orders: purchase prices, campaigns.  test_five.py runs them."""

import datetime
import zoneinfo

import scenario
from five import CAMPAIGN_PRODUCTS
from world import LIMIT_S, same

HELSINKI = zoneinfo.ZoneInfo("Europe/Helsinki")  # whose clock Solteq's times are
# The product, what the campaign names, kind and value, the sale price of 29.90.
PURCHASE_KEY = "_shopwire_purchase_price"
CAMPAIGNS = [
    ("K-201", {"level": "product", "id": "p-K-201"}, "percentage", 10, "26.91"),
    ("K-202", {"level": "productGroup", "id": "cat-30"}, "percentage", 20, "23.92"),  # the group above the product's
    ("K-203", {"level": "supplier", "id": "sup-9"}, "amount", 5, "24.90"),
]


def purchase_prices(world):
    """What the merchant pays at Solteq stands in the product's private meta; the other shops, whose routes do not ask for it, have none."""
    def kept(merchant, sku):
        return [entry["value"] for entry in world.shown(merchant, sku)["meta_data"] if entry["key"] == PURCHASE_KEY]

    def check():
        wrong = {sku: kept("three", sku) for sku in CAMPAIGN_PRODUCTS if [same(value, "11.2") for value in kept("three", sku)] != [True]}
        problems = [f"the shop keeps {value} for {sku}, Solteq has 11.20" for sku, value in wrong.items()]
        return problems + [f"{merchant}: {sku} tells {kept(merchant, sku)}" for merchant, sku in (("one", "A-100"), ("two", "K-1")) if kept(merchant, sku)]
    return scenario.settled(check, LIMIT_S)


def campaigns(world):
    """Campaigns of Solteq on a product, a group and a supplier are sale price and window of the shop's products, of no other, and end when they are gone."""
    control = world.stack.control("solteq")
    now = datetime.datetime.now(HELSINKI).replace(microsecond=0, tzinfo=HELSINKI)
    window = (now - datetime.timedelta(hours=1), now + datetime.timedelta(hours=2))
    local = [moment.strftime("%Y-%m-%dT%H:%M:%S") for moment in window]
    utc = [moment.astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S") for moment in window]
    control("seed", {"discounts": [
        {"id": f"d-{sku}", "kind": "simple", "valueType": kind, "value": value, "targets": [target], "storeIds": ["store-1"],
         "validFrom": local[0], "validTo": local[1], "isActive": True} for sku, target, kind, value, _ in CAMPAIGNS]})

    def on_sale():
        problems = []
        for sku, _, _, _, wanted in CAMPAIGNS:
            shown = world.shown("three", sku)
            if not shown["sale_price"] or not same(shown["sale_price"], wanted) or not same(shown["regular_price"], "29.9") or not shown["on_sale"]:
                problems.append(f"{sku}: sale price {shown['sale_price']!r} of {shown['regular_price']} in the shop, {wanted} by the campaign")
            times = [shown["date_on_sale_from_gmt"], shown["date_on_sale_to_gmt"]]
            problems += [] if times == utc else [f"{sku}: on sale {times} in the shop, {utc} at Solteq"]
        other = world.shown("three", "K-100")["sale_price"]
        return problems + ([f"K-100 is in no campaign and has the sale price {other}"] if other else [])

    def over():
        shown = {sku: world.shown("three", sku) for sku in CAMPAIGN_PRODUCTS}
        return [f"{sku}: the campaign is gone, the shop has the sale price {one['sale_price']}" for sku, one in shown.items()
                if one["sale_price"] or not same(one["price"], "29.9")]
    problems = scenario.settled(on_sale, LIMIT_S)
    control("remove", {"discounts": [f"d-{sku}" for sku in CAMPAIGN_PRODUCTS]})
    return problems + scenario.settled(over, LIMIT_S)

"""A whole catalogue goes from the ERP to an empty shop, the services die on the way, and the shop ends complete and without a double.

Meanwhile `/api/status` tells how far the reading has come, and what the ERP has given by its own log must agree.  Then all of it is read again:
nothing is written.  The product forgets everything and tells all of it anew: the shop stays as it is.  Last, what a change costs: requests per
changed product, stock number and price.
"""

import math
import shutil
import time
import urllib.parse
import urllib.request
from decimal import Decimal

import scenario
from beside import Beside
from stack import ADMIN_TOKEN, Stack, StackError, call, wait_until
from test_bad_input import metric

PER_REQUEST = 100  # items that the shop takes in one batch
VARIATIONS_OF_ONE = 5
SIZES = "ABCDE"
PAGES = 50  # that the ERP's list of articles has
PAGE_DELAY_MS = 100
PROGRESS_RIGHT_TO = 0.05  # of the whole
GROUPS = {13: {"Keramika", "Šolje"}, 14: {"Keramika", "Tanjiri"}}  # of the ERP's demo data, with the group above
MODEL = 'if (.product.sku // "" | startswith("M-")) then .product.kind = "variant" | .product.model_number = .product.sku[0:7] ' \
        '| .product.attributes = [{name: "Size", options: [.product.sku[8:]], varies: true}] else . end'


class Catalogue(Stack):
    """`products` of the shop, of which some have five variations each; the ERP knows articles alone, a jq program makes models of them."""

    def __init__(self, folder, binaries, products, variations, images):
        models = variations // VARIATIONS_OF_ONE
        self.page_size = max(1, (products - models + variations) // PAGES)
        super().__init__(folder, binaries, webhooks=False, settings={"erp": {"page_size": self.page_size}},
                         intervals={"shop": {"orders": "10s", "products": "10m"}, "erp": {"stock": "1h", "products": "1h"}},
                         runtime={"write_settle": "5s", "stall_timeout": "10m"})
        self.simple = [f"P-{i:05}" for i in range(products - models)]
        self.models = {f"M-{i:05}": [f"M-{i:05}-{size}" for size in SIZES] for i in range(models)}
        articles = self.simple + [sku for skus in self.models.values() for sku in skus]
        self.numbers = {sku: {"price": Decimal(100 + i % 900) + Decimal("0.90"), "stock": i % 50} for i, sku in enumerate(articles)}
        # Every model's first variation has a picture, and as many simple articles as are left.
        self.pictured = {skus[0] for skus in self.models.values()} | set(self.simple[:images - models])

    @staticmethod
    def name_of(sku):
        """Variations have the name of their model."""
        return f"Artikal {sku}" if sku.startswith("P") else f"Model {sku[:7]}"

    @staticmethod
    def group_of(sku):
        return 13 if sku < "P-00150" else 14

    def seed(self, merchant):
        rows = [{"code": sku, "name": self.name_of(sku), "groupId": self.group_of(sku), "priceWithVat": str(number["price"]), "vatRate": 20,
                 "image": sku in self.pictured, "units": {"1": {"onHand": number["stock"]}}} for sku, number in self.numbers.items()]
        for at in range(0, len(rows), 2000):
            self.erp_control("seed", {"database": "Shop2026", "replace": at == 0, "articles": rows[at:at + 2000]})
        self.erp_control("settings", {"image_url": True})
        # Else the reading would be over before anybody could look.
        self.erp_control("faults", [{"match": {"method": "GET", "path_regex": "/api/products$"}, "every": 1,
                                     "fault": {"kind": "delay", "delay_ms": PAGE_DELAY_MS}}])
        return {}

    def merchant_yaml(self, merchant):
        return super().merchant_yaml(merchant) + f"""  products: [{{from: erp, to: shop, publish: true, fields: [name, images, categories, attributes, vat, status]}}]
  filters: [{{from: erp, entity: product, jq: '{MODEL}'}}]
"""

    def sync(self, stream):
        call("POST", self.admin("sors") + "/api/sync", {"connection": "acme/erp", "stream": stream},
             headers={"Authorization": f"Bearer {ADMIN_TOKEN}"})

    def forget(self):
        """A new installation before the same ERP and shop: no state, no topics, nothing known."""
        for program in self.services.values():
            program.stop()
        self.kafka.stop()
        shutil.rmtree(self.kafka.data, ignore_errors=True)
        shutil.rmtree(self.folder / "state", ignore_errors=True)
        self.kafka.start()
        self.write_config()
        self.create_topics()
        for program in self.services.values():
            program.start()
        for program in self.services.values():
            program.ready()

    def requests(self):
        """How many of them wrote, and all, as the shop has counted them."""
        counts = self.shop_control("requests?limit=0")["counts"]
        return sum(count for name, count in counts.items() if not name.startswith("GET ")), sum(counts.values())

    def commands(self, outcome=None):
        """How many of this outcome; without one, how many were answered."""
        count = lambda **labels: metric(self, "woocommerce", "shopwire_commands_total", **labels)
        return count(outcome=outcome) if outcome else count() - count(outcome="read")


def check(stack, names=None):
    """Problems, one line each: the shop has all of the catalogue, once, as the ERP shows it."""
    shown, problems = {}, []
    for product in stack.shop_control("products"):
        if product["sku"] in shown:
            problems.append(f"{product['sku']} stands twice in the shop")
        shown[product["sku"]] = product
    expected = set(stack.numbers) | set(stack.models)
    missing = sorted(expected - shown.keys())
    if missing:
        problems.append(f"{len(missing)} of {len(expected)} are missing, first {missing[0]}")
    stray = sorted(shown.keys() - expected)
    if stray:
        problems.append(f"{len(stray)} are not of this catalogue, first {stray[0]}")
    if problems:
        return problems
    for model, skus in stack.models.items():
        problems += [f"{sku} is no variation of {model}" for sku in skus if shown[sku]["parent_id"] != shown[model]["id"]]
    hidden = sorted(sku for sku, product in shown.items() if product["status"] != "publish")
    if hidden:
        problems.append(f"{len(hidden)} are not published, first {hidden[0]}")
    for what in ("stock", "price"):
        differ = [sku for sku, number in stack.numbers.items()
                  if shown[sku][what] in (None, "") or Decimal(str(shown[sku][what])) != Decimal(number[what])]
        if differ:
            problems.append(f"{what} of {len(differ)} differs, first {differ[0]}: {shown[differ[0]][what]}, "
                            f"the ERP has {stack.numbers[differ[0]][what]}")
    origins = [image["origin"] for image in stack.shop_control("images")]
    if len(origins) != len(set(origins)) or len(origins) != len(stack.pictured):
        problems.append(f"{len(origins)} images of {len(set(origins))} origins, {len(stack.pictured)} expected")
    return problems


def all_of(stack, path):
    """Every row of a list of the shop's REST API."""
    rows, page = [], 1
    while more := scenario.rest(stack, "GET", f"{path}{'&' if '?' in path else '?'}per_page=100&page={page}"):
        rows += more
        page += 1
    return rows


def picture(origin):
    """The article whose picture stands at this address of the ERP; the bytes end in CODE#VERSION."""
    with urllib.request.urlopen(origin, timeout=30) as answer:
        return answer.read().rsplit(b"#", 1)[0].decode(errors="replace")


def check_looks(stack):
    """Problems: a name, the categories or the pictures of a product are not those of its article."""
    origins = {image["src"]: image["origin"] for image in stack.shop_control("images")}
    pictures = lambda images: [picture(origins[image["src"]]) for image in images if image]
    problems = []

    def expect(sku, what, got, wanted):
        if got != wanted:
            problems.append(f"{sku}: {what}: expected {wanted}, got {got}")

    def expect_picture(sku, images):
        wanted = [sku] if sku in stack.pictured else []
        got = pictures(images)
        if len(got) != len(wanted) or any(not text.endswith(code) for text, code in zip(got, wanted)):
            problems.append(f"{sku}: expected pictures of {wanted}, got {[text[-10:] for text in got]}")
    for product in all_of(stack, "products?status=any&_fields=id,sku,type,name,categories,images"):
        sku = product["sku"]
        expect(sku, "name", product["name"], stack.name_of(sku))
        expect(sku, "categories", {category["name"] for category in product["categories"]}, GROUPS[stack.group_of(sku)])
        if sku not in stack.models:
            expect_picture(sku, product["images"])
            continue
        for variation in all_of(stack, f"products/{product['id']}/variations?_fields=sku,image"):
            expect_picture(variation["sku"], [variation["image"]])
    return problems


class PassWatch(Beside):
    """Asks again and again how far the connector says it has read the articles, and how many the ERP has given by then."""

    def __init__(self, stack):
        self.stack, self.after = stack, 0
        self.pages = []  # (when in ms, page, its size) of the list of articles, of the ERP's own log
        self.seen, self.problems = 0, []
        self.furthest = 0.0  # what it was wrong by at most, of the whole

    def step(self):
        try:
            self.look()
        except (StackError, OSError, ValueError):  # it was killed a moment ago
            pass

    def update(self):
        while entries := self.stack.erp_control(f"requests?after={self.after}&limit=5000")["requests"]:
            self.after = entries[-1]["seq"]
            for entry in entries:
                query = dict(urllib.parse.parse_qsl(entry["query"]))
                if entry["path"] == "/api/products" and entry["status"] == 200 and "page" in query:
                    self.pages.append((entry["time_us"] / 1000, int(query["page"]), int(query["pageSize"])))

    def rows(self, pages, since_ms):
        whole = len(self.stack.numbers)
        return sum(max(0, min(size, whole - (page - 1) * size)) for page, size in {(page, size) for at, page, size in pages if at >= since_ms})

    def look(self):
        whole = len(self.stack.numbers)
        self.update()
        known = len(self.pages)
        status = call("GET", self.stack.admin("sors") + "/api/status", headers={"Authorization": f"Bearer {ADMIN_TOKEN}"})
        self.update()
        stream = next(stream for stream in status["streams"] if stream["stream"] == "products")
        done, expected, began = (stream["pass"][name] for name in ("done", "expected", "began_at_ms"))
        if not stream["under_way"] or not 0 < done < whole:
            return
        least, most = self.rows(self.pages[:known], began), self.rows(self.pages, began)
        self.seen += 1
        self.furthest = max(self.furthest, max(least - done, done - most, abs(expected - whole)) / whole)
        if self.furthest > PROGRESS_RIGHT_TO and not self.problems:
            self.problems.append(f"the status says {done} of {expected} articles: the ERP has given {least} to {most} of {whole}")

    def check(self):
        print(f"  progress of the reading: looked at {self.seen} times, wrong by {100 * self.furthest:.1f} % at most", flush=True)
        return self.problems + ([f"the progress was seen {self.seen} times only"] if self.seen < 5 else [])


def fill(stack, limit_s, kills):
    """Kills services while the shop fills up."""
    total = len(stack.numbers) + len(stack.models)
    count = lambda: stack.shop_control("state")["products"]
    started = time.monotonic()
    for index, name in enumerate(kills):
        wait_until(f"a part of the catalogue before {name} dies", lambda: count() > total * (index + 1) / (len(kills) + 1), limit_s, 0.05)
        stack.services[name].kill()
        stack.services[name].start()
        stack.services[name].ready(60)
    problems = scenario.settled(lambda: check(stack), limit_s)
    writes, requests = stack.requests()
    print(f"  {total} products and variations, {len(stack.pictured)} images, {len(kills)} kills: {time.monotonic() - started:.1f} s, "
          f"{requests} requests of which {writes} wrote", flush=True)
    return problems


def at_rest(stack, least, limit_s):
    """Waits until that many commands were answered and nothing more comes."""
    wait_until(f"{least} commands to be answered", lambda: stack.commands() >= least, limit_s, 0.2)
    last, since = stack.commands(), time.monotonic()
    end = since + limit_s
    while time.monotonic() - since < 3 and time.monotonic() < end:
        time.sleep(0.2)
        now = stack.commands()
        if now != last or metric(stack, "woocommerce", "shopwire_commands_in_hand") > 0:
            last, since = now, time.monotonic()


def second_run(stack, limit_s):
    """Everything is read once more, from the start."""
    before, started = stack.requests(), time.monotonic()
    read = lambda: [metric(stack, "sors", "shopwire_source_last_success_timestamp_seconds", stream=stream) for stream in ("products", "stock")]
    last = read()
    time.sleep(1.1)  # the time of a pass has whole seconds
    for stream in ("products", "stock"):
        stack.sync(stream)
    wait_until("both streams to be read again", lambda: all(new > old for new, old in zip(read(), last)), limit_s, 0.2)
    at_rest(stack, 0, limit_s)
    writes = stack.requests()[0] - before[0]
    print(f"  read again: {writes} writes, {time.monotonic() - started:.1f} s", flush=True)
    return check(stack) + ([f"{writes} writes in the second run"] if writes else [])


def fresh_run(stack, limit_s):
    """A product that knows nothing tells the shop everything.  Nothing is made twice; what has no variants is not written.  A model grows while
    its variants come, so what is not named yet is hidden for a moment and shown again."""
    before, started = stack.requests()[0], time.monotonic()
    stack.forget()
    at_rest(stack, len(stack.simple) + len(stack.models) + 2 * len(stack.numbers), limit_s)
    problems = scenario.settled(lambda: check(stack), limit_s)
    writes = stack.requests()[0] - before
    print(f"  told by one that knows nothing: {writes} writes for {len(stack.models)} models that grow, "
          f"{stack.commands('unchanged'):.0f} commands found nothing to do, {time.monotonic() - started:.1f} s", flush=True)
    most = 2 * (VARIATIONS_OF_ONE + 1) * len(stack.models)
    return problems + ([f"{writes} writes in a fresh run, {most} at most expected"] if writes > most else [])


def cost(stack, what, skus, change, stream, expected, limit_s):
    """Changes these articles at the ERP; prints what that costs at the shop."""
    for sku in skus:
        change(sku)
    before = stack.requests()
    started = time.monotonic()
    stack.sync(stream)
    problems = scenario.settled(lambda: check(stack), limit_s)
    writes, requests = (after - then for after, then in zip(stack.requests(), before))
    print(f"  {what}: {len(skus)} changed, {requests} requests of which {writes} wrote ({expected} at best), "
          f"{requests / len(skus):.3f} a change, {time.monotonic() - started:.1f} s", flush=True)
    # Batches fill under load alone: what comes first goes at once.
    if writes > 1.2 * expected + 10:
        problems.append(f"{what}: {writes} requests wrote, {expected} would do")
    return problems


def changes(stack, limit_s):
    simple = stack.simple[:len(stack.simple) // 10]
    models = list(stack.models.values())[:max(1, len(stack.models) // 10)]
    skus = simple + [sku for variations in models for sku in variations]
    at_best = math.ceil(len(simple) / PER_REQUEST) + sum(math.ceil(len(variations) / PER_REQUEST) for variations in models)

    def stock(sku):
        stack.numbers[sku]["stock"] += 7
        stack.erp_control("stock", {"code": sku, "unit": 1, "add": 7})

    def price(sku):
        stack.numbers[sku]["price"] += 11
        stack.erp_control("nivelacija", {"code": sku, "priceWithVat": str(stack.numbers[sku]["price"])})

    problems = cost(stack, "stock", skus, stock, "stock", at_best, limit_s)
    problems += cost(stack, "prices", skus, price, "stock", at_best, limit_s)
    before = stack.requests()
    for sku in simple:
        stack.erp_control("article", {"code": sku, "name": f"Novo ime {sku}"})
    done = stack.commands()
    stack.sync("products")
    at_rest(stack, done + len(simple), limit_s)
    writes, requests = (after - then for after, then in zip(stack.requests(), before))
    print(f"  products: {len(simple)} renamed, {requests} requests of which {writes} wrote, {requests / len(simple):.3f} a change", flush=True)
    renamed = scenario.rest(stack, "GET", f"products?sku={simple[0]}")[0]["name"]
    if renamed != f"Novo ime {simple[0]}":
        problems.append(f"{simple[0]} is still named {renamed}")
    return problems


def run(binaries, folder, products, variations, images, limit_s):
    with Catalogue(folder, binaries, products, variations, images) as stack:
        with PassWatch(stack) as progress:
            problems = fill(stack, limit_s, ["woocommerce", "router", "sors"])
        stack.erp_control("faults", method="DELETE")
        problems += progress.check()
        if problems:
            return problems
        for service in stack.services:
            letters = metric(stack, service, "shopwire_dead_letters_total")
            if letters:
                problems.append(f"{letters:.0f} dead letters of {service}")
        return problems + check_looks(stack) + second_run(stack, limit_s) + fresh_run(stack, limit_s) + changes(stack, limit_s)


def whole(binaries, folder):
    return run(binaries, folder, 10_000, 2_000, 5_000, 900)


def small(binaries, folder):
    return run(binaries, folder, 300, 50, 100, 60)


def tests(full):
    if full:
        yield "a_small_catalogue", small
        yield "a_catalogue_of_ten_thousand", whole

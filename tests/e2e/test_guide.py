"""Follows deploy/README.md: each fault is made, the commands of its section are run as they stand there, and it is healed.

All of it happens to one installation, one thing after the other.  Its shop is read once an hour, so that what no webhook told is found by the guide's
commands or not at all.
"""

import re
import subprocess
import time

import guide
import scenario
from guide import GuideStack, Reader
from stack import ERP_KEY, StackError, wait_until
from test_bad_input import metric

WELL_AT_ONCE = ("shopwire status",)  # it ends with 1 while something is stopped, which right after a restart may be


def buy(stack, person, sku="A-106"):
    return ("guide", scenario.checkout(stack, [(sku, 1)], billing=scenario.person(person)))


def follow(stack, heading, may_fail=WELL_AT_ONCE, before=None, **variables):
    """(problems, the reader, which keeps what was printed)"""
    reader = Reader(stack, variables, may_fail, before)
    return reader.follow(heading), reader


def all_well(stack, orders):
    """Problems: an order has no document or two, or the shop shows another stock."""
    return guide.wait_for(orders, stack) + scenario.settled(lambda: scenario.check_stock(stack), 60)


def grown(stack, service, name, act, **labels):
    """Waits until what `act` set in motion shows in a counter."""
    before = metric(stack, service, name, **labels)
    act()
    wait_until(f"{name} of {service} to grow", lambda: metric(stack, service, name, **labels) > before, 60, pause_s=0.3)


def lose_webhooks(stack):
    stack.shop_control("faults", [{"match": {"channel": "webhook"}, "every": 1, "fault": {"kind": "lost"}}])


def shopwire(stack, *arguments):
    return subprocess.run([stack.binaries / "shopwire", *arguments], capture_output=True, text=True, timeout=60, env=stack.shell()).stdout


def prices_in_shop(stack, price, *codes):
    """Problems: the shop shows another price."""
    def look():
        shown = {product["sku"]: product["price"] for product in stack.shop_control("products")}
        return [f"the shop shows {shown[code]} for {code}, expected {price}" for code in codes if float(shown[code] or 0) != float(price)]
    return scenario.settled(look, 40)


def set_prices(stack, price, *codes):
    for code in codes:
        stack.erp_control("nivelacija", {"database": "Shop2026", "code": code, "priceWithVat": price})


def ids_of(text):
    return re.findall(r"^(\d+:\d+)\s", text, re.MULTILINE)


def is_whole(binaries, folder):
    """Every section that a table or text leads to is there, and every command is run by a test or is named as one that is not."""
    text = guide.GUIDE.read_text()
    problems = []
    headings = {re.sub(r"[^a-z0-9 -]", "", line.lstrip("# ").lower()).replace(" ", "-") for line in text.splitlines() if line.startswith("#")}
    for link in re.findall(r"\]\(#([^)]+)\)", text):
        if link not in headings:
            problems.append(f"no section #{link}")
    for link in re.findall(r"\]\(([^#)][^)#]*)[^)]*\)", text):
        if not (guide.GUIDE.parent / link).exists():
            problems.append(f"no file {link}")
    followed = set(re.findall(r'follow\(\w+, "([^"]+)"', open(__file__).read()))
    for heading, commands in guide.sections(text).items():
        if any(guide.is_run(command) for command in commands) and heading not in followed:
            problems.append(f"no test follows \"{heading}\"")
    words = {guide.program_of(command) for commands in guide.sections(text).values() for command in commands if not guide.is_run(command)}
    problems += [f"the guide does not say that {word} is not run" for word in words if f"`{word}`" not in text]
    return problems


def install(stack):
    """The installation is examined and goes live; what needs a cluster is not run."""
    problems = follow(stack, "Install on Kubernetes in ten commands", VALUES=str(stack.folder / "values.yaml"))[0]
    problems += scenario.settled(lambda: scenario.check_stock(stack), 60)
    early = buy(stack, 1)
    time.sleep(1.5)  # times of orders have whole seconds
    problems += follow(stack, "Go live", may_fail=("shopwire doctor",))[0]
    time.sleep(6)  # it begins a few seconds after the command
    problems += guide.wait_for([buy(stack, 2)], stack)
    if scenario.external_number(early[1]) in scenario.documents_of(stack):
        problems.append("an order of before the first day was sent")
    return problems


def update(stack):
    return follow(stack, "Update", VALUES="")[0] + guide.wait_for([buy(stack, 3)], stack)


def read_again(stack):
    """An order that no webhook told."""
    lose_webhooks(stack)
    missed = buy(stack, 4)
    problems = follow(stack, "Read again what was missed", ORDER=missed[1]["number"])[0]
    stack.shop_control("faults", method="DELETE")
    return problems + guide.wait_for([missed], stack)


def replay(stack):
    """The shop refused a price."""
    stack.shop_control("faults", [{"match": {"method": "POST", "path_regex": "/products/batch"}, "every": 1,
                                   "fault": {"kind": "status", "status": 400}}])
    grown(stack, "woocommerce", "shopwire_dead_letters_total", lambda: set_prices(stack, "1111.00", "A-100"))
    stack.shop_control("faults", method="DELETE")
    listed = shopwire(stack, "deadletters", "list")
    letters = ids_of(listed)
    if not letters:
        return [f"deadletters list shows none: {listed}"]
    return follow(stack, "Send again what was set aside", LETTER=letters[-1])[0] + prices_in_shop(stack, "1111.00", "A-100")


def retry(stack):
    """An order that the ERP refuses is shown and tried again."""
    made = []

    def place():
        made.append(scenario.rest(stack, "POST", "orders", {"status": "processing", "billing": scenario.person(5),
                                                            "line_items": [{"sku": "NOT-THERE", "quantity": 1}]}))
    grown(stack, "sors", "shopwire_parked_records", place)
    problems, reader = follow(stack, "Try again what waits", KEY=f"acme/erp/shop%2F{made[0]['id']}")
    scenario.rest(stack, "PUT", f"orders/{made[0]['id']}", {"status": "cancelled"})
    return problems if str(made[0]["id"]) in reader.output else [*problems, f"parked list does not show order {made[0]['id']}: {reader.output}"]


def kafka_gone(stack):
    """Two orders are placed while no webhook can be kept."""
    stack.kafka.stop()
    orders = [buy(stack, person) for person in (6, 7)]
    return follow(stack, "Kafka is gone")[0] + all_well(stack, orders)


def volume_lost(stack):
    """What only the state knows is still known: which document belongs to an order."""
    order = buy(stack, 8)
    problems = guide.wait_for([order], stack) + follow(stack, "A volume is lost")[0]
    scenario.rest(stack, "PUT", f"orders/{order[1]['id']}", {"status": "cancelled"})

    def cancelled():
        left = scenario.documents_of(stack).get(scenario.external_number(order[1]), [])
        return [f"{len(left)} documents of a cancelled order"] if left else []
    return problems + scenario.settled(cancelled, 40) + all_well(stack, [buy(stack, 9)])


def key_revoked(stack):
    (stack.keys / "erp").write_text("revoked")
    stack.services["sors"].stop()
    stack.services["sors"].start()
    stack.services["sors"].ready(60)
    orders = [buy(stack, person) for person in (10, 11)]
    wait_until("the stopped connection", lambda: metric(stack, "sors", "shopwire_connection_up") == 0, 60, pause_s=0.3)
    problems = follow(stack, "A key was revoked", before={
        "kubectl -n shopwire create secret": lambda: (stack.keys / "erp").write_text(ERP_KEY)})[0]
    return problems + all_well(stack, orders)


def poison(stack):
    """One in each partition of the orders; those that come behind them are sent."""
    def poisoned():
        for partition in range(4):
            subprocess.run(["kcat", "-b", stack.kafka.bootstrap, "-P", "-t", "shopwire.events.order", "-p", str(partition), "-k", "acme/shop/1"],
                           input=b"no message of ours", check=True, timeout=30)
    grown(stack, "router", "shopwire_dead_letters_total", poisoned)
    problems = guide.wait_for([buy(stack, person) for person in range(12, 16)], stack)
    listed = shopwire(stack, "deadletters", "list", "--stage", "map")
    if len(ids_of(listed)) < 4:
        return [*problems, f"4 letters were expected: {listed}"]
    return problems + follow(stack, "A poison record", LETTER=ids_of(listed)[0])[0]


def clock_wrong(stack):
    """The shop's clock was a day behind, and no webhook came."""
    lose_webhooks(stack)
    stack.shop_control("clock", {"drift_seconds": -86400})
    order = buy(stack, 16)
    stack.shop_control("clock", {"drift_seconds": 0})
    since = order[1]["date_created_gmt"]
    problems = follow(stack, "A clock was wrong")[0]
    stack.shop_control("faults", method="DELETE")
    shown = shopwire(stack, "trace", "order", order[1]["number"], "--merchant", "acme")
    return problems if order[1]["number"] in shown else [*problems, f"order {order[1]['number']}, dated {since}, was not read: {shown}"]


def prices_wrong(stack):
    codes = ("A-100", "A-101", "A-102")
    set_prices(stack, "1.00", *codes)
    problems = prices_in_shop(stack, "1.00", *codes)
    problems += follow(stack, "A wrong price list was sent", before={"shopwire sync": lambda: set_prices(stack, "990.00", *codes)})[0]
    return problems + prices_in_shop(stack, "990.00", *codes) + guide.wait_for([buy(stack, 17)], stack)


def erp_restored(stack):
    """What was sent can be listed, and the pause loses nothing."""
    order = buy(stack, 18)
    problems = guide.wait_for([order], stack)
    found, reader = follow(stack, "The ERP was restored from an old backup")
    if scenario.external_number(order[1]) not in reader.output and f"/{order[1]['id']}" not in reader.output:
        problems.append(f"tail results does not show order {order[1]['id']}: {reader.output[-600:]}")
    return problems + found + all_well(stack, [order, buy(stack, 19)])


def topic_deleted(stack):
    """Before an order is placed that nobody can take, and one behind it."""
    for topic in ("shopwire.events.order", "shopwire.commands.sors.orders"):
        guide.delete_topic(stack.kafka.bootstrap, topic)
    wait_until("Kafka to have deleted both", lambda: shopwire(
        stack, "topics", "check", "--config", stack.config, "--systems", "woocommerce,sors").count(": missing") == 2, 60, pause_s=0.5)
    orders = [buy(stack, 20)]
    problems = follow(stack, "A topic was deleted")[0]
    return problems + all_well(stack, [*orders, buy(stack, 21)])


def backup(stack):
    """Orders that were sent after the backup, and one that was not sent yet, have one document each after the restore."""
    orders = [buy(stack, 22)]
    problems = guide.wait_for(orders, stack)
    names = {"BACKUP": str(stack.folder / "backup.tgz")}
    problems += follow(stack, "Back up", **names)[0]
    orders += [buy(stack, person) for person in (23, 24)]
    problems += guide.wait_for(orders, stack)
    stack.services["sors"].stop()
    orders.append(buy(stack, 25))
    problems += follow(stack, "Restore", **names)[0]
    return problems + all_well(stack, [*orders, buy(stack, 26)])


def empty_catalogue(stack):
    """All articles but one vanish at the ERP; the shop keeps its numbers until somebody says that it is right."""
    before = scenario.shop_stock(stack)
    grown(stack, "sors", "shopwire_source_snapshots_refused_total", lambda: stack.erp_control("seed", {
        "database": "Shop2026", "replace": True, "articles": [
            {"code": "A-106", "name": "Kašika", "priceWithVat": "99.90", "vatRate": 20, "units": {"1": {"onHand": int(before["A-106"])}}}]}))
    problems = [] if scenario.shop_stock(stack) == before else ["the shop changed although the reading was refused"]
    problems += follow(stack, "An ERP shows an empty catalogue", ROWS="40")[0]

    def gone():
        left = {sku: pieces for sku, pieces in scenario.shop_stock(stack).items() if sku in ("A-100", "A-101") and pieces}
        return [f"the shop still shows {left}"] if left else []
    return problems + scenario.settled(gone, 40)


def move(stack):
    """The merchant goes to a second installation; each order before and after has one document."""
    orders = [buy(stack, 27)]
    problems = guide.wait_for(orders, stack)
    with guide.SecondStack(stack, stack.folder / "second") as new:
        problems += follow(stack, "Move to another installation", CUT=str(stack.folder / "cut"), LEFT=str(stack.folder / "left.yaml"),
                           NEW_CONFIG=str(new.config))[0]
        for program in stack.services.values():
            program.stop()
        orders += [buy(stack, person) for person in (28, 29)]
        return problems + guide.wait_for(orders, stack)


SHORT = (install, read_again, backup)
WHOLE = (install, update, read_again, replay, retry, kafka_gone, volume_lost, key_revoked, poison, clock_wrong, prices_wrong, erp_restored,
         topic_deleted, backup, empty_catalogue, move)


def followed(*cases):
    def test(binaries, folder):
        problems = []
        with GuideStack(folder, binaries, export_since="2099-01-01T00:00:00Z",
                        intervals={"shop": {"orders": "1h"}, "erp": {"stock": "1s"}}) as stack:
            for case in cases:
                begun = time.monotonic()
                try:
                    found = case(stack)
                except StackError as error:
                    found = [str(error)]
                print(f"  {case.__name__}: {'healed' if not found else 'NOT healed'} after {time.monotonic() - begun:.1f} s", flush=True)
                problems += [f"{case.__name__}: {problem}" for problem in found]
        return problems
    return test


def tests(full):
    yield "guide_is_whole", is_whole
    if full:
        yield "guide_every_section", followed(*WHOLE)
    else:
        yield "guide_in_short", followed(*SHORT)

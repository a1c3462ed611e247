"""The program behind deploy/local/up.sh: starts the product, tells what happens, checks it."""

import argparse
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import scenario
import test_five
from five import Five
from stack import ERP_KEY, Program, ROOT, SHOP_KEY, SHOP_SECRET, Stack, StackError, wait_until


def say(text=""):
    print(text, flush=True)


def parse():
    options = argparse.ArgumentParser(prog="up.sh")
    options.add_argument("--once", action="store_true", help="place 24 orders, check every number, end")
    options.add_argument("--config", help="folder with installation.yaml and merchants/: your own systems")
    options.add_argument("--bootstrap", help="host:port of a Kafka to use")
    options.add_argument("--dialect", default="sors-en", choices=["sors-en", "sors-sr"])
    options.add_argument("--binaries", required=True, help=argparse.SUPPRESS)
    options.add_argument("--folder", required=True, help=argparse.SUPPRESS)
    return options.parse_args()


class Story:
    """Reads both sandboxes' logs and tells what an order set in motion."""

    def __init__(self, stack):
        self.stack = stack

    def log(self, entries_of, after=0):
        return entries_of(f"log?after={after}&limit=10000")["entries"]

    def tell(self, order, limit_s=20):
        number = scenario.external_number(order)
        documents = wait_until(f"a document for order {order['number']}",
                               lambda: scenario.documents_of(self.stack).get(number), limit_s)
        shop = self.log(self.stack.shop_control)
        erp = self.log(self.stack.erp_control)
        placed = next(e["time_us"] for e in shop if e["order_id"] == order["id"])
        made = next(e["at_us"] for e in erp if e["kind"] == "document_created" and e["externalNumber"] == number)
        moves = {}
        for entry in shop:
            if entry["kind"] == "stock" and entry["order_id"] == order["id"]:
                moves[entry["sku"]] = f"{entry['before']} → {entry['after']}"
        kind = documents[0]["documentType"]
        say(f"order {order['number']} placed in the shop ({order['total']} {order['currency']})"
            f" → {kind} {documents[0]['number']} at the ERP after {(made - placed) / 1000:.0f} ms"
            f" → stock in the shop: " + ", ".join(f"{sku} {move}" for sku, move in moves.items()))


def print_addresses(stack, placed):
    ports = stack.ports
    say()
    say("Everything runs.  Ctrl-C ends it.")
    say(f"  shop        https://127.0.0.1:{ports['acme-shop']['https']}/wp-json/wc/v3   (key {SHOP_KEY}, secret {SHOP_SECRET},")
    say(f"              certificate {stack.folder / 'acme-shop.pem'})")
    say(f"  ERP         http://127.0.0.1:{ports['acme-erp']['http']}/api   (Authorization: ApiKey {ERP_KEY})")
    for name in stack.services:
        say(f"  {name:<11} {stack.admin(name)}/metrics   /readyz   /livez")
    say(f"  Kafka       {stack.kafka.bootstrap}")
    say(f"  logs        {stack.folder}/*.log")
    say()
    say("Place an order of your own:")
    say(f"  curl -s -X POST http://127.0.0.1:{ports['acme-shop']['control']}/__sandbox/checkout -d '"
        '{"lines":[{"sku":"A-100","quantity":1}],"billing":{"first_name":"Mira","last_name":"Mirić","address_1":"Ulica 1","city":"Niš",'
        '"postcode":"18000","country":"RS","email":"mira@example.com","phone":"+381641234567"}}\'')
    say("See the documents of the ERP:")
    say(f"  curl -s http://127.0.0.1:{ports['acme-erp']['control']}/__sandbox/state/Shop2026")
    say(f"({placed} orders were placed for you.)")


def wait_for_first_stock(stack):
    problems = scenario.settled(lambda: scenario.check_stock(stack), 30)
    if problems:
        raise StackError("the shop did not learn the ERP's stock: " + "; ".join(problems[:3]))


def print_table(orders, documents, stock_problems):
    say()
    say(f"{'order':>7} {'what':<22} {'shop':>12} {'ERP':>12}  {'document':<26} result")
    failed = 0
    for what, order in orders:
        made = documents.get(scenario.external_number(order), [])
        total = str(made[0]["total"]) if made else "-"
        name = f"{made[0]['documentType']} {made[0]['number']}" if made else "-"
        good = not scenario.check_totals([(what, order)], documents)
        failed += not good
        say(f"{order['number']:>7} {what:<22} {order['total']:>12} {total:>12}  {name:<26} {'ok' if good else 'FAILED'}")
    for problem in stock_problems:
        say(f"stock FAILED: {problem}")
    shown = "the shop shows what the ERP has free" if not stock_problems else f"{len(stock_problems)} articles differ"
    say(f"{len(orders) - failed} of {len(orders)} orders have one document with the same total; {shown}")
    return failed == 0 and not stock_problems


def run_once(stack):
    orders = scenario.place_orders(stack)
    scenario.settled(lambda: scenario.check_totals(orders, scenario.documents_of(stack)), 30)
    stock_problems = scenario.settled(lambda: scenario.check_stock(stack), 30)
    return print_table(orders, scenario.documents_of(stack), stock_problems)


def emptied(folder):
    for part in ("state", "kafka"):
        shutil.rmtree(folder / part, ignore_errors=True)
    return folder


def run_five(options):
    """All five systems, in an installation and on a Kafka of their own."""
    say()
    say("starting Kafka, three shops, SORS, Logistos, KeyCRM, Solteq and six services ...")
    with Five(emptied(Path(options.folder) / "five"), options.binaries) as stack:
        return not test_five.run(test_five.World(stack), test_five.FLOWS, say)


def run_demo(options):
    folder = emptied(Path(options.folder))
    say(f"starting Kafka, a shop, an ERP ({options.dialect}) and three services ...")
    started = time.monotonic()
    with Stack(folder, options.binaries, bootstrap=options.bootstrap, dialect=options.dialect) as stack:
        say(f"up after {time.monotonic() - started:.1f} s")
        wait_for_first_stock(stack)
        say("the shop shows the ERP's stock and prices")
        if options.once:
            return 0 if run_once(stack) else 1
        story = Story(stack)
        lines = [[("A-100", 1)], [("A-101", 2)], [("TS-M", 1)], [("A-100", 1), ("A-106", 6)], [("A-104", 1)]]
        for index, line in enumerate(lines):
            story.tell(scenario.checkout(stack, line, billing=scenario.person(index + 1)))
            time.sleep(0.5)
        print_addresses(stack, len(lines))
        signal.sigwait({signal.SIGINT, signal.SIGTERM})
        say("\nstopping ...")
    say("stopped")
    return 0


def run_own(options):
    """The services against systems of the user's own."""
    config = Path(options.config).resolve()
    folder = Path(options.folder).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    binaries = Path(options.binaries)
    more = ["--bootstrap", options.bootstrap] if options.bootstrap else []
    systems = ["sors", "woocommerce"]
    for name in ["router", *systems]:
        checked = subprocess.run([binaries / f"shopwire-{name}", "--config", config, "--check-config", *more], cwd=ROOT)
        if checked.returncode != 0:
            return 2
    if options.bootstrap:
        subprocess.run([binaries / "shopwire", "topics", "create", "--bootstrap", options.bootstrap, "--systems", ",".join(systems),
                        "--router-partitions", "4", "--system-partitions", "4", "--replication", "1"], check=True)
    programs = [Program(name, [binaries / f"shopwire-{name}", "--config", config, "--pod", f"{name}-0",
                               "--state-dir", folder / "own-state", *more], folder) for name in ["router", *systems]]
    try:
        for program in programs:
            program.start()
        for program in programs:
            say(f"{program.name}: ready, admin port {program.ready(120)['admin_port']}, log {program.log}")
        signal.sigwait({signal.SIGINT, signal.SIGTERM})
    finally:
        for program in programs:
            program.stop()
    return 0


def main():
    options = parse()
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    if options.once:  # nothing waits for a signal then, so let it end the program the usual way
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT, signal.SIGTERM})
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        if options.config:
            return run_own(options)
        failed = run_demo(options)
        if options.once:
            failed = not run_five(options) or failed
        return int(failed)
    except StackError as error:
        print(f"up.sh: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())

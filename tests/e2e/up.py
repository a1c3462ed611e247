"""The program behind deploy/local/up.sh: starts the product, tells what happens, checks it."""

import argparse
import fcntl
import json
import re
import shutil
import signal
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path

import scenario
import test_five
from five import BACKENDS, CONNECTED_LATER, FIRST_DIALECTS, Five
from stack import ADMIN_TOKEN, ROOT, SHOP_KEY, SHOP_SECRET, Kafka, Program, Stack, StackError
from world import BUYERS, World

sys.path.append(str(ROOT / "deploy/docker"))
import story  # what the container of the same name tells

ENDS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
WHERE = {"sors": "state/Shop2026", "logistos": "orders", "keycrm": "orders", "solteq": "state"}  # what came of the shops' orders


class Ended(BaseException):
    """Somebody pressed Ctrl-C, closed the terminal or sent SIGTERM."""


def say(text=""):
    print(text, flush=True)


def parse():
    options = argparse.ArgumentParser(prog="up.sh")
    options.add_argument("--once", action="store_true", help="place 24 orders, check every number, then each flow of all systems, end")
    options.add_argument("--config", help="folder with installation.yaml and merchants/: your own systems")
    options.add_argument("--bootstrap", help="host:port of a Kafka to use")
    options.add_argument("--dialect", default="sors-en", choices=["sors-en", "sors-sr"])
    options.add_argument("--binaries", required=True, help=argparse.SUPPRESS)
    options.add_argument("--folder", required=True, help=argparse.SUPPRESS)
    return options.parse_args()


def end(number, _):
    for each in ENDS:  # what is being stopped is stopped to its end
        signal.signal(each, signal.SIG_IGN)
    raise Ended(number)


def stay_up(revive=lambda: None):
    """Until somebody ends it."""
    try:
        while True:
            time.sleep(1)
            revive()
    except Ended:
        say("\nstopping ...")


def print_addresses(stack):
    local = "http://127.0.0.1"
    say()
    say("Everything runs.  Ctrl-C ends it.")
    for merchant in stack.shops:
        if merchant in CONNECTED_LATER:
            continue
        say(f"  {'shop ' + merchant:<11} {stack.shop_url_tls(merchant)}/wp-json/wc/v3   (certificate {stack.folder / f'{merchant}-shop.pem'})")
    say(f"              key {SHOP_KEY}, secret {SHOP_SECRET}")
    for system in BACKENDS:
        say(f"  {system:<11} {local}:{stack.ports[system]['http']}   the sandbox; what it has: curl -s "
            f"{local}:{stack.ports[system]['control']}/__sandbox/{WHERE[system]}")
    for name in stack.services:
        say(f"  {name:<11} {stack.admin(name)}/metrics   the service; /readyz, /livez; /api/status with Authorization: Bearer {ADMIN_TOKEN}")
    say(f"  Kafka       {stack.kafka.bootstrap}")
    say(f"  settings    {stack.config}")
    say(f"  logs        {stack.folder}/*.log")
    say()
    say("Place an order of your own:")
    for merchant, lines in story.LINES.items():
        body = {"lines": [{"sku": sku, "quantity": quantity} for sku, quantity in lines], "billing": BUYERS[merchant],
                "payment_method": "stripe"}
        say(f"  curl -s {local}:{stack.ports[f'{merchant}-shop']['control']}/__sandbox/checkout -d '{json.dumps(body)}'")


def wait_for_first_stock(stack):
    problems = scenario.settled(lambda: scenario.check_stock(stack), 30)
    if problems:
        raise StackError("the shop did not learn the ERP's stock: " + "; ".join(problems[:3]))


def in_cents(amount):
    """As people write it; what is no whole cent stays as it is."""
    exact = Decimal(str(amount))
    return f"{exact:.2f}" if exact == round(exact, 2) else str(amount)


def print_table(orders, documents, stock_problems):
    say()
    say(f"{'order':>7} {'what':<22} {'shop':>12} {'ERP':>12}  {'document':<26} result")
    failed = 0
    for what, order in orders:
        made = documents.get(scenario.external_number(order), [])
        total = in_cents(made[0]["total"]) if made else "-"
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
    """Without what an earlier run has left, which may have been killed; its logs stay until the next one begins."""
    if (folder / "kafka").exists():
        Kafka(folder).stop()
    for part in ("state", "kafka", "config"):
        shutil.rmtree(folder / part, ignore_errors=True)
    return folder


def begun_anew(folder):
    for log in emptied(folder).glob("*.log"):
        log.unlink()
    return folder


def only_run(folder):
    """Holds the folder for this run alone; another one would empty it."""
    folder.mkdir(parents=True, exist_ok=True)
    lock = open(folder / "lock", "w", encoding="utf-8")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise StackError(f"another up.sh runs with {folder}") from None
    return lock


def tag_of(options):
    """A Kafka that is not ours may know the merchants and orders of an earlier run; so each run has merchants of its own."""
    return f"-{int(time.time()):x}" if options.bootstrap else ""


def kafka_of(options):
    return f"using Kafka at {options.bootstrap}, starting" if options.bootstrap else "starting Kafka,"


def five(options):
    """All five systems, in an installation of their own."""
    say(f"{kafka_of(options)} five shops, SORS ({options.dialect}), Logistos, KeyCRM, Solteq and six services ...")
    return Five(begun_anew(Path(options.folder) / "five"), options.binaries, options.bootstrap, {**FIRST_DIALECTS, "sors": options.dialect},
                tag_of(options))


def run_checks(options):
    folder = begun_anew(Path(options.folder))
    say(f"{kafka_of(options)} a shop, an ERP ({options.dialect}) and three services ...")
    with Stack(folder, options.binaries, bootstrap=options.bootstrap, dialect=options.dialect, tag=tag_of(options)) as stack:
        wait_for_first_stock(stack)
        say("the shop shows the ERP's stock and prices")
        good = run_once(stack)
    say()
    with five(options) as stack:
        good = not test_five.run(World(stack), test_five.FLOWS, say) and good
    return 0 if good else 1


def run_demo(options):
    started = time.monotonic()
    stack = five(options)
    try:
        with stack:
            say(f"up after {time.monotonic() - started:.1f} s")
            world = World(stack)
            story.wait_for_articles(world)
            for _ in range(2):
                for merchant in story.LINES:
                    story.tell(world, merchant)
            print_addresses(stack)
            stay_up(stack.revive)
    finally:
        emptied(stack.folder)  # but for the logs
    say("stopped")
    return 0


def systems_of(config):
    """The systems that the merchants' files of a folder name.  No YAML is read here; what is wrong with a file the services tell."""
    known = ("sors", "logistos", "keycrm", "solteq", "woocommerce")
    named = set()
    for file in (config / "merchants").glob("*.yaml"):
        text = re.sub(r"(^|\s)#.*", "", file.read_text(encoding="utf-8", errors="replace"), flags=re.MULTILINE)
        named.update(re.findall(r"""\bsystem["']?\s*:\s*["']?(\w+)""", text))
    if not named.intersection(known):
        raise StackError(f"no file of {config / 'merchants'} names a system: {', '.join(known)}")
    return [name for name in known if name in named]


def run_own(options):
    """The services against systems of the user's own."""
    config = Path(options.config).resolve()
    folder = Path(options.folder).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    binaries = Path(options.binaries)
    more = ["--bootstrap", options.bootstrap] if options.bootstrap else []
    systems = systems_of(config)
    say(f"router, {', '.join(systems)}: checking {config}")
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
        stay_up()
    finally:
        for program in programs:
            program.stop()
    return 0


def main():
    options = parse()
    for each in ENDS:
        signal.signal(each, end)
    try:
        with only_run(Path(options.folder).resolve()):
            if options.config:
                return run_own(options)
            return run_checks(options) if options.once else run_demo(options)
    except StackError as error:
        print(f"up.sh: {error}", file=sys.stderr)
        return 1
    except Ended as ended:
        return 128 + ended.args[0]


if __name__ == "__main__":
    sys.exit(main())

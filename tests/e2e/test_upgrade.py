"""A rolling update from the last release, its state and its records, with both versions on the same topics, under load.

The old programs make topics and state.  Then one process after the other is replaced as CHANGELOG.md says: the new topics first, the connectors, one
replica of two at a time, the router last.  At each step orders flow through old and new programs together.  What the old ones left is
what the new ones go on with: links, journals, cursors, a parked order, the ledger.
"""

import json
import subprocess
import time

import audit
import last_release
import scenario
from load import Exported, Load
from stack import Stack, wait_until

ARTICLES = [(f"U-{i:03}", f"Artikal {i}", f"{100 + i * 7}.{i % 100:02}", 5000) for i in range(20)]
RATE = 5  # orders a second, all along
FLOW = 15  # documents that a step must bring before the next one


class MixedStack(Stack):
    """Two replicas of the router and of the ERP's connector; each process is of the old or of the new version."""

    PODS = (("router", 0), ("router", 1), ("sors", 0), ("sors", 1), ("woocommerce", 0))

    def __init__(self, folder, binaries, old):
        super().__init__(folder, binaries, articles=ARTICLES, runtime={"lookup_delay": "200ms", "write_settle": "1500ms"})
        self.old = old

    def start(self):
        super().start()
        for name, number in self.PODS:
            if number > 0:
                self.begin(name, number, self.old)

    def service(self, name, pod=0):
        return self.program(name, pod, self.old)

    def program(self, name, pod, version):
        made = super().service(name, pod)
        made.command[0] = str(version / f"shopwire-{name}")
        return made

    def create_topics(self):
        new, self.binaries = self.binaries, self.old
        super().create_topics()
        self.binaries = new

    def begin(self, name, number, version):
        key = f"{name}-{number}" if number else name
        self.services[key] = self.program(name, number, version)
        self.services[key].start()
        self.services[key].ready(60)

    def end(self, name, number):
        self.services[f"{name}-{number}" if number else name].stop()

    def shopwire(self, *arguments):
        done = subprocess.run([self.binaries / "shopwire", *arguments, "--bootstrap", self.kafka.bootstrap], capture_output=True, text=True, timeout=60)
        return done.stdout if done.returncode == 0 else f"exit {done.returncode}: {done.stderr}"


def steps(stack):
    """(what, act): one process at a time."""
    def replace(name, number):
        def act():
            stack.end(name, number)
            stack.begin(name, number, stack.binaries)
        return act
    yield "the new version's topics are made", lambda: Stack.create_topics(stack)
    yield "sors-1 is new, sors-0 is old", replace("sors", 1)
    yield "sors is new", replace("sors", 0)
    yield "woocommerce is new", replace("woocommerce", 0)
    yield "router-1 is new, router-0 is old", replace("router", 1)
    yield "router is new", replace("router", 0)


def leave_behind(stack):
    """What the old version must hand over: an order that has a document, and one that waits for a person."""
    exported = scenario.checkout(stack, [("U-000", 2)], billing=scenario.person(900))
    parked = scenario.rest(stack, "POST", "orders", {"status": "processing", "billing": scenario.person(901),
                                                     "line_items": [{"sku": "NOT-THERE", "quantity": 1}]})
    return exported, parked


def take_up(stack, exported, parked):
    """Problems: the new version cancels what the old one exported, and heals what the old one parked."""
    healed = scenario.rest(stack, "PUT", f"orders/{parked['id']}", {"line_items": [
        {"id": parked["line_items"][0]["id"], "quantity": 0}, {"product_id": stack.ids["acme"]["U-001"], "quantity": 1}]})
    scenario.rest(stack, "PUT", f"orders/{exported['id']}", {"status": "cancelled"})

    def look():
        stack.revive()
        documents = scenario.documents_of(stack)
        left = documents.get(scenario.external_number(exported))
        return scenario.check_totals([("parked by the old version", healed)], documents) + (
            [f"order {exported['number']}: its document of the old version is not cancelled"] if left else [])
    return scenario.settled(look, 40), healed


def letters(stack):
    """Problems: records that one version wrote and the other did not understand."""
    listed = stack.shopwire("deadletters", "list", "--json")
    try:
        return [f"dead letter: {letter}" for letter in json.loads(listed) if letter["stage"] in ("decode", "map")][:3]
    except ValueError:
        return [f"deadletters list: {listed[:300]}"]


def flowing(stack, counter, wanted):
    stack.revive()
    return counter.update() >= wanted


def run_update(stack):
    problems = scenario.settled(lambda: scenario.check_stock(stack), 60)
    with Load(stack, RATE, ARTICLES, seed=5) as load:
        counter = Exported(stack)
        exported, parked = leave_behind(stack)
        wait_until("orders through the old version", lambda: flowing(stack, counter, FLOW), 90, pause_s=0.3)
        for what, act in steps(stack):
            begun, before = time.monotonic(), counter.update()
            act()
            wait_until(f"orders to flow: {what}", lambda: flowing(stack, counter, before + FLOW), 90, pause_s=0.3)
            print(f"  {what}: {counter.count} documents of {len(load.placed)} orders after {time.monotonic() - begun:.1f} s", flush=True)
    problems += load.errors[:3]
    found, healed = take_up(stack, exported, parked)
    problems += found
    everything = [*load.placed, exported, healed]

    def counted():
        stack.revive()
        return audit.documents(stack, everything)
    problems += scenario.settled(counted, 90)
    problems += scenario.settled(lambda: scenario.check_stock(stack), 60)
    problems += letters(stack)
    print(f"  {len(everything)} orders, {load.refused} refused for want of stock, {len(problems)} problems", flush=True)
    return problems


def rolling(binaries, folder):
    release, old = last_release.named(), last_release.binaries()
    with MixedStack(folder, binaries, old) as stack:
        print(f"  from {release.version} (commit {release.commit[:12]})", flush=True)
        return run_update(stack)


def tests(full):
    if full:
        yield "rolling_update_from_the_last_release", rolling

"""Each service dies at random and at every labelled point under load; every order has exactly one document all the same.

The ERP's own duplicate check is off, every fifth document is made although its answer is lost, the shop finishes some stock batches
after it hung up and refuses some notes for good.  A kill with nothing in flight proves nothing, so it is made again.  Which points a
service passes it says itself; one that it does not pass within the limit is a failure.
"""

import random
import subprocess
import time

import audit
import scenario
from load import Exported, Load
from stack import Stack, StackError, wait_until

ARTICLES = [(f"K-{i:03}", f"Artikal {i}", f"{100 + i * 7}.{i % 100:02}", 4000) for i in range(40)]
SCARCE = [(f"S-{i:03}", f"Retko {i}", "500.00", 40) for i in range(10)]
LATE_MS = 700
SERVICES = ("sors", "router", "woocommerce")
PARKED = "parked_write"  # passed when something new is refused for good


def make_stack(binaries, folder):
    return Stack(folder, binaries, articles=ARTICLES + SCARCE, runtime={"lookup_delay": "200ms", "write_settle": "1500ms"},
                 intervals={"shop": {"orders": "2s", "catalogue": "3s"}},
                 arguments={"router": ["--batch-max", "40"]},  # so that one batch is mapped while another is committed
                 settings={"erp": {"timeout": "1500ms", "connect_timeout": "1s"},
                           "shop": {"read_timeout": "2s", "write_timeout": "2s", "overlap": "10s"}})


def make_trouble(stack):
    stack.erp_control("settings", {"duplicate_check": False})
    stack.erp_control("faults", [{"match": {"method": "POST", "path_regex": ".*/documents/.*"}, "every": 5,
                                  "fault": {"kind": "apply_then_drop"}}])
    stack.shop_control("faults", [{"match": {"method": "POST", "path_regex": ".*/batch.*"}, "every": 9,
                                   "fault": {"kind": "late_apply", "delay_ms": LATE_MS}},
                                  {"match": {"method": "POST", "path_regex": ".*/notes"}, "every": 5,
                                   "fault": {"kind": "status", "status": 400}}])


class Killer:
    def __init__(self, stack, load, seed):
        self.stack, self.load, self.exported = stack, load, Exported(stack)
        self.random = random.Random(seed)
        self.void = 0

    def in_flight(self):
        return len(self.load.placed) > self.exported.update()

    def restart(self, name):
        program = self.stack.services[name]
        program.start()
        program.ready(60)

    def kill_at_random(self, name):
        for _ in range(50):
            time.sleep(self.random.uniform(0.2, 1.2))
            if self.in_flight():
                self.stack.services[name].kill()
                self.restart(name)
                return None
            self.void += 1
        return f"{name}: no moment with work in flight was found"

    def kill_at(self, name, label):
        """Restarts the service so that it dies at its N-th pass of a label."""
        program = self.stack.services[name]
        program.kill()
        program.start(env={"SHOPWIRE_CRASH_AT": f"{label}:{self.random.randint(1, 4)}"})

        def dead():
            if PARKED in label and program.alive():
                place_hopeless(self.stack)
            return not program.alive()

        try:
            wait_until(f"{name} to die at {label}", dead, 40, pause_s=0.2)
        except StackError as error:
            return str(error)
        if program.process.returncode != -9:
            return f"{name} ended with {program.process.returncode} in place of dying at {label}:\n{program.tail(5)}"
        self.restart(name)
        return None


def labels_of(stack, name):
    done = subprocess.run([stack.binaries / f"shopwire-{name}", "--print-crash-points"], capture_output=True, text=True, timeout=30)
    labels = done.stdout.split()
    if not labels:
        raise StackError(f"{name} prints no crash points: {done.stderr}")
    return labels


def place_hopeless(stack):
    """An order that the ERP can never take: it parks, and has no document."""
    return scenario.rest(stack, "POST", "orders", {"status": "processing", "billing": scenario.person(900),
                                                   "line_items": [{"sku": "NOT-THERE", "quantity": 1}]})


def run_kills(stack, rate, orders_min, kills):
    """`kills` yields (service, label or None).  Returns problems."""
    problems = []
    articles = ARTICLES + SCARCE
    problems += scenario.settled(lambda: scenario.check_stock(stack), 60)
    make_trouble(stack)
    with Load(stack, rate, articles, seed=7) as load:
        killer = Killer(stack, load, seed=11)
        for name, label in kills:
            problem = killer.kill_at(name, label) if label else killer.kill_at_random(name)
            if problem:
                problems.append(problem)
                if not stack.services[name].alive():
                    killer.restart(name)
        wait_until(f"{orders_min} orders", lambda: len(load.placed) >= orders_min, 600, pause_s=0.5)
    stack.shop_control("faults", method="DELETE")
    stack.erp_control("faults", method="DELETE")
    problems += load.errors[:3]
    problems += scenario.settled(lambda: audit.documents(stack, load.placed), 120)
    problems += scenario.settled(lambda: scenario.check_stock(stack), 180)  # a busy machine is that far behind
    shown, writes = audit.shown_stock(stack, articles, window_s=LATE_MS / 1000 + 2.5)
    problems += shown
    if writes <= 2 * len(articles):  # the first numbers alone prove nothing
        problems.append(f"only {writes} stock writes in {len(load.placed)} orders")
    print(f"  {len(load.placed)} orders, {load.refused} refused for want of stock, {len(kills)} kills ({killer.void} void), "
          f"{writes} stock writes, {len(problems)} problems", flush=True)
    return problems


def few(binaries, folder):
    with make_stack(binaries, folder) as stack:
        kills = [(name, None) for name in SERVICES for _ in range(2)]
        kills += [("sors", "sink.after_journal_commit"), ("sors", "sink.after_remote_call"), ("router", "router.after_commit")]
        return run_kills(stack, 25, 300, kills)


def every_label(name):
    def test(binaries, folder):
        with make_stack(binaries, folder) as stack:
            return run_kills(stack, 25, 200, [(name, label) for label in labels_of(stack, name)])
    return test


def random_kills(binaries, folder):
    with make_stack(binaries, folder) as stack:
        kills = [(name, None) for name in SERVICES for _ in range(20)]
        random.Random(3).shuffle(kills)
        return run_kills(stack, 50, 2000, kills)


def tests(full):
    yield "a_few_kills_under_load", few
    if full:
        yield "twenty_random_kills_each_under_load", random_kills
        for name in SERVICES:
            yield f"every_crash_point_of_{name}", every_label(name)

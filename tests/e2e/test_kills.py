"""Each service dies at random and at every labelled point under load; every order has exactly one document all the same.

The ERP's own duplicate check is off.  Every fifth document, every fifth customer and every fifth batch of the shop (stock, prices) is written
although its answer is lost; the shop also finishes some batches after it hung up, and refuses some notes for good.  A kill counts only when
the service had records in hand or unread, as Kafka says while the process stands still; else it goes on and another moment is looked for.
Which points a service passes it says itself; one that it does not pass within the limit is a failure.  The load goes on meanwhile, and a
rate below the one asked for is a failure too.
"""

import random
import signal
import subprocess
import time

import audit
import scenario
from group_lag import uncommitted
from load import Load
from stack import Stack, StackError, wait_until

ARTICLES = [(f"K-{i:03}", f"Artikal {i}", f"{100 + i * 7}.{i % 100:02}", 4000) for i in range(40)]
SCARCE = [(f"S-{i:03}", f"Retko {i}", "500.00", 40) for i in range(10)]
RATE, ORDERS = 50, 2000  # a second, and in all at least
ABOVE = 1.04  # so many times the rate is aimed at
LATE_MS = 700
# From our read of the shop's orders to the write that it was made for.  The tests print what was needed: less than a tenth, also where the
# processes had a tenth of a core.  The rest is margin.
READ_TO_WRITE_S = 0.5
DRAIN_S = 300
SERVICES = ("sors", "router", "woocommerce")
PARKED = "parked_write"  # passed when something new is refused for good
DIES_S, DIES_PARKED_S = 40, 180  # what is to be refused stands behind the orders that the connector has not sent yet


def make_stack(binaries, folder):
    return Stack(folder, binaries, articles=ARTICLES + SCARCE, runtime={"lookup_delay": "200ms", "write_settle": "1500ms"},
                 intervals={"shop": {"orders": "2s", "catalogue": "3s"}},
                 arguments={"router": ["--batch-max", "40"]},  # so that one batch is mapped while another is committed
                 settings={"erp": {"timeout": "1500ms", "connect_timeout": "1s"},
                           "shop": {"read_timeout": "2s", "write_timeout": "2s", "overlap": "10s"}})


def fault(method, path, every, kind, **more):
    return {"match": {"method": method, "path_regex": path}, "every": every, "fault": {"kind": kind, **more}}


def make_trouble(stack):
    stack.erp_control("settings", {"duplicate_check": False})
    stack.erp_control("faults", [fault("POST", "/documents/", 5, "apply_then_drop"), fault("POST", "/customers$", 5, "apply_then_drop")])
    stack.shop_control("faults", [fault("POST", "/batch$", 9, "late_apply", delay_ms=LATE_MS), fault("POST", "/batch$", 5, "apply_then_drop"),
                                  fault("POST", "/notes$", 5, "status", status=400)])


def end_trouble(stack):
    """Problems: a fault that never came proves nothing."""
    problems, told = [], []
    for control in (stack.erp_control, stack.shop_control):
        for rule in control("faults"):
            name = f"{rule['rule']['fault']['kind']} {rule['rule']['match']['path_regex']}"
            told.append(f"{rule['hits']} {name}")
            if rule["hits"] < 3:
                problems.append(f"the fault {name} came {rule['hits']} times")
        control("faults", method="DELETE")
    print(f"  faults: {', '.join(told)}", flush=True)
    return problems


class Killer:
    def __init__(self, stack, seed):
        self.stack = stack
        self.random = random.Random(seed)
        self.void = 0

    def restart(self, name):
        program = self.stack.services[name]
        program.start()
        program.ready(60)

    def kill_at_random(self, name):
        program = self.stack.services[name]
        for _ in range(50):
            time.sleep(self.random.uniform(0.2, 1.2))
            program.process.send_signal(signal.SIGSTOP)  # nothing is finished between the look and the kill
            try:
                if uncommitted(self.stack.kafka.bootstrap, f"shopwire.{name}") > 0:
                    program.kill()
            finally:
                program.process.send_signal(signal.SIGCONT)
            if not program.alive():
                self.restart(name)
                return None
            self.void += 1
        return f"{name}: no moment with work in hand or unread was found"

    def kill_at(self, name, label):
        """Restarts the service so that it dies at its N-th pass of a label."""
        program = self.stack.services[name]
        program.kill()
        program.start(env={"SHOPWIRE_CRASH_AT": f"{label}:{self.random.randint(1, 4)}"})

        def dead():
            if PARKED in label and program.alive():
                place_hopeless(self.stack)
            return not program.alive()

        limit_s, pause_s = (DIES_PARKED_S, 1) if PARKED in label else (DIES_S, 0.2)
        try:
            wait_until(f"{name} to die at {label}", dead, limit_s, pause_s=pause_s)
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


def check_shown(stack, articles, batches):
    problems, writes, late, longest = audit.shown_stock(stack, articles, batches, READ_TO_WRITE_S)
    if writes <= 2 * len(articles):  # the first numbers alone prove nothing
        problems.append(f"only {writes} stock writes")
    print(f"  {writes} stock numbers written, {late} of them late; an order was at most {longest[False]:.2f} s old when a write did not count it "
          f"({READ_TO_WRITE_S} s are allowed), {longest[True]:.2f} s when that write was {LATE_MS} ms late", flush=True)
    return problems


def run_kills(stack, rate, orders_min, kills):
    """`kills` yields (service, label or None).  Returns problems."""
    articles = ARTICLES + SCARCE
    problems = scenario.settled(lambda: scenario.check_stock(stack), 60)
    make_trouble(stack)
    with audit.BatchWatch(stack, LATE_MS) as batches:
        with Load(stack, rate * ABOVE, articles, seed=7) as load:
            killer = Killer(stack, seed=11)
            for name, label in kills:
                problem = killer.kill_at(name, label) if label else killer.kill_at_random(name)
                if problem:
                    problems.append(problem)
                    if not stack.services[name].alive():
                        killer.restart(name)
            wait_until(f"{orders_min} orders", lambda: len(load.placed) >= orders_min, 600, pause_s=0.5)
        problems += load.errors[:3] + scenario.settled(lambda: audit.documents(stack, load.placed), DRAIN_S)
        problems += end_trouble(stack)
        problems += scenario.settled(lambda: scenario.check_stock(stack), DRAIN_S)
    problems += scenario.check_customers(stack) + check_shown(stack, articles, batches)
    if load.per_second() < rate:
        problems.append(f"{load.per_second():.1f} orders a second were placed: expected {rate}")
    print(f"  {len(load.placed)} orders, {load.per_second():.1f} a second, {load.refused} refused for want of stock, {len(kills)} kills "
          f"({killer.void} void), {len(problems)} problems", flush=True)
    return problems


def few(binaries, folder):
    with make_stack(binaries, folder) as stack:
        kills = [(name, None) for name in SERVICES for _ in range(2)]
        kills += [("sors", "sink.after_journal_commit"), ("sors", "sink.after_remote_call"), ("router", "router.after_commit")]
        return run_kills(stack, 25, 300, kills)


def every_label(name):
    def test(binaries, folder):
        with make_stack(binaries, folder) as stack:
            return run_kills(stack, RATE, ORDERS, [(name, label) for label in labels_of(stack, name)])
    return test


def random_kills(binaries, folder):
    with make_stack(binaries, folder) as stack:
        kills = [(name, None) for name in SERVICES for _ in range(20)]
        random.Random(3).shuffle(kills)
        return run_kills(stack, RATE, ORDERS, kills)


def tests(full):
    yield "a_few_kills_under_load", few
    if full:
        yield "twenty_random_kills_each_under_load", random_kills
        for name in SERVICES:
            yield f"every_crash_point_of_{name}", every_label(name)

"""One connector alone is scaled 1 -> 2 -> 4 -> 1 processes under load: throughput, pauses, nothing lost or doubled, no budget exceeded.

Each answer of the simulated ERPs takes `LATENCY_MS`, and a process has `CALLS` calls under way at most (`runtime.calls_max`), so that it is bound
by these and not by the processor: four processes then show what they add although they share the cores of one machine with everything else.  Orders are placed so that each merchant
always has as many waiting; what the ERPs say of documents and requests is the only measure.

SHOPWIRE_SCALE_SECONDS is how long a step is measured (12), SHOPWIRE_SCALE_LATENCY_MS the latency (800).
"""

import os
import threading
import time

import audit
import scenario
from load import Exported
from stack import Stack, StackError, wait_until

SLOTS = 4
CONNECTOR = "sors"
STEP_S = float(os.environ.get("SHOPWIRE_SCALE_SECONDS", "12"))
CALLS = 8
LATENCY_MS = int(os.environ.get("SHOPWIRE_SCALE_LATENCY_MS", "800"))
WAITING = 40  # orders that each merchant has open, all along
ARTICLES = [(f"G-{i:03}", f"Artikal {i}", f"{100 + i * 7}.{i % 100:02}", 900_000) for i in range(12)]
WIDE = {"per_second": 200, "burst": 50, "concurrency": 32}
NARROW = {"per_second": 4, "burst": 4, "concurrency": 4}  # one merchant's, which is always spent
ARRIVAL_S = 0.5  # requests that left one after the other may arrive together, when the machine was busy meanwhile


def partition_of(key, count):
    """Kafka's own partitioner: murmur2."""
    data, mask = key.encode(), 0xffffffff
    value = (0x9747b28c ^ len(data)) & mask
    for at in range(0, len(data) - len(data) % 4, 4):
        block = int.from_bytes(data[at:at + 4], "little") * 0x5bd1e995 & mask
        block = (block ^ block >> 24) * 0x5bd1e995 & mask
        value = (value * 0x5bd1e995 & mask) ^ block
    rest = data[len(data) - len(data) % 4:]
    if rest:
        value = (value ^ int.from_bytes(rest, "little")) * 0x5bd1e995 & mask
    value = (value ^ value >> 13) * 0x5bd1e995 & mask
    return ((value ^ value >> 15) & 0x7fffffff) % count


def merchants_over_slots():
    """One merchant for each slot of the connector, by its name, and one more whose budget is narrow."""
    found = {}
    for index in range(1000):
        found.setdefault(partition_of(f"m{index}/erp", SLOTS), f"m{index}")
    return [found[slot] for slot in range(SLOTS)] + ["narrow"]


class ScaleStack(Stack):
    def __init__(self, folder, binaries):
        super().__init__(folder, binaries, merchants=merchants_over_slots(), articles=ARTICLES,
                         # Half of write_settle is what the lookups before a write may take.
                         runtime={"calls_max": str(CALLS), "lookup_delay": "200ms", "write_settle": f"{LATENCY_MS * 40}ms"}, settings={"erp": {"timeout": "30s"}},
                         intervals={"shop": {"orders": "10s", "catalogue": "60s"}, "erp": {"stock": "20s"}})
        self.pods = 1

    def budget_of(self, merchant):
        return NARROW if merchant == "narrow" else WIDE

    def write_config(self):
        super().write_config()
        file = self.config / "installation.yaml"
        lines = file.read_text().splitlines()
        for merchant in self.merchants:
            own = ", ".join(f"{key}: {value}" for key, value in self.budget_of(merchant).items())
            lines = [f"  {merchant}/erp: {{{own}}}" if line.startswith(f"  {merchant}/erp:") else line for line in lines]
        file.write_text("\n".join(lines) + "\n")

    def pod(self, number):
        name = CONNECTOR if number == 0 else f"{CONNECTOR}-{number}"
        if name not in self.services:
            self.services[name] = self.service(CONNECTOR, number)
        return self.services[name]

    def scale(self, wanted):
        """As a StatefulSet does it: the highest numbers come and go."""
        gone = [self.pod(number) for number in range(wanted, self.pods)]
        new = [self.pod(number) for number in range(self.pods, wanted)]
        for program in gone:
            program.stop()
        for program in new:
            program.start()
        for program in new:
            program.ready(60)
        self.pods = wanted


class Feeder:
    """Keeps `waiting` orders of one merchant open: placed, and without a document."""

    def __init__(self, stack, merchant, waiting):
        self.stack, self.merchant, self.waiting = stack, merchant, waiting
        self.placed, self.errors = [], []
        self.stopped = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)

    def run(self):
        exported = Exported(self.stack, self.merchant)
        while not self.stopped.is_set():
            try:
                for _ in range(self.waiting - (len(self.placed) - exported.update())):
                    index = len(self.placed)
                    self.placed.append(scenario.checkout(self.stack, [(ARTICLES[index % len(ARTICLES)][0], 1)], self.merchant,
                                                         billing=scenario.person(index)))
            except StackError as error:
                self.errors.append(str(error))
            self.stopped.wait(0.2)


class Watch:
    """What each ERP was asked, as it says itself, kept from the first request on; it forgets after some thousands."""

    def __init__(self, stack):
        self.stack = stack
        self.requests = {merchant: [] for merchant in stack.merchants}  # (came, answered), in seconds
        self.after = dict.fromkeys(stack.merchants, 0)
        self.stopped = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)

    def run(self):
        while not self.stopped.wait(1):
            self.update()

    def update(self):
        for merchant in self.stack.merchants:
            page = self.stack.erp_control(f"requests?after={self.after[merchant]}&limit=20000", merchant=merchant)["requests"]
            if page:
                self.after[merchant] = page[-1]["seq"]
                self.requests[merchant] += [(entry["time_us"] / 1e6, (entry["time_us"] + entry["took_us"]) / 1e6) for entry in page]

    def longest_gap(self, begin, end):
        """The longest time between begin and end in which some merchant's ERP was not asked anything."""
        def gap(times):
            inside = [begin, *(came for came in times if begin <= came <= end), end]
            return max(later - earlier for earlier, later in zip(inside, inside[1:]))
        return max(gap(sorted(came for came, _ in self.requests[merchant])) for merchant in self.stack.merchants if merchant != "narrow")


def most_in(times, window_s):
    """The most of the sorted times that lie within one window."""
    most = first = 0
    for last, time_s in enumerate(times):
        while time_s - times[first] >= window_s:
            first += 1
        most = max(most, last - first + 1)
    return most


def most_at_once(spans):
    ends = sorted([(begin, 1) for begin, _ in spans] + [(end, -1) for _, end in spans])
    most = now = 0
    for _, step in ends:
        now += step
        most = max(most, now)
    return most


def check_budgets(stack, watch, killed_at):
    """Problems: an ERP was asked more often, or more at once, than the budget of its connection says.

    What a killed process had asked stays with the ERP for a while, and nobody of ours can know: it does not count as asked at once.
    """
    problems, told = [], ""
    for merchant in stack.merchants:
        budget, spans = stack.budget_of(merchant), watch.requests[merchant]
        times = sorted(came for came, _ in spans)
        for window_s in (1, 10):
            most = most_in(times, window_s)
            allowed = budget["burst"] + budget["per_second"] * (window_s + ARRIVAL_S)
            if most > allowed:
                problems.append(f"{merchant}: {most} requests within {window_s} s, {allowed:.0f} are allowed")
            if merchant == "narrow" and window_s == 10:
                told = f"{most} requests of the narrow budget within 10 s, {budget['burst'] + budget['per_second'] * window_s} are allowed"
        waited_for = [(begin, end) for begin, end in spans if not begin <= killed_at <= end]
        if most_at_once(waited_for) > budget["concurrency"]:
            problems.append(f"{merchant}: {most_at_once(waited_for)} requests at once, {budget['concurrency']} are allowed")
    return problems, told


class Trial:
    """The steps, each with what it did to throughput and how long somebody waited."""

    def __init__(self, stack, watch):
        self.stack, self.watch = stack, watch
        self.rows = []
        self.killed_at = 0
        self.exported = [Exported(stack, merchant) for merchant in stack.merchants]

    def documents(self):
        return sum(one.update() for one in self.exported)

    def steady(self):
        """Orders a second, once what a step set in motion is over."""
        begin, before = time.time(), self.documents()
        time.sleep(STEP_S)
        end, after = time.time(), self.documents()
        self.watch.update()
        rate = (after - before) / (end - begin)
        self.rows.append((f"{self.stack.pods} process{'es' if self.stack.pods > 1 else ''}", f"{rate:.1f}",
                          f"{self.watch.longest_gap(begin, end):.1f}"))
        return rate

    def disturb(self, what, act, settle_s=10):
        """The longest time in which some connection stood still, from the beginning of the act on."""
        begin = time.time()
        act()
        time.sleep(settle_s)
        self.watch.update()
        self.rows.append((what, "", f"{self.watch.longest_gap(begin, time.time() - LATENCY_MS / 1000):.1f}"))

    def rollout(self):
        for number in range(self.stack.pods):
            pod = self.stack.pod(number)
            pod.stop()
            pod.start()
            pod.ready(60)

    def kill(self):
        pod = self.stack.pod(self.stack.pods - 1)
        self.killed_at = time.time()
        pod.kill()
        pod.start()
        pod.ready(60)

    def table(self):
        widths = [max(len(row[i]) for row in self.rows) for i in range(3)]
        print(f"  {'':<{widths[0]}}  {'orders/s':>8}  {'longest wait of a connection, s':>31}")
        for what, rate, gap in self.rows:
            print(f"  {what:<{widths[0]}}  {rate:>8}  {gap:>31}", flush=True)


def run_steps(trial):
    rates = {}
    rates[1] = trial.steady()
    for wanted in (2, 4):
        trial.disturb(f"scaled to {wanted}", lambda: trial.stack.scale(wanted))
        rates[wanted] = trial.steady()
    trial.disturb("rollout of all four", trial.rollout)
    trial.disturb("one killed, and back", trial.kill)
    trial.disturb("scaled to 1", lambda: trial.stack.scale(1), settle_s=20)
    rates["1 again"] = trial.steady()
    return rates


def finish(stack, feeders):
    """Problems: each order has exactly one document."""
    for merchant in stack.merchants:
        stack.erp_control("faults", method="DELETE", merchant=merchant)
    problems = []
    for feeder in feeders:
        problems += feeder.errors[:2]
        problems += scenario.settled(lambda: audit.documents(stack, feeder.placed, feeder.merchant), 120)
    return problems


def scale(binaries, folder):
    with ScaleStack(folder, binaries) as stack:
        problems = []
        for merchant in stack.merchants:
            problems += scenario.settled(lambda: scenario.check_stock(stack, merchant), 90)
            stack.erp_control("faults", [{"match": {}, "every": 1, "fault": {"kind": "delay", "delay_ms": LATENCY_MS}}], merchant=merchant)
        feeders = [Feeder(stack, merchant, 8 if merchant == "narrow" else WAITING) for merchant in stack.merchants]
        watch = Watch(stack)
        trial = Trial(stack, watch)
        for one in (watch, *feeders):
            one.thread.start()
        try:
            wait_until("the first documents", lambda: trial.documents() >= 20, 90, pause_s=0.5)
            rates = run_steps(trial)
        finally:
            for one in (*feeders, watch):
                one.stopped.set()
            for one in (*feeders, watch):
                one.thread.join()
        problems += finish(stack, feeders)
        exceeded, told = check_budgets(stack, watch, trial.killed_at)
        trial.table()
        placed = sum(len(feeder.placed) for feeder in feeders)
        asked = sum(len(spans) for spans in watch.requests.values())
        print(f"  {placed} orders, {len(problems)} problems; each answer of an ERP takes {LATENCY_MS} ms; 4 processes make {rates[4] / rates[1]:.1f} "
              f"times as many documents as 1; {asked / max(1, placed):.1f} requests for each order; {told}", flush=True)
        if rates[4] < 1.5 * rates[1]:
            problems.append(f"four processes are no faster than one: {rates[4]:.1f} and {rates[1]:.1f} orders a second")
        return problems + exceeded


def tests(full):
    if full:
        yield "one_connector_scales_alone", scale

"""What grows with merchants, and what with orders and articles: memory, processor, disk, and how long a start takes."""

import shutil
import time

from bench_idle import start_ms
from bench_router import COMMANDS, SKUS_PER_ORDER, prepare, wait_for_quiet
from measure import Discarded, Row, Tool, cpu_seconds, rss_mb, tool
from stack import Stack

MERCHANTS = (1, 100, 300)
WARM_S, MEASURED_S = 60, 120
CONNECTORS = ("router", "sors", "woocommerce")
ORDERS = (100_000, 400_000)
START_LIMIT_S = 900


class Crowd(Stack):
    """Many merchants whose shops and ERPs are two programs: nobody orders, and each stream is read once a minute."""

    def __init__(self, folder, binaries, count):
        super().__init__(folder, binaries, merchants=[f"m{i}" for i in range(count)], webhooks=False,
                         intervals={"shop": {"orders": "1m", "catalogue": "1h"}, "erp": {"stock": "1m"}},
                         articles=[(f"G-{i}", f"Artikal {i}", "100.00", 50) for i in range(5)])

    def start_sandboxes(self):
        everybody, self.merchants = self.merchants, self.merchants[:1]
        super().start_sandboxes()
        self.merchants = everybody
        for merchant in everybody[1:]:
            for system in ("shop", "erp"):
                self.ports[f"{merchant}-{system}"] = self.ports[f"{everybody[0]}-{system}"]

    def seed(self, merchant):
        return super().seed(merchant) if merchant == self.merchants[0] else self.ids[self.merchants[0]]


def threads(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("Threads:"))


def with_merchants(binaries, folder, count, say):
    """{service: (MB, processor seconds of a minute, threads)}"""
    with Crowd(folder, binaries, count) as stack:
        time.sleep(WARM_S)
        processes = {name: stack.services[name].process.pid for name in CONNECTORS}
        before = {name: cpu_seconds(pid) for name, pid in processes.items()}
        time.sleep(MEASURED_S)
        found = {name: (rss_mb(pid), (cpu_seconds(pid) - before[name]) * 60 / MEASURED_S, threads(pid)) for name, pid in processes.items()}
    say(f"growth: {count} merchants: " + ", ".join(f"{name} {mb:.0f} MB, {cpu:.2f} s of a minute, {tasks} threads"
                                                 for name, (mb, cpu, tasks) in found.items()))
    return found


def disk_mb(folder):
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 2**20


def start(router):
    """(ms until it is ready, processor seconds of that)"""
    took = start_ms(router)
    return took, cpu_seconds(router.process.pid)


def with_orders(binaries, folder, say):
    """{orders: (MB of disk, MB of memory, ms of a start, ms and processor seconds of a start on an empty disk)}"""
    stack, found, placed = Stack(folder, binaries), {}, 0
    try:
        prepare(stack)
        for count in ORDERS:
            new = count - placed
            tool(binaries / "bench-kafka", "preload", "--bootstrap", stack.kafka.bootstrap, "--merchant", stack.merchants[0], "--count", new,
                 "--skus", int(new * SKUS_PER_ORDER), "--first", placed + 1)
            watcher = Tool(binaries / "bench-kafka", "watch", "--bootstrap", stack.kafka.bootstrap, "--topic", COMMANDS, "--merchant",
                           stack.merchants[0], "--count", count).started()
            router = stack.service("router")
            router.start()
            try:
                watcher.result(START_LIMIT_S)
            finally:
                watcher.stop()
            wait_for_quiet(router.process.pid, START_LIMIT_S)
            memory = rss_mb(router.process.pid)
            router.stop()
            disk = disk_mb(stack.folder / "state")
            again, _ = start(router)
            router.stop()
            shutil.rmtree(stack.folder / "state")
            anew, cpu = start(router)
            router.stop()
            found[count] = (disk, memory, again, anew, cpu)
            placed = count
            say(f"growth: {count:,} orders: {disk:.0f} MB of disk, {memory:.0f} MB of memory, ready after {again:.0f} ms; on an empty disk after "
                f"{anew / 1000:.1f} s, {cpu:.1f} s of the processor")
    finally:
        stack.stop()
    return found


def run(binaries, folder, repeats, say):
    """Sizes, not rates: they hardly differ from run to run, so each is measured once."""
    rows = []
    for count in MERCHANTS:
        for name, (memory, cpu, tasks) in with_merchants(binaries, folder / f"merchants-{count}", count, say).items():
            rows += [Row(f"growth: {count} merchants, {name}: memory", "MB", [memory]), Row(f"growth: {count} merchants, {name}: processor", "s/min", [cpu]),
                     Row(f"growth: {count} merchants, {name}: threads", "", [tasks])]
        shutil.rmtree(folder / f"merchants-{count}")
    for count, (disk, memory, again, anew, cpu) in with_orders(binaries, folder / "orders", say).items():
        if disk <= 0:
            raise Discarded("the router has no state on its disk")
        what = f"growth: {count:,} orders in the router"
        rows += [Row(f"{what}: disk", "MB", [disk]), Row(f"{what}: memory", "MB", [memory]), Row(f"{what}: start", "ms", [again]),
                 Row(f"{what}: start on an empty disk", "ms", [anew]), Row(f"{what}: processor of that", "s", [cpu])]
    return rows

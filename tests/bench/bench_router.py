"""The router: preloaded orders to commands, exactly once, beside a bare copy of the same records."""

import resource
import time

from measure import Discarded, Row, Tool, cpu_seconds, tool
from stack import Stack

ORDERS = 200_000
SKUS_PER_ORDER = 0.25  # an article is in eight open orders at the end
EVENTS, COMMANDS, COPY = "shopwire.events.order", "shopwire.commands.sors.orders", "bench.copy"


def merchant(repeat):
    return f"m{repeat}"


def prepare(stack):
    """Kafka and the configuration of a real installation; the systems themselves have no part in this."""
    stack.folder.mkdir(parents=True, exist_ok=True)
    stack.kafka.start()
    for name in stack.merchants:
        stack.ports[f"{name}-shop"] = {"http": 1, "https": 1, "control": 1}
        stack.ports[f"{name}-erp"] = {"http": 1, "https": 1, "control": 1}
    stack.write_config()
    stack.create_topics()


def watch(stack, topic, name, count):
    return Tool(stack.binaries / "bench-kafka", "watch", "--bootstrap", stack.kafka.bootstrap, "--topic", topic, "--merchant", name,
                "--count", count).started()


def rate_of(seen, count):
    if seen["records"] != count or seen["keys"] != count:
        raise Discarded(f"{count} orders gave {seen['records']} records of {seen['keys']} orders")
    return count / ((seen["last_ms"] - seen["first_ms"]) / 1000)


def route(stack, name, count):
    """(orders a second, CPU seconds per 1,000 orders, orders a second until the ledger has all of them too)"""
    watcher = watch(stack, COMMANDS, name, count)
    router = stack.service("router")
    try:
        router.start()
        seen = watcher.result()
        rate = rate_of(seen, count)
        idle = wait_for_quiet(router.process.pid)
        cpu = cpu_seconds(router.process.pid)
        if "set aside" in router.log.read_text():
            raise Discarded("the router made dead letters")
        return rate, 1000 * cpu / count, count / (idle - seen["first_ms"] / 1000)
    finally:
        watcher.stop()
        router.stop()


def wait_for_quiet(pid, limit_s=120):
    """When a process stopped working, as time.time()."""
    last, since = cpu_seconds(pid), time.time()
    end = time.monotonic() + limit_s
    while time.time() - since < 1.0:
        time.sleep(0.1)
        now = cpu_seconds(pid)
        if now - last > 0.02:
            last, since = now, time.time()
        if time.monotonic() > end:
            raise Discarded("the router does not come to rest")
    return since


def copy(stack, name, count):
    watcher = watch(stack, COPY, name, count)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    copier = Tool(stack.binaries / "bench-kafka", "copy", "--bootstrap", stack.kafka.bootstrap, "--topic", EVENTS, "--to", COPY,
                  "--count", count)
    try:
        copier.result()
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return rate_of(watcher.result(), count), 1000 * cpu / count
    finally:
        watcher.stop()
        copier.stop()


def run(binaries, folder, repeats, say):
    stack = Stack(folder, binaries, merchants=[merchant(r) for r in range(repeats)])
    routed, copied = [], []
    try:
        prepare(stack)
        tool(binaries / "bench-kafka", "copy", "--bootstrap", stack.kafka.bootstrap, "--topic", EVENTS, "--to", COPY, "--count", 0)
        for repeat in range(repeats):
            name = merchant(repeat)
            loaded = tool(binaries / "bench-kafka", "preload", "--bootstrap", stack.kafka.bootstrap, "--merchant", name, "--count", ORDERS,
                          "--skus", int(ORDERS * SKUS_PER_ORDER), "--first", 1 + repeat * ORDERS)
            say(f"router: {ORDERS:,} orders of {loaded['bytes_each']} bytes")
            turns = [lambda: routed.append(route(stack, name, ORDERS)), lambda: copied.append(copy(stack, name, ORDERS))]
            for turn in turns if repeat % 2 == 0 else reversed(turns):
                turn()
            say(f"router: {routed[-1][0]:,.0f} orders/s, bare copy {copied[-1][0]:,.0f}/s")
    finally:
        stack.stop()
    return [
        Row("router: orders, exactly once", "1/s", [r[0] for r in routed], [c[0] for c in copied], ("ratio", 0.5)),
        Row("router: the same, ledger done too", "1/s", [r[2] for r in routed]),
        Row("router: CPU", "s/1000", [r[1] for r in routed], [c[1] for c in copied]),
    ]

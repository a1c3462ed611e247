"""What a service costs when nothing happens, and how long it takes from its start until it is ready."""

import time

import scenario
from measure import Row, rss_mb
from stack import Stack, StackError

STARTS = 5
IDLE_S = 10
SERVICES = ("router", "sors", "woocommerce")


def start_ms(program):
    started = time.monotonic()
    program.start()
    while not program.ready_file.exists():
        if not program.alive():
            raise StackError(f"{program.name} ended while starting:\n{program.tail()}")
        time.sleep(0.001)
    return (time.monotonic() - started) * 1000


def settle(check):
    problems = scenario.settled(check, 60)
    if problems:
        raise StackError(problems[0])


def run(binaries, folder, repeats, say):
    memory, starts = {name: [] for name in SERVICES}, {name: [] for name in SERVICES}
    with Stack(folder, binaries) as stack:
        settle(lambda: scenario.check_stock(stack))
        orders = scenario.place_orders(stack)
        settle(lambda: scenario.check_totals(orders, scenario.documents_of(stack)))
        for repeat in range(max(repeats, STARTS)):
            for name in SERVICES:
                stack.services[name].stop()
                starts[name].append(start_ms(stack.services[name]))
            if repeat < repeats:
                time.sleep(IDLE_S)
                for name in SERVICES:
                    memory[name].append(rss_mb(stack.services[name].process.pid))
        say("idle: " + ", ".join(f"{name} {memory[name][0]:.0f} MB, {starts[name][0]:.0f} ms" for name in SERVICES))
    return [Row(f"idle: memory of {name}", "MB", memory[name], goal=("value", 30)) for name in SERVICES] + [
        Row(f"start to ready: {name}", "ms", starts[name], goal=("value", 300)) for name in SERVICES]

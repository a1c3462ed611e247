"""What a service costs when nothing happens, and how long it takes from its start until it is ready: each with its connection to a simulator."""

import time

import scenario
import test_five
from five import Five
from measure import Row, rss_mb
from stack import Stack, StackError
from world import World

STARTS = 5
IDLE_S = 10
SERVICES = ("router", "sors", "woocommerce")
OTHERS = ("keycrm", "logistos", "solteq")  # one connection each in the installation with all five systems


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


def orders_made(stack):
    settle(lambda: scenario.check_stock(stack))
    orders = scenario.place_orders(stack)
    settle(lambda: scenario.check_totals(orders, scenario.documents_of(stack)))


def all_in_step(stack):
    world = World(stack)
    world.count_all()
    problems = test_five.products_made(world) + test_five.orders_arrive(world)
    if problems:
        raise StackError(problems[0])


def measure(stack, names, repeats, say):
    memory, starts = {name: [] for name in names}, {name: [] for name in names}
    for repeat in range(max(repeats, STARTS)):
        for name in names:
            stack.services[name].stop()
            starts[name].append(start_ms(stack.services[name]))
        if repeat < repeats:
            time.sleep(IDLE_S)
            for name in names:
                memory[name].append(rss_mb(stack.services[name].process.pid))
    say("idle: " + ", ".join(f"{name} {memory[name][0]:.0f} MB, {starts[name][0]:.0f} ms" for name in names))
    return memory, starts


def run(binaries, folder, repeats, say):
    memory, starts = {}, {}
    for stack, names, work in ((Stack(folder / "two", binaries), SERVICES, orders_made), (Five(folder / "five", binaries), OTHERS, all_in_step)):
        with stack:
            work(stack)
            for all_of_them, of_these in zip((memory, starts), measure(stack, names, repeats, say)):
                all_of_them.update(of_these)
    return [Row(f"idle: memory of {name}", "MB", values, goal=("value", 30)) for name, values in memory.items()] + [
        Row(f"start to ready: {name}", "ms", values, goal=("value", 300)) for name, values in starts.items()]

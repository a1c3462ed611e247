"""Signed webhooks at the real port and at a bare handler, by the same generator, one after the other."""

import json

from measure import Discarded, Row, cpu_seconds, tool
from stack import ROOT, WEBHOOK_SECRET, Program, Stack

FIXTURE = ROOT / "tests/fixtures/woocommerce/webhook-delivery-order-created.json"
REQUESTS = {"keep-alive": 40_000, "close": 20_000}
WARMUP = 3_000
CONNECTIONS = 64
TOPIC = "shopwire.events.order"


def write_body(file):
    """A real delivery, with marks where each request has digits of its own."""
    body = json.loads(FIXTURE.read_text())["delivery"]["body_raw"]
    marked = body.replace('{"id":55,', '{"id":@ID@@@@@@,').replace('"number":"55"', '"number":"@ID@@@@@@"')
    marked = marked.replace('22:28:58"', '22:28:@S"').replace('20:28:58"', '20:28:@S"')
    if marked.count("@ID@@@@@@") != 2 or marked.count("@S") != 2:
        raise Discarded(f"{FIXTURE} is not as expected")
    file.write_text(marked)
    return len(body)


class Numbers:
    """Order ids that were never sent before."""
    next = 100_000_000

    @classmethod
    def take(cls, count):
        cls.next += count
        return cls.next - count


def load(stack, port, path, mode, pid):
    """(requests a second, p50, p99, CPU seconds of the server per 1,000)"""
    requests = REQUESTS[mode]
    before = cpu_seconds(pid)
    done = tool(stack.binaries / "bench-http-load", "--port", port, "--path", path, "--body", stack.folder / "body.json", "--secret",
                WEBHOOK_SECRET, "--connections", CONNECTIONS, "--requests", requests, "--warmup", WARMUP, "--first",
                Numbers.take(requests + WARMUP), *(["--close"] if mode == "close" else []))
    cpu = cpu_seconds(pid) - before
    if done["errors"]:
        raise Discarded(f"{done['errors']} of {requests} requests failed")
    if done["saturated"]:
        raise Discarded("the generator was saturated")
    return done["rate"], done["p50_ms"], done["p99_ms"], 1000 * cpu / (requests + WARMUP)


def records_in_topic(stack):
    return tool(stack.binaries / "bench-kafka", "ends", "--bootstrap", stack.kafka.bootstrap, "--topic", TOPIC, "--count", 0)["records"]


def counted(stack, *arguments):
    """The same, and every request that was answered 200 is in the topic."""
    before = records_in_topic(stack)
    result = load(stack, *arguments)
    came = records_in_topic(stack) - before
    wanted = REQUESTS[arguments[2]] + WARMUP
    if came < wanted:
        raise Discarded(f"{wanted} webhooks were answered, {came} records are in the topic")
    return result


def run(binaries, folder, repeats, say):
    real, bare = ({mode: [] for mode in REQUESTS} for _ in range(2))
    stack = Stack(folder, binaries, intervals={"shop": {"orders": "1h"}})
    programs = []
    try:
        stack.folder.mkdir(parents=True, exist_ok=True)
        stack.kafka.start()
        stack.start_sandboxes()
        stack.write_config()
        stack.create_topics()
        size = write_body(stack.folder / "body.json")
        service = stack.service("woocommerce")
        handler = Program("bare-intake", [binaries / "bench-bare-intake", "--bootstrap", stack.kafka.bootstrap, "--topic", TOPIC, "--secret",
                                          WEBHOOK_SECRET], stack.folder)
        programs = [service, handler]
        for program in programs:
            program.start()
        for program in programs:
            program.ready()
        targets = [(real, stack.ports["webhooks"], "/webhooks/acme/shop", service), (bare, handler.ready()["http"], "/", handler)]
        for repeat in range(repeats):
            for mode in REQUESTS:
                for results, port, path, program in targets if repeat % 2 == 0 else reversed(targets):
                    results[mode].append(counted(stack, port, path, mode, program.process.pid))
                say(f"intake, {mode}, body of {size} bytes: {real[mode][-1][0]:,.0f}/s, bare handler {bare[mode][-1][0]:,.0f}/s")
    finally:
        for program in programs:
            program.stop()
        stack.stop()
    rows = []
    for mode in REQUESTS:
        for index, (what, unit) in enumerate((("requests", "1/s"), ("p50", "ms"), ("p99", "ms"), ("CPU", "s/1000"))):
            rows.append(Row(f"intake, {mode}: {what}", unit, [r[index] for r in real[mode]], [b[index] for b in bare[mode]],
                            ("ratio", 0.5) if index == 0 else None))
    return rows

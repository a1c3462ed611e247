"""What strangers may do to us, and what operators may: floods, tokens, secrets that are exchanged."""

import base64
import hashlib
import hmac
import json
import os
import subprocess
import time
import urllib.error
import urllib.request

import scenario
from beside import Beside
from flood import Flood
from load import Load
from stack import ADMIN_TOKEN, ERP_KEY, ROOT, SHOP_SECRET, Stack, StackError, WEBHOOK_SECRET
from test_bad_input import metric

FLOOD_S, QUIET_S = 30, 10
RATE = 3  # orders a second
REFUSED_RATE = 5  # that one source may have; a slow machine floods slowly


class Probe(Beside):
    """Sends a delivery that is right, ten times a second, each on a connection of its own, and times the answers."""

    def __init__(self, stack, order):
        self.url = f"http://127.0.0.1:{stack.ports['webhooks']}/webhooks/acme/shop"
        self.body = json.dumps(order).encode()
        digest = hmac.new(WEBHOOK_SECRET.encode(), self.body, hashlib.sha256).digest()
        self.headers = {"Content-Type": "application/json", "X-WC-Webhook-Topic": "order.updated",
                        "X-WC-Webhook-Signature": base64.b64encode(digest).decode()}
        self.times, self.failed = [], []

    def step(self):
        began = time.monotonic()
        try:
            request = urllib.request.Request(self.url, data=self.body, headers=self.headers)
            with urllib.request.urlopen(request, timeout=30) as answer:
                answer.read()
        except OSError as error:
            self.failed.append(str(error))
        self.times.append(time.monotonic() - began)

    def p99_ms(self):
        return 1000 * sorted(self.times)[max(0, len(self.times) * 99 // 100 - 1)] if self.times else 0


def resident_mb(pid):
    with open(f"/proc/{pid}/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS")) / 1024


def flood(binaries, folder):
    """Bad requests of every kind come to the webhook port as fast as they can, from eight addresses, while orders flow: none is lost."""
    articles = [(f"F-{number:03}", f"Article {number}", "100.00", 100_000) for number in range(20)]
    with Stack(folder, binaries, articles=articles, hooks={"trusted_proxies": [], "webhook_refused_per_second": REFUSED_RATE}) as stack:
        scenario.settled(lambda: scenario.check_stock(stack), 30)
        problems, first = [], scenario.checkout(stack, [("F-000", 1)])
        order = scenario.rest(stack, "GET", f"orders/{first['id']}")
        with Probe(stack, order) as quiet, Load(stack, RATE, articles) as load:
            time.sleep(QUIET_S)
        before = resident_mb(stack.services["woocommerce"].process.pid)
        with Probe(stack, order) as flooded, Load(stack, RATE, articles, seed=2) as more:
            with Flood(stack.ports["webhooks"], b"/webhooks/acme/shop", FLOOD_S) as bad:
                time.sleep(FLOOD_S)
        grown = resident_mb(stack.services["woocommerce"].process.pid) - before
        orders = [("order", placed) for placed in (first, *load.placed, *more.placed)]
        problems += scenario.settled(lambda: scenario.check_totals(orders, scenario.documents_of(stack)), 60)
        sent = sum(sum(statuses.values()) for statuses in bad.statuses.values())
        refused = {reason: metric(stack, "woocommerce", "shopwire_webhook_refused_total", reason=reason)
                   for reason in ("too_many", "too_large", "too_slow", "malformed", "connections")}
        print(f"  {sent / FLOOD_S:,.0f} bad requests/s: {bad.statuses}; refused: {refused}", flush=True)
        print(f"  good ones: p99 {flooded.p99_ms():,.0f} ms of {len(flooded.times)}, without the flood {quiet.p99_ms():,.0f} ms; "
              f"memory grew by {grown:,.0f} MB; {len(orders)} orders, each one document", flush=True)
        for kind, statuses in bad.statuses.items():
            taken = sum(count for status, count in statuses.items() if 200 <= status < 300)
            if taken and kind != "fuzzed":  # a fuzzed one may still be a ping
                problems.append(f"{kind}: {taken} were taken")
        problems += [f"a good request failed: {text}" for text in (quiet.failed + flooded.failed)[:5]]
        problems += [f"an order could not be placed: {text}" for text in (load.errors + more.errors)[:5]]
        for reason in ("too_many", "connections"):
            if not refused[reason]:
                problems.append(f"nothing was refused as {reason}: the flood was none")
        if len(more.placed) < RATE * FLOOD_S / 2:
            problems.append(f"only {len(more.placed)} orders were placed in the flood")
        if grown > 200:
            problems.append(f"the flood left {grown:.0f} MB behind")
        return problems


def status_of(url, token, body=None):
    request = urllib.request.Request(url, data=None if body is None else json.dumps(body).encode(), headers={"Authorization": f"Bearer {token}"})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


class FileSecrets(Stack):
    """The service of the shop takes its tokens and the shop's secret from files, which can be exchanged."""

    def write_config(self):
        self.shop_secret, self.reader, self.operator = (self.folder / name for name in ("shop-secret", "reader", "operator"))
        self.shop_secret.write_text(SHOP_SECRET + "\n")
        self.reader.write_text("looks-only-token")
        self.operator.write_text("acts-too-token")
        super().write_config()
        tokens = f"ann: {{token: \"${{file:{self.reader}}}\", role: read}}, bob: {{token: \"${{file:{self.operator}}}\"}}"
        for file, old, new in ((self.config / "installation.yaml", "    admin_token: \"${env:ADMIN_TOKEN}\"\n", f"    admin_tokens: {{{tokens}}}\n"),
                               (self.config / "merchants/acme.yaml", "${env:SHOP_SECRET}", f"${{file:{self.shop_secret}}}")):
            text = file.read_text()
            assert old in text, f"{old} is not in {file}"
            file.write_text(text.replace(old, new))

    def secrets(self):
        return super().secrets() | {("reader", "looks-only-token"), ("operator", "acts-too-token"), ("new operator", "exchanged-token")}


def tokens(binaries, folder):
    """Who may read does not operate, what is operated is logged with its name, and secrets are exchanged without a restart."""
    with FileSecrets(folder, binaries, runtime={"probe_interval": "1s"}) as stack:
        scenario.settled(lambda: scenario.check_stock(stack), 30)
        api, shop = stack.admin("woocommerce") + "/api/", {"connection": "acme/shop"}
        problems = []

        def expect(what, got, wanted):
            if got != wanted:
                problems.append(f"{what}: expected {wanted}, got {got}")
        expect("reading by who reads", status_of(api + "status", "looks-only-token"), 200)
        expect("reading without a token", status_of(api + "status", ""), 401)
        for path, body in (("pause", shop), ("resume", shop), ("sync", {**shop, "stream": "orders"}), ("leave", shop), ("parked/retry", {"key": "x"}),
                           ("parked/discard", {"key": "x"})):
            expect(f"{path} by who reads", status_of(api + path, "looks-only-token", body), 403)
        expect("pause by who operates", status_of(api + "pause", "acts-too-token", shop), 200)
        done = subprocess.run([f"{binaries}/shopwire", "resume", "acme/shop", "--admin", f"woocommerce={stack.admin('woocommerce')}"],
                              capture_output=True, text=True, timeout=60, cwd=ROOT, env={**os.environ, "SHOPWIRE_ADMIN_TOKEN": "acts-too-token"})
        expect(f"shopwire resume ({done.stdout}{done.stderr})", done.returncode, 0)
        stack.operator.write_text("exchanged-token")
        problems += scenario.settled(lambda: [] if status_of(api + "status", "exchanged-token") == 200 else ["the new token does not count"], 10)
        expect("the old token", status_of(api + "status", "acts-too-token"), 401)
        log = stack.services["woocommerce"].log.read_text()
        for wanted in ("who=ann what=\"POST /api/pause\"", "who=bob what=\"POST /api/pause\"", "who=bob what=\"POST /api/resume\""):
            if wanted not in log:
                problems.append(f"not in the log: {wanted}")

        # A secret that the shop refuses stops the connection; the right one in the same file starts it again.
        def up(wanted):
            is_up = metric(stack, "woocommerce", "shopwire_connection_up")
            return [] if is_up == wanted else [f"connection_up is {is_up}, the exchanged secret does not count"]
        stack.shop_secret.write_text("a-wrong-secret\n")
        problems += scenario.settled(lambda: up(0), 20)
        order = scenario.checkout(stack, [("A-100", 1)])
        stack.shop_secret.write_text(SHOP_SECRET + "\n")
        problems += scenario.settled(lambda: up(1), 20)
        problems += scenario.settled(lambda: scenario.check_totals([("order", order)], scenario.documents_of(stack)), 30)
        return problems + scenario.settled(lambda: scenario.check_stock(stack), 30)


def secrets_stay_out(binaries, folder):
    """All kinds of orders, refused keys and the operators' lists: no secret is in a log, a metric, an answer, Kafka or local state."""
    with Stack(folder, binaries) as stack:
        scenario.settled(lambda: scenario.check_stock(stack), 30)
        orders = scenario.place_orders(stack)
        problems = scenario.settled(lambda: scenario.check_totals(orders, scenario.documents_of(stack)), 30)
        for program in ("sors", "woocommerce"):
            for action in ("check-config", "print-config-schema"):
                done = subprocess.run([*stack.services[program].command[:3], f"--{action}"], capture_output=True, text=True, timeout=60,
                                      env=stack.services[program].env, cwd=ROOT)
                (stack.folder / f"dump-{program}-{action}").write_text(done.stdout + done.stderr)
        for name in stack.services:
            for path in ("metrics", "api/status", "api/parked", "api/routing", "api/refused", "api/reservations"):
                request = urllib.request.Request(f"{stack.admin(name)}/{path}", headers={"Authorization": f"Bearer {ADMIN_TOKEN}"})
                try:
                    with urllib.request.urlopen(request, timeout=10) as answer:
                        (stack.folder / f"dump-{name}-{path.replace('/', '-')}").write_bytes(answer.read())
                except urllib.error.HTTPError:
                    pass  # not every service has every list
        # That the search finds what is there: a log with a secret, an hour after somebody prints one.
        leak = stack.folder / "dump-leak"
        leak.write_text(f"x{ERP_KEY}x")
        try:
            stack.check_leaks()
            problems.append("a secret that stands in a dump is not found")
        except StackError:
            leak.unlink()
        return problems


def tests(full):
    yield "tokens_and_exchanged_secrets", tokens
    yield "secrets_stay_out", secrets_stay_out
    if full:
        yield "flood_of_bad_webhooks", flood

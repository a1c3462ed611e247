"""What comes in wrong: one clear line, the bytes are kept, everything else goes on."""

import base64
import hashlib
import hmac
import json
import subprocess
import urllib.error
import urllib.request

import scenario
from stack import ROOT, Stack, WEBHOOK_SECRET


def post(url, body, headers):
    return status_of(urllib.request.Request(url, data=body, method="POST", headers=headers))


def status_of(request):
    """The HTTP status that a request, or the GET of an address, is answered with."""
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def metric(stack, service, name, **labels):
    """The sum of a metric's series that carry these labels."""
    with urllib.request.urlopen(stack.admin(service) + "/metrics", timeout=10) as answer:
        lines = answer.read().decode().splitlines()
    total = 0.0
    for line in lines:
        if line.startswith(name) and line[len(name)] in "{ " and all(f'{key}="{value}"' in line for key, value in labels.items()):
            total += float(line.split()[-1])
    return total


def webhooks(binaries, folder):
    """A wrong signature is refused; a body that is not JSON is kept as a dead letter; orders flow on."""
    with Stack(folder, binaries) as stack:
        scenario.settled(lambda: scenario.check_stock(stack), 30)
        url = f"http://127.0.0.1:{stack.ports['webhooks']}/webhooks/acme/shop"
        headers = {"Content-Type": "application/json", "X-WC-Webhook-Topic": "order.updated", "X-WC-Webhook-Resource": "order",
                   "X-WC-Webhook-Event": "updated", "X-WC-Webhook-ID": "1"}

        def signed(body):
            digest = hmac.new(WEBHOOK_SECRET.encode(), body, hashlib.sha256).digest()
            return {**headers, "X-WC-Webhook-Signature": base64.b64encode(digest).decode()}
        problems = []

        def expect(what, got, wanted):
            if got != wanted:
                problems.append(f"{what}: expected {wanted}, got {got}")
        expect("no signature", post(url, b"{}", headers), 401)
        expect("wrong signature", post(url, b"{}", {**headers, "X-WC-Webhook-Signature": "AAAA"}), 401)
        expect("ping", post(url, b"webhook_id=1", {"Content-Type": "application/x-www-form-urlencoded"}), 200)
        expect("not JSON", post(url, b"not json", signed(b"not json")), 200)
        expect("unknown connection", post(url.replace("/shop", "/nope"), b"{}", headers), 404)
        order = scenario.checkout(stack, [("A-100", 1)])
        problems += scenario.settled(lambda: scenario.check_totals([("guest", order)], scenario.documents_of(stack)), 30)
        expect("signatures refused", metric(stack, "woocommerce", "shopwire_webhook_requests_total", kind="bad_signature"), 2)
        dead = metric(stack, "woocommerce", "shopwire_dead_letters_total")
        if dead < 1:
            problems.append("the body that is not JSON is not among the dead letters")
        return problems


def lines_without_sku(binaries, folder):
    """An order line without SKU parks its order alone; a corrected order heals itself."""
    with Stack(folder, binaries) as stack:
        scenario.settled(lambda: scenario.check_stock(stack), 30)
        bad = scenario.rest(stack, "POST", "orders", {
            "status": "processing", "billing": scenario.person(1), "line_items": [{"sku": "NOT-THERE", "quantity": 1}]})
        good = scenario.checkout(stack, [("A-100", 1)])
        problems = scenario.settled(lambda: scenario.check_totals([("good", good)], scenario.documents_of(stack)), 30)
        if scenario.documents_of(stack).get(scenario.external_number(bad)):
            problems.append("the order without a known product was exported")
        line = bad["line_items"][0]["id"]
        healed = scenario.rest(stack, "PUT", f"orders/{bad['id']}", {
            "line_items": [{"id": line, "quantity": 0}, {"product_id": stack.ids['acme']["A-101"], "quantity": 1}]})
        problems += scenario.settled(lambda: scenario.check_totals([("healed", healed)], scenario.documents_of(stack)), 30)
        return problems


def wrong_key(binaries, folder):
    """An ERP refuses our key: that connection stops and parks, readiness and the other merchant go on, and a key that works again drains."""
    with Stack(folder, binaries, runtime={"probe_interval": "1s"}, merchants=("acme", "bravo")) as stack:
        for merchant in stack.merchants:
            scenario.settled(lambda m=merchant: scenario.check_stock(stack, m), 30)
        stack.erp_control("faults", [{"match": {}, "every": 1, "fault": {"kind": "status", "status": 401, "body": json.dumps(
            {"success": False, "message": "Pogrešan ključ", "errors": [{"code": "UNAUTHORIZED"}], "data": None, "pagination": None})}}])
        orders = [("while refused", scenario.checkout(stack, [("A-100", 1)], billing=scenario.person(i))) for i in range(5)]

        def stopped():
            up = metric(stack, "sors", "shopwire_connection_up", connection="acme/erp")
            parked = metric(stack, "sors", "shopwire_parked_records", connection="acme/erp")
            return [f"connection_up {up}, parked {parked}"] if up != 0 or parked < 5 else []
        problems = scenario.settled(stopped, 20)
        other = [("of the other merchant", scenario.checkout(stack, [("A-100", 1)], "bravo", billing=scenario.person(9)))]
        problems += scenario.settled(lambda: scenario.check_totals(other, scenario.documents_of(stack, "bravo"), "bravo"), 30)
        ready = status_of(stack.admin("sors") + "/readyz")
        if ready != 200:
            problems.append(f"/readyz answers {ready} although only one connection stopped")
        problems += [f"after the other merchant's order: {problem}" for problem in stopped()]
        if metric(stack, "sors", "shopwire_dead_letters_total") != 0:
            problems.append("something was dead-lettered for a wrong key")
        stack.erp_control("faults", method="DELETE")
        return problems + scenario.settled(lambda: scenario.check_totals(orders, scenario.documents_of(stack)), 30)


def bad_config(binaries, folder):
    """Three mistakes give three lines with file, line and path, and exit code 2, before anything starts."""
    config = folder / "config"
    (config / "merchants").mkdir(parents=True)
    (config / "installation.yaml").write_text("kafka: {bootstrap: '127.0.0.1:1'}\nrouter_partitions: none\n")
    (config / "merchants/acme.yaml").write_text(
        "merchant: acme\nconnections:\n  erp:\n    system: sors\n    settings: {dialect: sors-de, api_key: plain}\n")
    done = subprocess.run([f"{binaries}/shopwire-sors", "--config", config, "--check-config"], capture_output=True, text=True, timeout=30, cwd=ROOT)
    text = done.stdout + done.stderr
    problems = [] if done.returncode == 2 else [f"exit code {done.returncode}"]
    for expected in ("installation.yaml:2: router_partitions:", "acme.yaml:5: connections.erp.settings.dialect:",
                     "acme.yaml:5: connections.erp.settings.api_key:"):
        if expected not in text:
            problems.append(f"no line with \"{expected}\" in: {text}")
    return problems


def tests(full):
    yield "bad_webhooks", webhooks
    yield "order_line_without_sku_parks_alone", lines_without_sku
    yield "wrong_api_key_stops_one_connection", wrong_key
    yield "bad_config_names_every_mistake", bad_config

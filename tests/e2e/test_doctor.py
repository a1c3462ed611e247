"""What usually goes wrong at a connection is named by `shopwire doctor`; then `golive` and `disconnect`."""

import json
import time

import scenario
from stack import call, Stack, StackError


class Examined(Stack):
    """A stack whose orders are filtered by their payment, so that a payment may be one that no table knows."""

    def merchant_yaml(self, merchant):
        return super().merchant_yaml(merchant).replace(
            "prefix: WC-", "filters: {payment_methods: [cod, bacs]}\n      prefix: WC-")

    def doctor(self, connection="acme/shop"):
        """What is not well, as "check: result"; and the exit code."""
        done = self.shopwire("doctor", connection, "--json")
        try:
            rows = json.loads(done.stdout)
        except ValueError:
            raise StackError(f"doctor: {done.stdout}{done.stderr}") from None
        return {f"{row['check']}: {row['result']}" for row in rows if row["result"] != "ok"}, done.returncode

    def rewrite(self, old, new):
        file = self.config / "merchants/acme.yaml"
        file.write_text(file.read_text().replace(old, new))


# The fault, how it is planted, and how it is taken away again.
PLANTED = [
    ("permalinks: fault", {"pretty_permalinks": False}, {"pretty_permalinks": True}),
    ("Authorization header: fault", {"strip_authorization": True}, {"strip_authorization": False}),
    ("key rights: fault", {"key_rights": "read"}, {"key_rights": "read_write"}),
    ("tax basis: fault", {"prices_include_tax": False}, {"prices_include_tax": True}),
    ("currency: fault", {"currency": "EUR"}, {"currency": "RSD"}),
    ("time zone: warning", {"timezone_string": ""}, {"timezone_string": "Europe/Belgrade"}),
    ("version: fault", {"version": "5.7.0"}, {"version": "11.0.1"}),
    ("statuses: fault", {"more_statuses": ["awaiting-shipment"]}, {"more_statuses": []}),
    ("payments: warning", {"payment_gateways": ["cod", "bacs", "paypal"]}, {"payment_gateways": ["cod", "bacs"]}),
    ("taxes: fault", {"tax_percent": "25"}, {"tax_percent": "20"}),
]


def plant_all(stack, well):
    problems = []
    for fault, plant, heal in PLANTED:
        stack.shop_control("settings", plant)
        found, code = stack.doctor()
        if fault not in found:
            problems.append(f"planted {plant}: expected {fault}, got {sorted(found - well)}")
        if code != (1 if fault.endswith("fault") else 0):
            problems.append(f"planted {plant}: exit code {code}")
        stack.shop_control("settings", heal)
    return problems


def plant_goods(stack):
    """SKUs that are missing, doubled, in the trash, and unmatched on each side."""
    stack.shop_control("silent-edit", {"sku": "A-107", "new_sku": ""})
    stack.shop_control("silent-edit", {"sku": "A-106", "new_sku": "a-105"})
    stack.shop_control("seed", {"products": [{"sku": "ONLY-SHOP", "name": "Only here", "price": "1", "stock": 1},
                                             {"sku": "OLD", "name": "Old", "status": "trash"}]})
    stack.shopwire("sync", "acme/shop", "catalogue", "--full")
    wanted = {"SKU missing: warning", "SKU doubled: fault", "SKU in the trash: warning", "SKU unmatched: warning"}

    def look():
        found, _ = stack.doctor()
        texts = [row["what"] for row in json.loads(stack.shopwire("doctor", "acme/shop", "--json").stdout)
                 if row["check"] == "SKU unmatched"]
        missing = [f"not named: {one}" for one in sorted(wanted - found)]
        return missing + ([] if any("only-shop" in text for text in texts) else [f"only-shop is not named: {texts}"])
    return scenario.settled(look, 30)


def plant_together(stack):
    """All that do not keep the doctor out of the shop, at once; REQUIRES: plant_goods."""
    together = [(fault, plant) for fault, plant, _ in PLANTED[3:]]
    for _, plant in together:
        stack.shop_control("settings", plant)
    wanted = {fault for fault, _ in together} | {
        "SKU missing: warning", "SKU doubled: fault", "SKU in the trash: warning", "SKU unmatched: warning"}
    found, code = stack.doctor()
    (stack.folder / "doctor.txt").write_text(stack.shopwire("doctor", "acme/shop").stdout)
    for _, _, heal in PLANTED[3:]:
        stack.shop_control("settings", heal)
    return [f"together: not named: {one}" for one in sorted(wanted - found)] + ([] if code == 1 else [f"exit code {code}"])


def untrusted(stack):
    certificate = f'ca_file: "{stack.folder / "acme-shop.pem"}"'
    stack.rewrite(certificate, 'ca_file: ""')
    problems = scenario.settled(lambda: [] if "TLS: fault" in stack.doctor()[0] else ["TLS: fault is not named"], 30)
    stack.rewrite('ca_file: ""', certificate)
    return problems


def doctor(binaries, folder):
    """A shop that is well has no fault; each one that is planted is named, one at a time and together with others."""
    with Examined(folder, binaries, runtime={"probe_interval": "1s"}) as stack:
        problems = scenario.settled(lambda: scenario.check_stock(stack), 30)

        def is_well():
            found, code = stack.doctor()
            return [f"exit code {code}: {sorted(found)}"] if code != 0 else []
        problems += scenario.settled(is_well, 30)
        well, _ = stack.doctor()
        found, code = stack.doctor("acme/erp")
        if code != 0:
            problems.append(f"the ERP is well, and doctor says {sorted(found)}")
        problems += plant_all(stack, well) + untrusted(stack) + plant_goods(stack) + plant_together(stack)
        nowhere, code = stack.doctor("acme/nowhere")
        if "service: fault" not in nowhere or code != 1:
            problems.append(f"a connection that is not there: {sorted(nowhere)}, exit code {code}")
        return problems


def live(stack, *arguments):
    done = stack.shopwire("golive", "acme", "--json", *arguments)
    points = json.loads(done.stdout) if done.stdout else []
    return {point["point"]: point["detail"] for point in points if not point["ok"]}, done.returncode, done.stderr


def golive(binaries, folder):
    """What is not ready is named; the moment is written once, and the order that follows it is sent."""
    with Examined(folder, binaries) as stack:
        problems = scenario.settled(lambda: scenario.check_stock(stack), 30)
        since = "orders of shop go to erp from now on"

        def only_since():
            missing, code, error = live(stack)
            return [f"exit code {code}: {missing} {error}"] if code != 1 or set(missing) != {since} else []
        problems += scenario.settled(only_since, 30)
        file = stack.config / "merchants/acme.yaml"
        file.write_text("# kept\n" + file.read_text())
        before = file.read_text()
        missing, code, error = live(stack, "--write")
        if code != 0:
            problems.append(f"--write: exit code {code}: {missing} {error}")
        changed = [(old, new) for old, new in zip(before.splitlines(), file.read_text().splitlines()) if old != new]
        if len(changed) != 1 or "export_since" not in changed[0][1]:
            problems.append(f"more than export_since was changed: {changed}")
        time.sleep(6)  # it begins a few seconds after the command
        order = scenario.checkout(stack, [("A-100", 1)])
        problems += scenario.settled(lambda: scenario.check_totals([("live", order)], scenario.documents_of(stack)), 30)
        _, code, error = live(stack, "--write")
        if code != 1 or "is live" not in error:
            problems.append(f"a live merchant was moved: exit code {code}: {error}")
        return problems


def leave(stack, connection, *how):
    return stack.shopwire("disconnect", connection, "--yes", *how)


def disconnect(binaries, folder):
    """The ERP refuses an order; given up, its pieces are back, and no webhook of ours is left in the shop."""
    with Examined(folder, binaries) as stack:
        problems = scenario.settled(lambda: scenario.check_stock(stack) + scenario.check_webhooks(stack), 30)
        stack.erp_control("faults", [{"match": {"method": "POST"}, "every": 1, "fault": {
            "kind": "status", "status": 422, "body": json.dumps({"success": False, "message": "ne", "errors": [
                {"code": "VALIDATION"}], "data": None, "pagination": None})}}])
        scenario.checkout(stack, [("A-100", 3)])

        def shown(pieces):
            stock = {row["sku"]: row["stock"] for row in stack.shop_control("products")}
            return [] if stock["A-100"] == pieces else [f"A-100 shows {stock['A-100']}, expected {pieces}"]

        def parked():
            rows = json.loads(stack.shopwire("parked", "list", "--json").stdout or "[]")
            return [] if rows else ["nothing is parked"]
        problems += scenario.settled(lambda: shown(47) + parked(), 30)
        for connection, count in (("acme/erp", 1), ("acme%2Ferp", 1), ("acme/shop", 0), ("acme", 0)):
            rows = call("GET", stack.admin("sors") + f"/api/parked?connection={connection}",
                        headers={"Authorization": "Bearer sandbox-admin-token"})["parked"]
            if len(rows) != count:
                problems.append(f"/api/parked?connection={connection}: {rows}")
        refused = leave(stack, "acme/erp")
        if refused.returncode != 1 or "--drain" not in refused.stderr:
            problems.append(f"left although something waits: {refused.stdout}{refused.stderr}")
        stuck = leave(stack, "acme/erp", "--drain", "--wait", "1s")
        if stuck.returncode != 1 or "still wait" not in stuck.stderr:
            problems.append(f"drained what a person must correct: {stuck.stdout}{stuck.stderr}")
        gone = leave(stack, "acme/erp", "--discard")
        if gone.returncode != 0 or "1 key discarded" not in gone.stdout or "once the router has read that" not in gone.stdout:
            problems.append(f"discard: {gone.stdout}{gone.stderr}")
        if "name another owner in routing.stock" not in gone.stdout:
            problems.append(f"nothing is said of its stock: {gone.stdout}")
        # The order takes nothing any more; the number is sent again when the ledger says so.
        problems += scenario.settled(lambda: shown(50), 30)
        away = leave(stack, "acme/shop", "--drain")
        if away.returncode != 0 or "9 webhooks removed" not in away.stdout or "by hand" not in away.stdout:
            problems.append(f"shop: {away.stdout}{away.stderr}")
        left = scenario.rest(stack, "GET", "webhooks?per_page=50")
        if left:
            problems.append(f"webhooks are left: {left}")
        return problems


def tests(full):
    yield "doctor_names_what_is_planted", doctor
    yield "golive_names_what_is_missing", golive
    yield "disconnect_leaves_nothing_behind", disconnect

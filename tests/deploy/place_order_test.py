#!/usr/bin/env python3
"""deploy/docker/place_order.py against the simulated shop and SORS, with this test in the place of Shopwire between them.

  place_order_test.py FOLDER      FOLDER has sandbox-shop and sandbox-erp; with none, what needs no sandbox is tested

The script is run from a folder with exactly the files that the Dockerfile puts beside it.  Standard library only.
"""

import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/e2e"))

from stack import Program, StackError, call, free_port, wait_until  # noqa: E402

BINARIES = None
KEY = "test-key"
SOLD = (("A-106", "99.90"), ("A-107", "149.95"))
LIMIT_S = 20


def image_folder(folder):
    """What the image `sandbox` has in /opt/shopwire."""
    lines = (ROOT / "deploy/docker/Dockerfile").read_text().replace("\\\n", " ").splitlines()
    for file in next(line for line in lines if re.match(r"COPY .* /opt/shopwire/$", line)).split()[1:-1]:
        shutil.copy(ROOT / file, folder)


class Case(unittest.TestCase):
    def setUp(self):
        self.folder = self.enterContext(tempfile.TemporaryDirectory())
        image_folder(self.folder)

    def place_order(self, *arguments):
        return subprocess.run([sys.executable, "-B", f"{self.folder}/place_order.py", *arguments], capture_output=True, text=True, timeout=90)

    def assert_failed(self, done, words):
        self.assertEqual(done.returncode, 1, done)
        self.assertRegex(done.stdout.splitlines()[-1], words)
        self.assertEqual(done.stderr, "")


class WithoutSandboxes(Case):
    def test_wrong_options_are_named(self):
        for arguments, words in ((("--limit", "0"), "expected 1 to 3600 seconds, got '0'"), (("--limit", "soon"), "got 'soon'"),
                                 (("--shop", "shop"), "expected http://host:port, got 'shop'"), (("--prefix", ""), "expected the prefix")):
            done = self.place_order(*arguments)
            self.assertEqual(done.returncode, 2, done)
            self.assertIn(words, done.stderr)

    def test_who_is_no_sandbox_is_named(self):
        with subprocess.Popen([sys.executable, "-m", "http.server", "--bind", "127.0.0.1", str(port := free_port())], cwd=self.folder,
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
            (Path(self.folder) / "__sandbox").mkdir()
            (Path(self.folder) / "__sandbox/faults").write_text("<html>")
            try:
                url = f"http://127.0.0.1:{port}"
                wait_until("the server", lambda: reached(f"{url}/five.py"), LIMIT_S)
                done = self.place_order("--shop", url, "--erp", url, "--limit", "1")
            finally:
                server.terminate()
        self.assert_failed(done, "^FAILED: .* does not answer as a sandbox does: ")

    def test_nobody_answers(self):
        closed = f"http://127.0.0.1:{free_port()}"
        command = [sys.executable, "-B", "-c", "import place_order\nplace_order.ANSWER_LIMIT_S = 1\nraise SystemExit(place_order.main())"]
        done = subprocess.run([*command, "--shop", closed, "--erp", closed], cwd=self.folder, capture_output=True, text=True, timeout=90)
        self.assert_failed(done, r"^FAILED: the sandboxes do not answer: GET http://127\.0\.0\.1:\d+/__sandbox/faults: .*refused")


def reached(url):
    try:
        call("GET", url)
    except StackError:
        return False
    except ValueError:  # an answer, if no JSON
        pass
    return True


class Orders(Case):
    def setUp(self):
        super().setUp()
        if BINARIES is None:
            self.skipTest("no sandboxes")
        self.shop = self.start("sandbox-shop")
        self.erp = self.start("sandbox-erp", "--key", KEY)

    def start(self, name, *arguments):
        program = Program(name, [BINARIES / name, "--port", 0, "--control-port", 0, *arguments], self.folder)
        program.start()
        self.addCleanup(program.stop)
        return program.ready()

    def control(self, ports, path, body=None):
        return call("GET" if body is None else "POST", f"http://127.0.0.1:{ports['control']}/__sandbox/{path}", body)

    def buy(self, limit_s=LIMIT_S):
        return self.place_order("--shop", f"http://127.0.0.1:{self.shop['control']}", "--erp", f"http://127.0.0.1:{self.erp['control']}",
                                "--limit", str(limit_s))

    # What Shopwire does.
    def tell_shop(self):
        self.control(self.shop, "seed", {"products": [{"sku": sku, "name": sku, "price": price, "stock": 9} for sku, price in SOLD]})

    def make_document(self, number, price="349.75"):
        return call("POST", f"http://127.0.0.1:{self.erp['http']}/api/documents/reservation?database=Shop2026", {
            "businessUnitId": 1, "externalNumber": number, "date": time.strftime("%Y-%m-%d"), "customerId": 881,
            "items": [{"code": "A-106", "quantity": 1, "unitPrice": float(price)}]}, headers={"Authorization": f"ApiKey {KEY}"})

    def follow(self, *prices):
        """Once there is an order, documents with these totals are made."""
        def work():
            wait_until("an order", lambda: self.control(self.shop, "state")["orders"], LIMIT_S)
            number = self.order_number()
            for price in prices:
                self.make_document(f"WC-{number}", price)
        thread = threading.Thread(target=work)
        thread.start()
        self.addCleanup(thread.join, LIMIT_S)

    def order_number(self):
        return next(entry["order_id"] for entry in self.control(self.shop, "log")["entries"] if entry.get("order_id"))

    def test_an_order_arrives(self):
        self.tell_shop()
        self.follow("349.75")
        done = self.buy()
        self.assertEqual((done.returncode, done.stderr), (0, ""), done)
        self.assertRegex(done.stdout, r"""^SORS was empty: it has articles now
the shop sells A-106, A-107 \(waited [\d.]+ s\)
order (\d+) was placed: 349.75 RSD
SORS has one document WC-\1 with the same total \(waited [\d.]+ s\)
$""")

    def test_an_order_does_not_arrive(self):
        self.tell_shop()
        self.assert_failed(self.buy(1), r"^FAILED: order (\d+) did not arrive: documents WC-\1 at SORS: 0 there, after [\d.]+ s$")

    def test_the_shop_learns_nothing(self):
        self.assert_failed(self.buy(1), r"^FAILED: the shop does not sell: the shop does not have A-106; the shop does not have A-107, after ")

    def test_another_total(self):
        self.tell_shop()
        self.follow("349.74")
        self.assert_failed(self.buy(3), r"349\.75 in the shop, 349\.74 there")

    def test_a_second_document(self):
        self.tell_shop()
        self.control(self.erp, "settings", {"duplicate_check": False})
        self.follow("349.75", "349.75")
        self.assert_failed(self.buy(3), r"documents WC-\d+ at SORS: 2 there")

    def test_a_document_from_before(self):
        self.tell_shop()
        self.control(self.erp, "settings", {"duplicate_check": False})
        self.follow("349.75")
        self.assertEqual(self.buy().returncode, 0)
        number = int(self.order_number())
        for later in range(number + 1, number + 20):
            self.make_document(f"WC-{later}")
        self.assert_failed(self.buy(1), r"SORS had a document WC-\d+ before: the shop was started anew")

    def test_sold_out(self):
        self.tell_shop()
        self.buy(1)
        self.control(self.erp, "stock", {"code": "A-107", "unit": 1, "onHand": 0})
        self.assertIn("A-107 were sold out at SORS: 100 pieces arrived\n", self.buy(1).stdout)
        self.assertIn("SORS has articles\n", self.buy(1).stdout)


if __name__ == "__main__":
    if len(sys.argv) > 1 and not sys.argv[1].startswith("-"):
        BINARIES = Path(sys.argv.pop(1)).resolve()
    unittest.main()

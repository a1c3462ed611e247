"""Starts the whole product on this machine: Kafka, sandboxes and services as processes of their own, on free ports.

Used by the end-to-end tests, by the benchmarks and by deploy/local/up.sh.  Everything that a Stack starts it stops again, also when
the caller fails; data live below one folder.  Standard library only.
"""

import base64
import json
import os
import random
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
START_LIMIT_S = 30
STOP_LIMIT_S = 30
PATIENCE = float(os.environ.get("SHOPWIRE_PATIENCE", "1"))  # all limits are so many times longer: for a machine that is busy


class StackError(Exception):
    """Something of the stack did not come up; the text is for people."""


class Skipped(Exception):
    """A test cannot be run here; the text says why."""


def free_port():
    """A port below the range that the kernel hands out, so that no outgoing connection takes it before its owner does."""
    for _ in range(1000):
        port = random.randrange(20000, 32000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue
    raise StackError("no free port between 20000 and 32000")


def call(method, url, body=None, timeout=30, headers=None):
    """One JSON request; returns the parsed answer.  HTTP errors raise StackError with the status and the start of the body."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, method=method, headers={"Content-Type": "application/json", **(headers or {})})
    try:
        with urllib.request.urlopen(request, timeout=timeout) as answer:
            text = answer.read()
    except urllib.error.HTTPError as error:
        raise StackError(f"{method} {url}: HTTP {error.code} {error.read()[:300]!r}") from None
    except OSError as error:
        raise StackError(f"{method} {url}: {error}") from None
    return json.loads(text) if text else None


def wait_until(what, condition, limit_s, pause_s=0.02):
    """Polls until `condition()` is true and returns its value; raises StackError after `limit_s`."""
    limit_s *= PATIENCE
    end = time.monotonic() + limit_s
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise StackError(f"waiting {limit_s:.0f} s for {what}")
        time.sleep(pause_s)


class Program:
    """One process with its log file.  start() and stop() may be repeated; kill() is SIGKILL."""

    def __init__(self, name, command, folder, env=None):
        self.name = name
        self.command = [str(part) for part in command]
        self.folder = Path(folder)
        self.env = {**os.environ, **(env or {})}
        self.log = self.folder / f"{name}.log"
        self.ready_file = self.folder / f"{name}.ready.json"
        self.process = None

    def start(self, env=None):
        self.ready_file.unlink(missing_ok=True)
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                self.command + ["--ready-file", str(self.ready_file)],
                stdout=log, stderr=log, stdin=subprocess.DEVNULL, env={**self.env, **(env or {})}, cwd=ROOT)

    def ready(self, limit_s=START_LIMIT_S):
        """The content of the ready file, once it is there."""
        def look():
            if self.process.poll() is not None:
                raise StackError(f"{self.name} ended with {self.process.returncode}:\n{self.tail()}")
            return self.ready_file.exists() and json.loads(self.ready_file.read_text() or "{}")
        try:
            return wait_until(f"{self.name} to be ready", look, limit_s)
        except StackError as error:
            raise StackError(f"{error}\n{self.tail()}") from None

    def alive(self):
        return self.process is not None and self.process.poll() is None

    def kill(self):
        if self.alive():
            self.process.kill()
            self.process.wait()

    def stop(self):
        """SIGTERM, bounded; returns the exit code."""
        if not self.alive():
            return self.process.returncode if self.process else None
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(STOP_LIMIT_S * PATIENCE)
        except subprocess.TimeoutExpired:
            self.kill()
            raise StackError(f"{self.name} did not stop within {STOP_LIMIT_S} s:\n{self.tail()}") from None

    def tail(self, lines=25):
        try:
            return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])
        except OSError:
            return ""


class Kafka:
    """A real broker of this stack's own, or one that is named by `bootstrap`."""

    def __init__(self, folder, bootstrap=None):
        self.data = Path(folder) / "kafka"
        self.bootstrap = bootstrap
        self.owned = bootstrap is None

    def start(self):
        if not self.owned:
            return
        script = ROOT / "deploy/local/kafka.sh"
        done = subprocess.run([script, "start", "--data", self.data, "--port", "0"], capture_output=True, text=True)  # bounds itself
        if done.returncode != 0:
            raise StackError(f"Kafka did not start: {done.stderr.strip()}")
        self.bootstrap = done.stdout.split()[-1]

    def stop(self):
        if self.owned:
            subprocess.run([ROOT / "deploy/local/kafka.sh", "stop", "--data", self.data], capture_output=True, timeout=120)


SHOP_KEY, SHOP_SECRET = "ck_" + "5" * 40, "cs_" + "5" * 40
WEBHOOK_SECRET = "sandbox-webhook-secret"
ERP_KEY = "sandbox-erp-key"
ADMIN_TOKEN = "sandbox-admin-token"
ENV = {"SHOP_KEY": SHOP_KEY, "SHOP_SECRET": SHOP_SECRET, "HOOK_SECRET": WEBHOOK_SECRET, "ERP_KEY": ERP_KEY, "ADMIN_TOKEN": ADMIN_TOKEN}
NO_SECRETS = {"SHOP_KEY", "SELLER_EMAIL", "KAFKA_BOOTSTRAP", "KAFKA_USERNAME", "KAFKA_CA"}  # names, sent and shown in the clear


class Stack:
    """One merchant by default: a shop, an ERP, three services.  five.py has the installation with all systems.

    Options: `dialect` of the ERP, `webhooks` (on or off), `intervals` per stream, `runtime` settings, `budget` of each connection,
    `settings` more per connection, `articles` that the ERP has and the shop sells, `arguments`
    on the command line per service.
    """

    systems = ("sors", "woocommerce")

    def __init__(self, folder, binaries, bootstrap=None, dialect="sors-en", webhooks=True, runtime=None, intervals=None,
                 merchants=("acme",), tls=True, budget=None, settings=None, articles=None, arguments=None, hooks=None, tag=""):
        self.folder = Path(folder).resolve()
        self.binaries = Path(binaries).resolve()
        self.kafka = Kafka(self.folder, bootstrap)
        self.tag = tag  # of the merchants' names, where an earlier run has left some in Kafka
        self.dialect = dialect
        self.webhooks = webhooks
        self.tls = tls
        self.hooks = hooks or {}  # more settings of the webhook port
        patient = {"session_timeout": f"{int(6 * PATIENCE)}s", "transaction_timeout": f"{int(10 * PATIENCE)}s",
                   "stall_timeout": f"{int(60 * PATIENCE)}s"} if PATIENCE > 1 else {}
        self.runtime = {"lookup_delay": "100ms", "write_settle": "2s", "backoff_first": "200ms", "backoff_max": "2s", **patient,
                        **(runtime or {})}
        self.intervals = {"shop": {"orders": "2s"}, "erp": {"stock": "1s"}, **(intervals or {})}
        self.budget = {"per_second": 2000, "burst": 200, "concurrency": 8, **(budget or {})}
        self.settings = {"shop": {}, "erp": {}, **(settings or {})}  # more settings per connection
        self.articles = articles
        self.arguments = arguments or {}
        self.ids = {}  # per merchant: the shop's product ids by SKU
        self.merchants = list(merchants)
        self.shops, self.erps, self.services = {}, {}, {}
        self.ports = {}
        self.config = self.folder / "config"


    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, kind, *ignored):
        self.stop()
        if kind is None:
            self.check_leaks()

    def secrets(self):
        """What the services were told and must not tell: (name, value)."""
        programs = [self.service(name) for name in self.services]
        told = {(name, value) for program in programs for name, value in program.env.items()
                if os.environ.get(name) != value and name not in NO_SECRETS}
        basic = base64.b64encode(f"{SHOP_KEY}:{SHOP_SECRET}".encode()).decode()  # as it stands in a request
        return told | {("the shop's Authorization", basic)} | {(f"{name} in base64", base64.b64encode(value.encode()).decode()) for name, value in told}

    def check_leaks(self):
        """Raises StackError if a secret stands in what the services logged or stored, or in what is in Kafka."""
        places = [program.log for program in self.services.values()] + list(self.folder.glob("dump-*"))
        for folder in (self.folder / "state", *([self.kafka.data] if self.kafka.owned else [])):
            places += [place for place in folder.rglob("*") if place.is_file() and not place.name.endswith(("index", ".properties"))]
        found = []
        for place in places:
            text = place.read_bytes() if place.exists() else b""
            found += [f"{name} stands in {place.relative_to(self.folder)}" for name, value in self.secrets() if value.encode() in text]
        if found:
            raise StackError("\n".join(found))

    def start(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        self.kafka.start()
        self.start_sandboxes()
        for merchant in self.merchants:
            self.ids[merchant] = self.seed(merchant)
        self.write_config()
        self.create_topics()
        for name in ("router", *self.systems):
            self.services[name] = self.service(name)
            self.services[name].start()
        for program in self.services.values():
            program.ready()

    def seed(self, merchant):
        import scenario  # which uses this module
        return scenario.seed(self, merchant, self.articles)

    def start_sandboxes(self):
        for merchant in self.merchants:
            certificate = self.folder / f"{merchant}-shop.pem"
            shop = Program(f"{merchant}-shop", [
                self.binaries / "sandbox-shop", "--name", merchant, "--port", 0, "--https-port", 0, "--control-port", 0,
                "--consumer-key", SHOP_KEY, "--consumer-secret", SHOP_SECRET, "--webhook-threads", 16, "--cert-file", certificate], self.folder)
            erp = Program(f"{merchant}-erp", [
                self.binaries / "sandbox-erp", "--name", merchant, "--port", 0, "--https-port", 0, "--control-port", 0,
                "--key", ERP_KEY, "--dialect", self.dialect, "--cert-file", self.folder / f"{merchant}-erp.pem"], self.folder)
            self.shops[merchant], self.erps[merchant] = shop, erp
            shop.start()
            erp.start()
        for name, program in [*((f"{m}-shop", p) for m, p in self.shops.items()), *((f"{m}-erp", p) for m, p in self.erps.items())]:
            self.ports[name] = program.ready()

    def revive(self, ready_s=0):
        """What ended by itself is started again, as Kubernetes does it: a service that got nothing done for a minute ends so."""
        ended = [program for program in self.services.values()
                 if program.process is not None and program.process.poll() not in (None, 0, -signal.SIGTERM)]
        for program in ended:
            program.start()
        for program in self.services.values() if ready_s else ():
            if program.alive():
                program.ready(ready_s)
        return [program.name for program in ended]

    def stop(self):
        problems = []
        for program in [*self.services.values(), *self.shops.values(), *self.erps.values()]:
            try:
                program.stop()
            except StackError as error:
                problems.append(str(error))
        self.kafka.stop()
        return problems

    def service(self, name, pod=0):
        return Program(f"{name}-{pod}" if pod else name, [
            self.binaries / f"shopwire-{name}", "--config", self.config, "--pod", f"{name}-{pod}",
            "--state-dir", self.folder / "state", *self.arguments.get(name, [])], self.folder, ENV)

    def shopwire(self, *arguments):
        """The command line, as an operator of this installation runs it."""
        ports = [part for name in self.services for part in ("--admin", f"{name}={self.admin(name)}")]
        return subprocess.run([self.binaries / "shopwire", *arguments, "--config", self.config, *ports], capture_output=True, text=True,
                              timeout=180, cwd=ROOT, env={**os.environ, **ENV, "SHOPWIRE_ADMIN_TOKEN": ADMIN_TOKEN})

    def create_topics(self):
        done = subprocess.run([
            self.binaries / "shopwire", "topics", "create", "--bootstrap", self.kafka.bootstrap, "--systems", ",".join(self.systems),
            "--router-partitions", "4", "--system-partitions", "4", "--replication", "1"], capture_output=True, text=True, timeout=60)
        if done.returncode != 0:
            raise StackError(f"topics were not created: {done.stderr or done.stdout}")


    def write_config(self):
        (self.config / "merchants").mkdir(parents=True, exist_ok=True)
        hook_port = self.ports.setdefault("webhooks", free_port())
        runtime = ", ".join(f"{key}: {value}" for key, value in self.runtime.items())
        budgets = "\n".join(
            f"  {merchant}{self.tag}/{connection}: {{per_second: {self.budget['per_second']}, burst: {self.budget['burst']}, concurrency: {self.budget['concurrency']}}}"
            for merchant in self.merchants for connection in ("shop", "erp"))
        more_hooks = "".join(f"    {key}: {value}\n" for key, value in self.hooks.items())
        (self.config / "installation.yaml").write_text(f"""kafka: {{bootstrap: "{self.kafka.bootstrap}"}}
router_partitions: 4
system_partitions: {{woocommerce: 4, sors: 4}}
state_dir: "{self.folder / 'state'}"
services:
  router: {{admin_listen: "127.0.0.1:0", admin_token: "${{env:ADMIN_TOKEN}}"}}
  sors: {{admin_listen: "127.0.0.1:0", admin_token: "${{env:ADMIN_TOKEN}}"}}
  woocommerce:
    admin_listen: "127.0.0.1:0"
    admin_token: "${{env:ADMIN_TOKEN}}"
    webhook_listen: "127.0.0.1:{hook_port}"
    public_url: "http://127.0.0.1:{hook_port}"
{more_hooks}runtime: {{{runtime}}}
budgets:
{budgets}
""")
        for merchant in self.merchants:
            (self.config / "merchants" / f"{merchant}{self.tag}.yaml").write_text(self.merchant_yaml(merchant))

    def merchant_yaml(self, merchant):
        streams = {connection: ", ".join(f"{stream}: {{interval: {interval}}}" for stream, interval in per.items())
                   for connection, per in self.intervals.items()}
        more = {connection: "".join(f"      {key}: {value}\n" for key, value in per.items()) for connection, per in self.settings.items()}
        shop_url = f"https://127.0.0.1:{self.ports[f'{merchant}-shop']['https']}" if self.tls else self.shop_url(merchant)
        return f"""merchant: {merchant}{self.tag}
connections:
  shop:
    system: woocommerce
    streams: {{{streams['shop']}}}
    settings:
      base_url: "{shop_url}"
      auth: {"basic" if self.tls else "oauth1"}
      consumer_key: "${{env:SHOP_KEY}}"
      consumer_secret: "${{env:SHOP_SECRET}}"
      ca_file: "{self.folder / f'{merchant}-shop.pem' if self.tls else ''}"
      webhooks: {"on" if self.webhooks else "off"}
      webhook_secrets: ["${{env:HOOK_SECRET}}"]
{more['shop']}  erp:
    system: sors
    streams: {{{streams['erp']}}}
    settings:
      dialect: {self.dialect}
      base_url: "http://127.0.0.1:{self.ports[f'{merchant}-erp']['http']}"
      api_key: "${{env:ERP_KEY}}"
      database: Shop2026
      unit: 1
      price_type: gross
      stock_mode: free
      shipping_article_code: DOSTAVA
      fee_article_code: NAKNADA
{more['erp']}routing:
  orders:
    - from: shop
      to: erp
      export_since: "2026-01-01T00:00:00Z"
      prefix: WC-{merchant}
      document_rules: [{{has_tax_id: true, type: invoice_delivery_note}}]
  stock: [{{owner: erp, locations: ["1"], to: shop, release_lag: 100ms}}]
  prices: [{{from: erp, to: shop}}]
"""


    def shop_url(self, merchant="acme"):
        return f"http://127.0.0.1:{self.ports[f'{merchant}-shop']['http']}"

    def shop_control(self, path, body=None, method=None, merchant="acme"):
        url = f"http://127.0.0.1:{self.ports[f'{merchant}-shop']['control']}/__sandbox/{path}"
        return call(method or ("GET" if body is None else "POST"), url, body)

    def erp_control(self, path, body=None, method=None, merchant="acme"):
        url = f"http://127.0.0.1:{self.ports[f'{merchant}-erp']['control']}/__sandbox/{path}"
        return call(method or ("GET" if body is None else "POST"), url, body)

    def erp_state(self, merchant="acme", database="Shop2026"):
        return self.erp_control(f"state/{database}", merchant=merchant)["databases"][database]

    def admin(self, service):
        return f"http://127.0.0.1:{self.services[service].ready()['admin_port']}"

"""A Kafka that trusts nobody: TLS, every SASL mechanism, and each service with the rights that `shopwire topics acls` prints, no others.

Then what goes wrong there: a wrong password, a certificate nobody knows or an expired one, a right that is taken away.  Each time the
service is not ready and says why in one line, does not end, and goes on by itself when it may again.
"""

import json
import os
import subprocess
import threading
import time
import urllib.error
import urllib.request

import scenario
import test_five
from five import Five
from secure_kafka import SecureKafka
from stack import ADMIN_TOKEN, ROOT, Stack, StackError, free_port, wait_until
from world import World

PASSWORDS = {name: f"kafka-password-of-{name}" for name in ("router", *Five.systems, "topics", "look", "replay", "lag")}
HEAL_LIMIT_S = 90
CANNOT = "kafka cannot be used"
BEGINS_ANEW = 70  # exit code

KAFKA_YAML = """kafka:
  bootstrap: "${env:KAFKA_BOOTSTRAP}"
  security_protocol: "%(protocol)s"
%(login)s  ssl_ca_location: "${env:KAFKA_CA}"
"""
LOGIN_YAML = """  sasl_mechanism: "%(mechanism)s"
  sasl_username: "${env:KAFKA_USERNAME}"
  sasl_password: "${env:KAFKA_PASSWORD}"
"""
TOKEN_YAML = """  extra:
    sasl.oauthbearer.token.endpoint.url: "%(url)s"
    sasl.oauthbearer.scope: kafka
    https.ca.location: "%(ca)s"
"""
CERTIFICATE_YAML = """  extra:
    ssl.certificate.location: "${env:KAFKA_CERTIFICATE}"
    ssl.key.location: "${env:KAFKA_CERTIFICATE}"
"""


class Secured:
    """Each service is a user of its own at Kafka.  `mechanism` may be changed between two starts; "certificate" needs no password."""

    def __init__(self, folder, binaries, mechanism="SCRAM-SHA-512", **options):
        super().__init__(folder, binaries, **options)
        self.kafka = SecureKafka(self.folder, PASSWORDS)
        self.mechanism = mechanism
        self.expired_first = False  # another address before Kafka's, where the certificate has expired
        self.admin_ports = {name: free_port() for name in ("router", *self.systems)}
        self.acls = []

    def kafka_yaml(self):
        if self.mechanism == "certificate":
            return KAFKA_YAML % {"protocol": "ssl", "login": ""} + CERTIFICATE_YAML
        text = KAFKA_YAML % {"protocol": "sasl_ssl", "login": LOGIN_YAML % {"mechanism": self.mechanism}}
        if self.mechanism == "OAUTHBEARER":
            text += TOKEN_YAML % {"url": self.kafka.tokens.url, "ca": self.kafka.secure / "ca.pem"}
        return text

    def write_config(self):
        super().write_config()
        file = self.config / "installation.yaml"
        first, rest = file.read_text().split("\n", 1)
        if not first.startswith("kafka:"):
            raise StackError("installation.yaml does not begin with kafka")
        for name, port in self.admin_ports.items():
            head, found, tail = rest.partition(f"\n  {name}:")
            rest = head + found + tail.replace("127.0.0.1:0", f"127.0.0.1:{port}", 1)
        file.write_text(self.kafka_yaml() + rest)

    def login(self, name):
        """What the environment tells of a user.  Nothing of it stands in a file."""
        bootstrap = self.kafka.certificate_bootstrap if self.mechanism == "certificate" else self.kafka.bootstrap
        if self.expired_first:
            bootstrap = f"{self.kafka.expired_bootstrap},{bootstrap}"
        return {"KAFKA_BOOTSTRAP": bootstrap,
                "KAFKA_CA": str(self.kafka.secure / "ca.pem"), "KAFKA_USERNAME": name, "KAFKA_PASSWORD": PASSWORDS[name],
                "KAFKA_CERTIFICATE": str(self.kafka.secure / f"{name}.pem"), "ADMIN_TOKEN": ADMIN_TOKEN, "SHOPWIRE_ADMIN_TOKEN": ADMIN_TOKEN}

    def service(self, name, pod=0):
        program = super().service(name, pod)
        program.env.update(self.login(name))
        return program

    def as_user(self, user, *arguments):
        """The command line, as one user of Kafka."""
        return subprocess.run([self.binaries / "shopwire", *arguments, "--config", self.config], capture_output=True, text=True, timeout=120,
                              env={**os.environ, **self.login(user)}, cwd=ROOT)

    def topics(self, *arguments):
        done = self.as_user("topics", "topics", *arguments, "--systems", ",".join(self.systems))
        if done.returncode != 0:
            raise StackError(f"topics {' '.join(arguments)}: {done.returncode} {done.stderr or done.stdout}")
        return done.stdout

    def create_topics(self):
        """The operator gives what the command line prints, and nothing else; then the topics are made by the user `topics`."""
        self.acls = json.loads(self.topics("acls", "--json"))
        self.kafka.operator.give(self.acls)
        self.topics("create")
        self.topics("check")

    def acl(self, service, operation, name):
        found = [one for one in self.acls if (one["service"], one["operation"], one["name"]) == (service, operation, name)]
        if len(found) != 1:
            raise StackError(f"{len(found)} rights of {service} are {operation} on {name}")
        return found[0]

    def restart_services(self, mechanism):
        for program in self.services.values():
            program.stop()
        self.mechanism = mechanism
        self.write_config()
        for name, program in self.services.items():
            program.env.update(self.login(name))
            program.start()
        for program in self.services.values():
            program.ready(90)

    def probe(self, service, path):
        """Status and text of a probe; 0 while nobody answers."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.admin_ports[service]}{path}", timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError:
            return 0, ""


class SecureStack(Secured, Stack):
    pass


class SecureFive(Secured, Five):
    """As operators do it, the command line of the flows is a user of its own; it reads all of an order's way."""

    def shopwire(self, *arguments):
        ports = [part for name in self.services for part in ("--admin", f"{name}={self.admin(name)}")]
        return self.as_user("look", *arguments, *ports)


def order_flows(stack, what, count=2):
    orders = [(what, scenario.checkout(stack, [("A-106", 1 + i)], billing=scenario.person(40 + i))) for i in range(count)]
    return scenario.settled(lambda: scenario.check_totals(orders, scenario.documents_of(stack)), 90) + scenario.settled(
        lambda: scenario.check_stock(stack), 90)


class Rush:
    """Orders all the while, ten a second."""

    def __init__(self, stack):
        self.stack, self.orders, self.problems, self.over = stack, [], [], threading.Event()
        self.buyer = threading.Thread(target=self.buy)

    def buy(self):
        while not self.over.wait(0.1):
            try:
                self.orders.append(("rush", scenario.checkout(self.stack, [("A-107", 1)])))
            except StackError as error:
                self.problems.append(str(error))
                return

    def __enter__(self):
        self.stack.erp_control("stock", {"code": "A-107", "unit": 1, "add": 500})
        scenario.settled(lambda: scenario.check_stock(self.stack), 30)
        self.buyer.start()
        time.sleep(2)
        return self

    def __exit__(self, *ignored):
        self.over.set()
        self.buyer.join()


def leaks(stack):
    """Problems: a password or token in a log."""
    problems = []
    for log in stack.folder.glob("*.log"):
        text = log.read_text(errors="replace")
        problems += [f"{log.name} has the password of {name}" for name, password in PASSWORDS.items() if password in text]
        if "eyJ" in text:
            problems.append(f"{log.name} has a token")
    return problems


def errands(stack, order):
    """Problems: a user of people may not do its errand, or may do another one's."""
    price = {"database": "Shop2026", "code": "A-100", "priceWithVat": "1111.00"}
    stack.shop_control("faults", [{"match": {"method": "POST", "path_regex": "/products/batch"}, "every": 1,
                                   "fault": {"kind": "status", "status": 400}}])
    stack.erp_control("nivelacija", price)

    def letters():
        listed = stack.as_user("replay", "deadletters", "list", "--json")
        return [letter["n"] for letter in json.loads(listed.stdout or "[]")] if listed.returncode == 0 else []
    wait_until("a price that the shop refused", letters, 90, 1)
    stack.shop_control("faults", method="DELETE")
    problems = []
    replay = ("deadletters", "replay", letters()[-1])
    for user, arguments, good in (("look", ("trace", "order", str(order["number"]), "--merchant", "acme"), True),
                                  ("look", ("deadletters", "list"), True), ("look", replay, False), ("replay", replay, True)):
        done = stack.as_user(user, *arguments)
        if (done.returncode == 0) != good:
            problems.append(f"{user}: {' '.join(arguments[:2])} ended with {done.returncode}: {done.stderr or done.stdout}")

    def shown():
        prices = [one["price"] for one in stack.shop_control("products") if one["sku"] == price["code"]]
        return [] if [float(one or 0) for one in prices] == [1111.0] else [f"replayed, and the shop shows {prices} for {price['code']}"]
    return problems + scenario.settled(shown, 90)


def story(binaries, folder):
    """SCRAM with orders of every kind; then the same services come by PLAIN, by OAUTHBEARER and by certificate, and an order flows each time."""
    with SecureStack(folder, binaries) as stack:
        problems = scenario.settled(lambda: scenario.check_stock(stack), 90)
        orders = scenario.place_orders(stack)
        problems += scenario.settled(lambda: scenario.check_totals(orders, scenario.documents_of(stack)), 120)
        problems += scenario.settled(lambda: scenario.check_stock(stack), 90)
        problems += errands(stack, orders[0][1])
        for mechanism in ("PLAIN", "OAUTHBEARER"):
            stack.restart_services(mechanism)
            problems += [f"{mechanism}: {problem}" for problem in order_flows(stack, mechanism)]
        if stack.kafka.tokens.given < len(stack.services):
            problems.append(f"only {stack.kafka.tokens.given} tokens were asked for")
        # By certificate the principal is another one, and needs the same rights.
        certificate_acls = json.loads(stack.topics("acls", "--json", "--principal", "User:CN={service}"))
        stack.kafka.operator.give(certificate_acls)
        stack.restart_services("certificate")
        problems += [f"certificate: {problem}" for problem in order_flows(stack, "certificate")]
        return problems + leaks(stack)


def five_story(binaries, folder):
    """Every flow of all five connectors, each with the rights that are printed for it and no others."""
    with SecureFive(folder, binaries) as stack:
        return test_five.run(World(stack), test_five.FLOWS) + leaks(stack)


def refused(stack, service, expected, limit_s=60):
    """Problems unless the service lives, is not ready, and says `expected` to probes and in one line of its log."""
    program = stack.services[service]

    def look():
        status, body = stack.probe(service, "/readyz")
        return status == 503 and expected in body
    try:
        wait_until(f"{service} to say \"{expected}\"", look, limit_s, 0.1)
    except StackError as error:
        return [f"{error}; /readyz says {stack.probe(service, '/readyz')}", program.tail()]
    problems = [] if stack.probe(service, "/livez")[0] == 200 else [f"{service} is not live: {expected}"]
    if not program.alive():
        problems.append(f"{service} ended: {expected}")
    lines = [line for line in program.log.read_text(errors="replace").splitlines() if CANNOT in line and expected in line]
    if len(lines) != 1:
        problems.append(f"{service} says \"{expected}\" in {len(lines)} lines")
    return problems


def healed(stack, service):
    try:
        wait_until(f"{service} to be ready again", lambda: stack.probe(service, "/readyz")[0] == 200, HEAL_LIMIT_S, 0.1)
    except StackError as error:
        return [f"{error}; /readyz says {stack.probe(service, '/readyz')}", stack.services[service].tail()]
    return []


def strangers(binaries, folder):
    """A wrong password; a broker of an unknown authority, and one with an expired certificate: told, waited for, healed without a restart."""
    with SecureStack(folder, binaries) as stack:
        problems = scenario.settled(lambda: scenario.check_stock(stack), 90)
        sors = stack.services["sors"]
        # The authority is a file: it is put right while the service waits.
        trust = folder / "trust.pem"
        trust.write_text((stack.kafka.secure / "other/ca.pem").read_text())
        sors.stop()
        sors.start({"KAFKA_CA": str(trust)})
        problems += refused(stack, "sors", "certificate")
        trust.write_text((stack.kafka.secure / "ca.pem").read_text())
        problems += healed(stack, "sors") + order_flows(stack, "trusted again")

        for what, env, expected in (("wrong password", {"KAFKA_PASSWORD": "kafka-password-of-nobody"}, "Authentication failed"),
                                    ("expired", {"KAFKA_BOOTSTRAP": stack.kafka.expired_bootstrap}, "certificate has expired")):
            sors.stop()
            sors.start(env)
            found = refused(stack, "sors", expected)
            code = sors.stop()
            problems += [f"{what}: {problem}" for problem in found] + ([] if code == 0 else [f"{what}: stopped with {code}"])
        # Its own certificate is over: the broker only hangs up.
        stack.mechanism = "certificate"
        stack.write_config()
        sors.stop()
        sors.start({**stack.login("sors"), "KAFKA_CERTIFICATE": str(stack.kafka.secure / "past.pem")})
        problems += refused(stack, "sors", "our own certificate has expired at")
        problems += [] if sors.stop() == 0 else ["stopped by its own certificate"]
        stack.mechanism = "SCRAM-SHA-512"
        stack.write_config()
        sors.start()
        sors.ready(90)
        return problems + order_flows(stack, "after strangers") + leaks(stack)


def quota(binaries, folder):
    """A user's quota is used up: it is told, nothing is lost or doubled, nobody is restarted, and all goes on when there is more."""
    with SecureStack(folder, binaries) as stack:
        problems = scenario.settled(lambda: scenario.check_stock(stack), 90)
        pids = {name: program.process.pid for name, program in stack.services.items()}
        stack.kafka.operator.quota("sors", 10)
        orders = [(f"order {i}", scenario.checkout(stack, [("A-106", 1)], billing=scenario.person(80 + i))) for i in range(3)]
        problems += refused(stack, "sors", "the quota is used up", 120)
        stack.kafka.operator.quota("sors", None)
        problems += healed(stack, "sors")
        problems += scenario.settled(lambda: scenario.check_totals(orders, scenario.documents_of(stack)), 90)
        problems += scenario.settled(lambda: scenario.check_stock(stack), 90)
        problems += [f"{name} was restarted" for name, program in stack.services.items() if program.process.pid != pids[name] or not program.alive()]
        return problems + order_flows(stack, "after the quota") + leaks(stack)


def token_outage(binaries, folder):
    """One of two addresses has an expired certificate, and no token is to be had for a while: services are up, stay up, and orders flow after it."""
    with SecureStack(folder, binaries, mechanism="OAUTHBEARER") as stack:
        problems = scenario.settled(lambda: scenario.check_stock(stack), 90)
        stack.expired_first = True
        stack.restart_services("OAUTHBEARER")
        problems += order_flows(stack, "one of two expired")
        for name in stack.services:
            problems += healed(stack, name)
        pids = {name: program.process.pid for name, program in stack.services.items()}
        stack.kafka.tokens.down = True
        # A connection for which there is no token yet: by then each service has asked several times.
        wait_until("tokens to be refused", lambda: stack.kafka.tokens.refused >= 3 * len(stack.services), 180, 0.2)
        stack.kafka.tokens.down = False
        for name, program in stack.services.items():
            if not program.alive() or program.process.pid != pids[name]:
                return problems + [f"{name} ended: {program.tail()}"]
            problems += healed(stack, name)
        return problems + order_flows(stack, "after the outage") + leaks(stack)


def exchanged(binaries, folder):
    """Kafka's authority is exchanged, in the file too: each service says that it is not trusted, ends to read the file, and does its work again."""
    with SecureStack(folder, binaries) as stack:
        problems = scenario.settled(lambda: scenario.check_stock(stack), 90)
        with Rush(stack) as rush:  # so that some service is in the middle of a transaction
            stack.kafka.exchange_authority()
        problems += refused(stack, "sors", "certificate", 120)
        for name, program in stack.services.items():
            try:
                code = wait_until(f"{name} to end", lambda p=program: p.process.poll(), 180, 0.1)
            except StackError as error:
                return problems + [f"{error}; /readyz says {stack.probe(name, '/readyz')}", program.tail()]
            problems += [] if code == BEGINS_ANEW else [f"{name} ended with {code}: {program.tail()}"]
            program.start()  # as whoever watches it does
        for program in stack.services.values():
            program.ready(90)
        problems += rush.problems + ([] if len(rush.orders) > 20 else [f"a rush of {len(rush.orders)} orders"])
        problems += scenario.settled(lambda: scenario.check_totals(rush.orders, scenario.documents_of(stack)), 120)
        return problems + order_flows(stack, "after the exchange") + leaks(stack)


def rights_taken(binaries, folder):
    """One right after the other is taken from a running service and given back; nothing is lost, and nobody is restarted."""
    with SecureStack(folder, binaries) as stack:
        problems = scenario.settled(lambda: scenario.check_stock(stack), 90)
        cases = [("router", "WRITE", "shopwire.commands.sors.orders"), ("sors", "READ", "shopwire.commands.sors.orders"),
                 ("sors", "READ", "shopwire.sors"), ("sors", "WRITE", "shopwire.results"), ("woocommerce", "WRITE", "shopwire.events.order")]
        for number, (service, operation, name) in enumerate(cases):
            acl = stack.acl(service, operation, name)
            pid = stack.services[service].process.pid
            stack.kafka.operator.take(acl)
            order = scenario.checkout(stack, [("A-107", 1 + number)], billing=scenario.person(60 + number))
            found = refused(stack, service, f"{operation} on {acl['resource']} {name}")
            stack.kafka.operator.give([acl])
            found += healed(stack, service)
            found += scenario.settled(lambda o=order: scenario.check_totals([("waited", o)], scenario.documents_of(stack)), 90)
            if not stack.services[service].alive() or stack.services[service].process.pid != pid:
                found.append(f"{service} ended")
            problems += [f"{operation} on {name}: {problem}" for problem in found]
        # A transactional id is taken at the start.
        acl = stack.acl("router", "WRITE", "router-")
        stack.services["router"].stop()
        stack.kafka.operator.take(acl)
        stack.services["router"].start()
        problems += refused(stack, "router", "TRANSACTIONAL_ID_AUTHORIZATION_FAILED")
        stack.kafka.operator.give([acl])
        problems += healed(stack, "router")
        return problems + order_flows(stack, "after all") + scenario.settled(lambda: scenario.check_stock(stack), 60) + leaks(stack)


def tests(full):
    if not full:
        return
    yield "secure_kafka_story", story
    yield "secure_kafka_five_systems", five_story
    yield "secure_kafka_strangers", strangers
    yield "secure_kafka_quota", quota
    yield "secure_kafka_token_outage", token_outage
    yield "secure_kafka_exchanged", exchanged
    yield "secure_kafka_rights_taken", rights_taken

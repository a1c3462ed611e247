"""Reads the commands of deploy/README.md and runs them as they stand there, in a stack of this machine.

A command is a line of a fenced block; one that ends with a backslash goes on below.  Lines whose program is in NOT_HERE need a cluster and are
not run: where they start or stop pods, the same is done to the processes of the stack.
"""

import os
import re
import shutil
import socket
import struct
import subprocess
import time
from pathlib import Path

import scenario
from stack import ERP_KEY, ROOT, SHOP_KEY, SHOP_SECRET, WEBHOOK_SECRET, Stack, StackError, free_port

GUIDE = ROOT / "deploy/README.md"
NOT_HERE = ("kubectl", "helm", "kafka-configs.sh")
COMMAND_LIMIT_S = 180
ENDS_MAX = 2  # more often is no healing
HELM = Path(os.environ.get("SHOPWIRE_DEPS", Path.home() / ".cache/shopwire/deps")) / "helm/helm"


def sections(text):
    """heading: the commands below it, in their order.  A block belongs to the nearest heading above it."""
    found, heading, fenced, pending = {}, "", False, ""
    for line in text.splitlines():
        if line.startswith("```"):
            fenced = not fenced
        elif not fenced and line.startswith("#"):
            heading = line.lstrip("#").strip()
        elif fenced and line.strip():
            pending += line.rstrip("\\").strip() + " " if line.endswith("\\") else line.strip()
            if not line.endswith("\\"):
                found.setdefault(heading, []).append(pending)
                pending = ""
    return found


def program_of(command):
    return command.split()[0]


def is_run(command):
    """`helm lint` needs no cluster, where helm is installed."""
    return program_of(command) not in NOT_HERE or (command.startswith("helm lint") and HELM.exists())


class GuideStack(Stack):
    """A stack whose admin ports are named in its configuration, so that the command line finds them, with a shell to run the guide's lines."""

    ADMIN = ("router", "sors", "woocommerce")

    def __init__(self, folder, binaries, export_since=None, **more):
        self.export_since = export_since
        self.admin_ports = {name: free_port() for name in self.ADMIN}
        self.keys = Path(folder).resolve() / "secrets"
        self.keys.mkdir(parents=True, exist_ok=True)
        (self.keys / "erp").write_text(ERP_KEY)
        super().__init__(folder, binaries, runtime={"probe_interval": "1s"}, **more)

    def write_config(self):
        super().write_config()
        file = self.config / "installation.yaml"
        text = file.read_text()
        for name, port in self.admin_ports.items():
            text = re.sub(rf'(  {name}:\s*{{?\s*admin_listen: )"127.0.0.1:0"', rf'\1"127.0.0.1:{port}"', text)
        file.write_text(text)

    def merchant_yaml(self, merchant):
        text = super().merchant_yaml(merchant).replace("${env:ERP_KEY}", f"${{file:{self.keys / 'erp'}}}")
        return re.sub(r'export_since: .*', f'export_since: "{self.export_since}"', text) if self.export_since else text

    def shell(self, **more):
        """The environment that the guide takes for granted."""
        tools = self.folder / "tools"
        tools.mkdir(exist_ok=True)
        for name in ("shopwire", *(f"shopwire-{one}" for one in self.ADMIN)):
            if not (tools / name).exists():
                (tools / name).symlink_to(self.binaries / name)
        return {**os.environ, "PATH": f"{tools}:{HELM.parent}:{os.environ['PATH']}", "SHOPWIRE_CONFIG": str(self.config),
                "SHOPWIRE_ADMIN_TOKEN": "sandbox-admin-token", "ADMIN_TOKEN": "sandbox-admin-token", "SHOP_KEY": SHOP_KEY,
                "SHOP_SECRET": SHOP_SECRET, "HOOK_SECRET": WEBHOOK_SECRET, "KAFKA_DATA": str(self.kafka.data),
                "STATE": str(self.folder / "state"), **more}


class SecondStack(GuideStack):
    """Another installation with a Kafka of its own and no merchant yet; shop and ERP are those of the first."""

    def __init__(self, first, folder):
        super().__init__(folder, first.binaries)
        self.first = first

    def start_sandboxes(self):
        self.ports = {name: ports for name, ports in self.first.ports.items() if name != "webhooks"}

    def seed(self, merchant):
        return self.first.ids[merchant]

    def write_config(self):
        super().write_config()
        for file in (self.config / "merchants").iterdir():
            file.unlink()


class Reader:
    """Runs the commands of one section.

    `may_fail`: beginnings of commands whose exit code says no more than that something is not well.  `before`: what is done before the first
    command with that beginning, as a person would do it elsewhere.
    """

    def __init__(self, stack, variables=None, may_fail=(), before=None):
        self.stack, self.variables, self.may_fail, self.before = stack, variables or {}, may_fail, dict(before or {})
        self.lost_volumes = set()
        self.output = ""

    def follow(self, heading):
        """Returns problems."""
        commands = sections(GUIDE.read_text()).get(heading)
        if not commands:
            raise StackError(f"{GUIDE.name} has no commands below \"{heading}\"")
        problems = []
        for command in commands:
            self.stack.revive(60 if command.startswith("shopwire") else 0)
            for beginning in [one for one in self.before if command.startswith(one)]:
                self.before.pop(beginning)()
            problems += self.one(command) if is_run(command) else self.elsewhere(command)
        return problems + [f"{heading}: no command begins with {one}" for one in self.before]

    def one(self, command):
        program = subprocess.Popen(["bash", "-c", command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT,
                                   env=self.stack.shell(**self.variables))
        done, revived = self.ended(program)
        self.output += done.stdout
        loops = [f"{command}: {name} ended {revived.count(name)} times meanwhile" for name in sorted(set(revived)) if revived.count(name) > ENDS_MAX]
        if loops:
            return loops
        if done.returncode == 0 or any(command.startswith(start) for start in self.may_fail):
            return []
        return [f"{command}: exit code {done.returncode}: {(done.stderr or done.stdout).strip()[-400:]}"]

    def ended(self, program):
        """How it ended, and the services that ended by themselves meanwhile and were started again, as a cluster does it."""
        deadline, revived = time.monotonic() + COMMAND_LIMIT_S, []
        while True:
            try:
                out, err = program.communicate(timeout=1)
                return subprocess.CompletedProcess(program.args, program.returncode, out, err), revived
            except subprocess.TimeoutExpired:
                revived += self.stack.revive()
                if time.monotonic() > deadline:
                    program.kill()
                    raise

    def elsewhere(self, command):
        """What a line for a cluster does to pods is done to processes."""
        volume = re.match(r"kubectl -n shopwire delete pvc state-shopwire-(\S+)", command)
        if volume:
            self.lost_volumes.add(volume.group(1))  # it goes with its pod
        scaled = re.match(r"kubectl -n shopwire scale statefulset (.*) --replicas=([01])$", command)
        restarted = re.match(r"kubectl -n shopwire (?:rollout restart statefulset|delete pod) (.*)$", command)
        if not scaled and not restarted:
            return []
        names = [re.sub(r"^shopwire-|-0$", "", name) for name in (scaled or restarted).group(1).split()]
        programs = [self.stack.services[name] for name in names]
        if not scaled or scaled.group(2) == "0":
            for program in programs:
                program.stop()
        for pod in self.lost_volumes:
            shutil.rmtree(self.stack.folder / "state" / pod)
        self.lost_volumes = set()
        if not scaled or scaled.group(2) == "1":
            for program in programs:
                program.start()
            for program in programs:
                program.ready(60)
        return []


def delete_topic(bootstrap, topic):
    """Kafka's DeleteTopics, version 1: no tool on this machine does it."""
    host, port = bootstrap.split(",")[0].split(":")
    name = topic.encode()
    body = struct.pack(">hhi", 20, 1, 1) + struct.pack(">h", 5) + b"guide" + struct.pack(">i", 1) + struct.pack(">h", len(name)) + name
    body += struct.pack(">i", 10_000)
    with socket.create_connection((host, int(port)), timeout=20) as broker:
        broker.sendall(struct.pack(">i", len(body)) + body)
        answer = broker.recv(4096)
    error = struct.unpack(">h", answer[-2:])[0]
    if error:
        raise StackError(f"deleting {topic}: Kafka's error {error}")


def wait_for(orders, stack, limit_s=40):
    """Problems: each order has one document with its total."""
    def look():
        stack.revive()
        return scenario.check_totals(orders, scenario.documents_of(stack))
    return scenario.settled(look, limit_s)


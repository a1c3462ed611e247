"""Runs docker-compose.yml with the images that tests/deploy.sh has built, and looks at it from outside.

Each check prints one line and, when it fails, what was found.  Those after `starts` need what it started.  Standard library only.
"""

import base64
import json
import os
import re
import signal
import subprocess
import sys
import time
import traceback
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/e2e"))

from stack import StackError, call, wait_until  # noqa: E402

VERSION = os.environ.get("SHOPWIRE_VERSION", "0.2.0")
SECRETS = Path(os.environ["SHOPWIRE_SECRETS"])
BILLS = ROOT / "build/deploy/sbom"
VALIDATOR = Path(os.environ.get("SHOPWIRE_DEPS") or Path.home() / ".cache/shopwire/deps") / "sbom/bin/python"
WITHOUT = set(os.environ.get("SHOPWIRE_TEST_WITHOUT", "").split())
BASE = "debian:bookworm-slim"
SERVICES = ("router", "woocommerce", "sors", "keycrm", "logistos", "solteq")
IMAGES = (*SERVICES, "cli", "sandbox")
CONNECTIONS = 7  # of deploy/docker/sandbox
OVER_BASE_MAX_MB = 80
START_LIMIT_S = 600
STORY_LIMIT_S = 400
PLACE_ORDER_LIMIT_S = 120
BACK_LIMIT_S = 180
SCRAPE_LIMIT_S = 120
WITHOUT_HEALTH = {"topics": "exited 0", "story": "running"}  # what is well of those that have no health check
# Not loaded but needed: certificates of others, time zones.  openssl comes with the first.
DATA_PACKAGES = {"ca-certificates", "openssl", "tzdata"}


def run(*command, limit_s=120, check=True):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=limit_s, cwd=ROOT)
    if check and done.returncode != 0:
        raise StackError(f"{' '.join(map(str, command[:6]))}: ended with {done.returncode}: {(done.stderr or done.stdout).strip()[-600:]}")
    return done


def compose(*arguments, **more):
    return run("docker-compose", "--profile", "sandbox", *arguments, **more)


def image(name):
    return f"shopwire-{name}:{VERSION}"


def inspect_image(name):
    return json.loads(run("docker", "image", "inspect", name).stdout)[0]


def listed(kind):
    """Ids of what the project has of a kind: `ps -a`, `volume ls` ..."""
    return run("docker", *kind, "--filter", f"label=com.docker.compose.project={os.environ['COMPOSE_PROJECT_NAME']}", "-q").stdout.split()


def containers():
    """What the engine tells of each, by service; asked directly, since docker-compose is slow to start."""
    found = listed(("ps", "-a"))
    if not found:
        return {}
    return {about["Config"]["Labels"]["com.docker.compose.service"]: about for about in json.loads(run("docker", "inspect", *found).stdout)}


def container(service):
    found = containers().get(service)
    if found is None:
        raise StackError(f"{service}: no container")
    return found


def printed(about, *options):
    done = run("docker", "logs", *options, about["Id"], limit_s=300)
    return done.stdout + done.stderr


def in_container(about, *command, **more):
    return run("docker", "exec", about["Id"], *command, check=False, **more)


def address(service, port):
    published = container(service)["NetworkSettings"]["Ports"][f"{port}/tcp"][0]
    return f"http://127.0.0.1:{published['HostPort']}"


def inside(name, *command):
    """What a command says in a fresh container of an image."""
    return run("docker", "run", "--rm", "--network", "none", "--entrypoint", command[0], name, *command[1:]).stdout


def packages(name):
    """Names, each with what it depends on."""
    listed_there = inside(name, "dpkg-query", "--show", "--showformat=${Package}\\t${Depends}\\n")
    return dict(line.split("\t") for line in listed_there.splitlines())


# The images by themselves.

def images_are_small():
    problems, base = [], inspect_image(BASE)["Size"]
    for name in IMAGES:
        over = (inspect_image(image(name))["Size"] - base) / 1e6
        print(f"  shopwire-{name}: {over:.1f} MB over the base")
        problems += [f"{name}: {over:.1f} MB over the base"] if over > OVER_BASE_MAX_MB else []
    return problems


def images_say_what_they_are():
    problems = []
    for name in IMAGES:
        config = inspect_image(image(name))["Config"]
        labels = config.get("Labels") or {}
        wanted = {"title": f"shopwire-{name}", "version": VERSION, "licenses": "Apache-2.0"}
        problems += [f"{name}: label {key}: {labels.get('org.opencontainers.image.' + key)}"
                     for key, value in wanted.items() if labels.get("org.opencontainers.image." + key) != value]
        problems += [f"{name}: label {key} is missing" for key in ("description", "revision") if not labels.get(f"org.opencontainers.image.{key}")]
        user = config.get("User", "")
        problems += [] if re.fullmatch(r"[1-9]\d*:[1-9]\d*", user) else [f"{name}: user {user!r} is no number of its own"]
        problems += [] if config.get("StopSignal") == "SIGTERM" else [f"{name}: stop signal {config.get('StopSignal')}"]
        if name in SERVICES:
            problems += [] if config["Entrypoint"] == [f"/usr/local/bin/shopwire-{name}"] else [f"{name}: entry point {config['Entrypoint']}"]
            problems += [] if "9100/tcp" in config["ExposedPorts"] else [f"{name}: its admin port is not told"]
    return problems


def programs_start():
    """Each program loads all of its libraries, with no shell, no network and a read-only root."""
    problems = []
    for name in (*SERVICES, "cli"):
        done = run("docker", "run", "--rm", "--network", "none", "--read-only", "--cap-drop", "ALL", image(name), "--help", check=False)
        problems += [] if done.returncode == 0 and "--config" in done.stdout + "--config" * (name == "cli") else [
            f"{name}: --help ended with {done.returncode}: {done.stderr.strip()[:300]}"]
    return problems


def images_hold_only_what_is_loaded():
    problems, base = [], packages(BASE)
    for name in (*SERVICES, "cli"):
        program = "/usr/local/bin/shopwire" + ("" if name == "cli" else f"-{name}")
        # The loader says /lib/..., dpkg knows some as /usr/lib/...
        owners = inside(image(name), "bash", "-euo", "pipefail", "-c",
                        "ldd \"$0\" | sed -n 's,.*=> .*/\\([^/ ]*\\) (.*,*/\\1,p' | xargs dpkg --search", program)
        needed = {line.split(":")[0] for line in owners.splitlines()} | DATA_PACKAGES
        depends = packages(image(name))
        # What is only data of a needed library comes with it, by Debian's own word.
        with_it = {re.split(r"[ :]", part.strip())[0] for package in needed for part in depends.get(package, "").split(",")}
        extra = depends.keys() - base.keys() - needed - with_it
        problems += [f"{name}: {', '.join(sorted(extra))}: no library of it is loaded"] if extra else []
    return problems


def bill_of_materials():
    """The files that deploy.sh has written say all that is in the images, in a form that CycloneDX's own validator takes."""
    files = {name: BILLS / f"{name}.json" for name in IMAGES}
    done = run(VALIDATOR, "-B", ROOT / "tests/deploy/sbom_schema.py", *files.values(), check=False)
    if done.returncode != 0:
        return (done.stdout or done.stderr).splitlines()
    problems = []
    for name, file in files.items():
        bill = json.loads(file.read_text())
        about, parts = bill["metadata"]["component"], bill["components"]
        listed = {part["name"]: part.get("version") for part in parts}
        debian = {part["name"] for part in parts if part["purl"].startswith("pkg:deb/")}
        there = packages(image(name)).keys()
        problems += [] if about["properties"][0]["value"] == inspect_image(image(name))["Id"] else [f"{name}: the bill is that of another image"]
        problems += [] if (about["name"], about["version"]) == (f"shopwire-{name}", VERSION) else [f"{name}: the bill names {about['name']}"]
        problems += [] if debian == there else [f"{name}: {len(debian)} of {len(there)} packages are listed"]
        wanted = ("libssl3", "libcurl4", *(("python3",) if name == "sandbox" else ("librdkafka", "jq")))
        problems += [f"{name}: {part}: {listed.get(part)}" for part in wanted if not listed.get(part)]
        references = [part["bom-ref"] for part in parts]
        problems += [] if len(references) == len(set(references)) else [f"{name}: parts are listed twice"]
    print(f"  {len(files)} bills, valid by CycloneDX's schema: {BILLS.relative_to(ROOT)}")
    return problems


# What compose makes of them.

def starts():
    wanted = [service for service in compose("config", "--services").stdout.split() if service not in WITHOUT | {"cli"}]
    started = time.monotonic()
    compose("up", "-d", "--no-build", *wanted, limit_s=START_LIMIT_S)

    def unhealthy():
        states = {service: about["State"] for service, about in containers().items()}
        return {service: state_of(states[service]) if service in states else "not there" for service in wanted
                if service not in states or state_of(states[service]) not in ("healthy", WITHOUT_HEALTH.get(service))}
    try:
        wait_until("all containers to be healthy", lambda: not unhealthy(), START_LIMIT_S, 2)
    except StackError:
        return [f"{service}: {state}: {tail(service)}" for service, state in unhealthy().items()]
    print(f"  {len(wanted)} containers, all healthy after {time.monotonic() - started:.0f} s")
    return []


def state_of(state):
    if "Health" in state and state["Running"]:
        return state["Health"]["Status"]
    return f"exited {state['ExitCode']}" if state["Status"] == "exited" else state["Status"]


def tail(service, lines=5):
    return printed(container(service), "--tail", lines).strip()[-1500:]


def story_runs():
    """Orders of three shops are at SORS, Logistos, KeyCRM and Solteq, each once and with the same total."""
    try:
        wait_until("the shops to show stock", lambda: "shop three shows" in printed(container("story")), STORY_LIMIT_S, 2)
    except StackError as error:
        return [f"{error}: {tail('story', 20)}"]
    return orders()


def orders():
    done = in_container(container("story"), "python3", "/opt/shopwire/story.py", "once", limit_s=STORY_LIMIT_S)
    print("".join(f"  {line}\n" for line in done.stdout.splitlines()), end="")
    return [] if done.returncode == 0 and done.stdout.count("with the same total") == 3 else [done.stdout.strip() + done.stderr.strip()[-500:]]


def test_of_helm_passes():
    """`helm test` runs this very file, with the addresses of its Services, in a container of the same image."""
    done = in_container(container("story"), "python3", "/opt/shopwire/place_order.py", "--shop", "http://shop-one:8090", "--erp",
                        "http://sandbox-sors:8090", "--prefix", "WC", "--limit", PLACE_ORDER_LIMIT_S, limit_s=3 * PLACE_ORDER_LIMIT_S)
    print("".join(f"  {line}\n" for line in done.stdout.splitlines()), end="")
    return [] if done.returncode == 0 and "SORS has one document" in done.stdout else [f"ended with {done.returncode}: {done.stderr.strip()[-500:]}"]


def containers_are_locked_down():
    problems, there = [], containers()
    for service in sorted(there.keys() - {"kafka", "topics"}):
        about = there[service]
        host, status = about["HostConfig"], Path(f"/proc/{about['State']['Pid']}/status").read_text()
        facts = {
            "its root is not read-only": host["ReadonlyRootfs"],
            "it runs as root": re.search(r"^Uid:\t(\d+)", status, re.M)[1] != "0",
            "it has capabilities": re.search(r"^CapEff:\t(\w+)", status, re.M)[1].strip("0") == "",
            "it may gain privileges": re.search(r"^NoNewPrivs:\t(\d)", status, re.M)[1] == "1",
            "no memory limit": host["Memory"] > 0, "no processor limit": host["NanoCpus"] > 0, "no limit of processes": host["PidsLimit"],
        }
        problems += [f"{service}: {what}" for what, good in facts.items() if not good]
    for service in SERVICES:
        done = in_container(there[service], "bash", "-c", "echo > /usr/local/bin/x || echo > /etc/x")
        problems += [f"{service}: its root can be written to"] if done.returncode == 0 else []
    return problems


def secrets_stay_secret():
    """No secret in what containers printed, nor in what the engine tells of the services."""
    problems, values = [], {file.name: file.read_text() for file in SECRETS.iterdir()}
    there = containers()
    texts = {f"the log of {service}": printed(about) for service, about in there.items()}
    texts |= {f"inspect {service}": json.dumps(there[service]) for service in there}
    texts["docker-compose config"] = compose("config").stdout
    for where, text in texts.items():
        problems += [f"{where}: {name} can be read there" for name, value in values.items() if value in text]
    return problems + [f"{name}: {len(value)} characters" for name, value in values.items() if len(value) < 32]


def prometheus_sees_everything():
    url = address("prometheus", 9090)

    def targets():
        found = call("GET", f"{url}/api/v1/targets")["data"]["activeTargets"]
        return {target["labels"]["instance"]: target["health"] + " " + target["lastError"] for target in found}

    def rules():
        groups = call("GET", f"{url}/api/v1/rules")["data"]["groups"]
        return [rule for group in groups for rule in group["rules"]]
    def connections():
        found = call("GET", f"{url}/api/v1/query?query=count(shopwire_connection_up%20%3D%3D%201)")["data"]["result"]
        return int(found[0]["value"][1]) if found else 0
    try:
        wait_until("all targets to be up", lambda: len(targets()) == 7 and all(state.strip() == "up" for state in targets().values()), SCRAPE_LIMIT_S, 1)
        wait_until("all rules to be evaluated", lambda: rules() and all(rule["health"] == "ok" for rule in rules()), SCRAPE_LIMIT_S, 1)
        wait_until(f"{CONNECTIONS} connections to be up", lambda: connections() == CONNECTIONS, SCRAPE_LIMIT_S, 1)
    except StackError as error:
        bad = [f"{rule['name']}: {rule['health']} {rule.get('lastError', '')}" for rule in rules() if rule["health"] != "ok"]
        return [str(error), f"targets: {targets()}", f"{len(rules())} rules, not healthy: {bad}", f"connections up: {connections()}"]
    print(f"  {len(targets())} targets up, {len(rules())} rules healthy, {connections()} connections up")
    return []


def grafana_has_dashboards():
    url = address("grafana", 3000)

    def ask(path, password):
        login = base64.b64encode(f"admin:{password}".encode()).decode()
        return call("GET", url + path, headers={"Authorization": f"Basic {login}"})
    try:
        ask("/api/search", "admin")
        return ["the password `admin` opens it"]
    except StackError:
        pass
    found = {row["uid"] for row in ask("/api/search?type=dash-db", (SECRETS / "grafana_password").read_text())}
    files = {json.loads(file.read_text())["uid"] for file in (ROOT / "deploy/grafana/dashboards").glob("*.json")}
    return [] if files and files <= found else [f"dashboards there: {sorted(found)}, wanted: {sorted(files)}"]


def command_line_works():
    done = run("docker-compose", "--profile", "tools", "run", "--rm", "-T", "cli", "status", "--json", check=False)
    return [] if done.returncode == 0 else [f"status ended with {done.returncode}: {done.stdout[-800:]}{done.stderr[-400:]}"]


def killed_service_comes_back():
    """SIGKILL to the process, as the kernel does when memory runs out; the engine's own `kill` would count as a wish to stop it."""
    problems = []
    for service in ("sors", "router"):
        before = container(service)
        os.kill(before["State"]["Pid"], signal.SIGKILL)
        started = time.monotonic()

        def back():
            now = container(service)
            return now["RestartCount"] > before["RestartCount"] and state_of(now["State"]) == "healthy"
        try:
            wait_until(f"{service} to be back", back, BACK_LIMIT_S, 0.5)
            print(f"  {service}: killed, healthy again after {time.monotonic() - started:.1f} s")
        except StackError as error:
            problems.append(f"{error}: {tail(service)}")
    return problems or orders()


def stops_in_order():
    """Each service ends by itself when asked, and nothing is left over."""
    compose("stop", *SERVICES, limit_s=300)
    codes = {service: about["State"]["ExitCode"] for service, about in containers().items() if service in SERVICES}
    compose("down", "-v", "--remove-orphans", limit_s=300)
    left = {"containers": listed(("ps", "-a")), "volumes": listed(("volume", "ls")), "networks": listed(("network", "ls"))}
    return [f"{service}: ended with {code}" for service, code in codes.items() if code != 0] + [
        f"{kind} are left: {found}" for kind, found in left.items() if found]


ALONE = (images_are_small, images_say_what_they_are, programs_start, images_hold_only_what_is_loaded, bill_of_materials)
TOGETHER = (story_runs, test_of_helm_passes, containers_are_locked_down, prometheus_sees_everything, grafana_has_dashboards,
            command_line_works, killed_service_comes_back, secrets_stay_secret, stops_in_order)


def passes(check):
    started = time.monotonic()
    try:
        problems = check()
    except (StackError, subprocess.TimeoutExpired) as error:
        problems = [str(error)]
    except Exception:  # a check that breaks has failed, and the others still run
        problems = [traceback.format_exc()]
    print(f"{check.__name__}: {'FAILED' if problems else 'passed'} after {time.monotonic() - started:.1f} s", flush=True)
    for problem in problems[:20]:
        print(f"  {problem}", flush=True)
    return not problems


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    results = [passes(check) for check in ALONE]
    results.append(passes(starts))
    if results[-1]:
        results += [passes(check) for check in TOGETHER if not (check is grafana_has_dashboards and "grafana" in WITHOUT)]
    print(f"{sum(results)} passed, {len(results) - sum(results)} failed")
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())

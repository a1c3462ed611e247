#!/usr/bin/env python3
"""Checks manifests that Helm rendered: schemas, links between them, what a pod may do.  Needs kubernetes-validate.

  charts.py FILE --versions 1.25,1.37 --models FOLDER [--golden FILE [--write]]

FILE has what `helm template` printed.  With --golden it is compared with that file, or written there; rules and dashboards are left out of
it, for they have files of their own.
"""

import argparse
import difflib
import json
import re
import subprocess
import sys
from pathlib import Path

import kubernetes_validate
import yaml

import typescript

OWN = ("apps/v1", "v1", "policy/v1", "networking.k8s.io/v1", "batch/v1", "autoscaling/v2")
PACKAGES = {"keda.sh": "keda", "monitoring.coreos.com": "prometheus-operator", "external-secrets.io": "external-secrets"}
HERE = Path(__file__).resolve().parent


def name_of(manifest):
    return f"{manifest['kind']} {manifest['metadata']['name']}"


def pod_of(manifest):
    """(labels, spec) of the pod that it makes, or None."""
    if manifest["kind"] == "Pod":
        return manifest["metadata"].get("labels", {}), manifest["spec"]
    template = manifest.get("spec", {}).get("template") if manifest["kind"] in ("StatefulSet", "Job", "Deployment") else None
    return (template["metadata"]["labels"], template["spec"]) if template else None


def typed(manifest):
    """(module, type, value) of a custom resource, for TypeScript, which knows no member that the model does not have."""
    group, version = manifest["apiVersion"].split("/")
    kind = manifest["kind"]
    return f"@kubernetes-models/{PACKAGES.get(group, group)}/{group}/{version}/{kind}", f"I{kind}", manifest


def schema_faults(manifests, versions, models):
    for manifest in manifests:
        if manifest["apiVersion"] not in OWN:
            continue
        for version in versions:
            try:
                kubernetes_validate.validate(manifest, version, strict=True)
            except kubernetes_validate.ValidationError as error:
                yield f"{name_of(manifest)}: Kubernetes {version}: {'.'.join(str(part) for part in error.path)}: {error.message}"
    custom = [manifest for manifest in manifests if manifest["apiVersion"] not in OWN]
    if custom and models:
        done = subprocess.run(["node", str(HERE / "crds.mjs"), models], input=json.dumps(custom), capture_output=True, text=True, timeout=120, check=False)
        yield from done.stdout.splitlines()
        if done.returncode != 0:
            yield f"crds.mjs: {done.stderr}"
        yield from typescript.faults(models, {name_of(manifest): typed(manifest) for manifest in custom})


def container_faults(container):
    """What the level `restricted` of the pod security standards wants of a container, and what we want besides."""
    security = container.get("securityContext", {})
    if security.get("allowPrivilegeEscalation") is not False:
        yield "may gain rights"
    if security.get("capabilities", {}).get("drop") != ["ALL"] or security["capabilities"].get("add"):
        yield "keeps capabilities"
    if security.get("readOnlyRootFilesystem") is not True:
        yield "may write to its image"
    image = container["image"].rsplit("/", 1)[-1]
    if ":" not in image or image.endswith(":latest"):
        yield f"has no version: {container['image']}"
    resources = container.get("resources", {})
    if not {"cpu", "memory"} <= set(resources.get("requests", {})) or "memory" not in resources.get("limits", {}):
        yield "lacks requests, or a limit of memory"
    for variable in container.get("env", ()):
        if "value" in variable and any(word in variable["name"] for word in ("PASSWORD", "SECRET", "TOKEN", "KEY")):
            yield f"has the value of {variable['name']} in clear"


def pod_faults(manifest):
    found = pod_of(manifest)
    if not found:
        return
    spec = found[1]
    security = spec.get("securityContext", {})
    if security.get("runAsNonRoot") is not True or security.get("seccompProfile", {}).get("type") != "RuntimeDefault":
        yield f"{name_of(manifest)}: expected runAsNonRoot and seccomp RuntimeDefault"
    if any(spec.get(word) for word in ("hostNetwork", "hostPID", "hostIPC")) or any("hostPath" in volume for volume in spec.get("volumes", ())):
        yield f"{name_of(manifest)}: reaches into its node"
    if spec.get("automountServiceAccountToken") is not False:
        yield f"{name_of(manifest)}: has a token of the cluster"
    for container in spec["containers"] + spec.get("initContainers", []):
        yield from (f"{name_of(manifest)}, {container['name']}: {fault}" for fault in container_faults(container))
        if manifest["kind"] in ("StatefulSet", "Deployment") and not {"livenessProbe", "readinessProbe"} <= set(container):
            yield f"{name_of(manifest)}, {container['name']}: expected both probes"


def volume_faults(manifest, names):
    """Mounts without a volume, volumes without a ConfigMap of ours.  Secrets are the user's."""
    found = pod_of(manifest)
    if not found:
        return
    spec = found[1]
    claims = {claim["metadata"]["name"] for claim in manifest["spec"].get("volumeClaimTemplates", ())}
    volumes = {volume["name"]: volume for volume in spec.get("volumes", ())}
    for container in spec["containers"]:
        for mount in container.get("volumeMounts", ()):
            if mount["name"] not in volumes and mount["name"] not in claims:
                yield f"{name_of(manifest)}: mounts {mount['name']}, which is no volume"
        for probe in ("livenessProbe", "readinessProbe"):
            port = container.get(probe, {}).get("httpGet", {}).get("port")
            if port and port not in {one["name"] for one in container["ports"]}:
                yield f"{name_of(manifest)}: {probe} asks port {port}, which the container does not have"
    for volume in volumes.values():
        config = volume.get("configMap", {}).get("name")
        if config and ("ConfigMap", config) not in names and not config == "merchants":
            yield f"{name_of(manifest)}: there is no ConfigMap {config}"
    account = spec.get("serviceAccountName")
    if account and account != "default" and ("ServiceAccount", account) not in names:
        yield f"{name_of(manifest)}: there is no ServiceAccount {account}"


def matches(selector, labels):
    wanted = selector.get("matchLabels", selector if "matchExpressions" not in selector else {})
    if any(labels.get(key) != value for key, value in wanted.items()):
        return False
    return all(labels.get(one["key"]) in one["values"] for one in selector.get("matchExpressions", ()) if one["operator"] == "In")


def link_faults(manifests):
    """Selectors that choose no pod, targets and ports that are not there."""
    names = {(manifest["kind"], manifest["metadata"]["name"]) for manifest in manifests}
    pods = [found for found in map(pod_of, manifests) if found]
    services = {manifest["metadata"]["name"]: manifest for manifest in manifests if manifest["kind"] == "Service"}
    for manifest in manifests:
        name, spec = name_of(manifest), manifest.get("spec", {})
        yield from volume_faults(manifest, names)
        selector = {"Service": spec.get("selector"), "NetworkPolicy": spec.get("podSelector"), "PodDisruptionBudget": spec.get("selector"),
                    "StatefulSet": spec.get("selector"), "Deployment": spec.get("selector")}.get(manifest["kind"])
        chosen = [pod for pod in pods if selector and matches(selector, pod[0])]
        if selector and not chosen:
            yield f"{name}: its selector chooses no pod"
        if manifest["kind"] == "Service":
            ports = {port["name"] for _, pod in chosen for container in pod["containers"] for port in container.get("ports", ())}
            yield from (f"{name}: no pod has port {port['targetPort']}" for port in spec["ports"] if port["targetPort"] not in ports)
        if manifest["kind"] == "StatefulSet" and spec["serviceName"] not in services:
            yield f"{name}: there is no Service {spec['serviceName']}"
        target = spec.get("scaleTargetRef")
        if target and (target["kind"], target["name"]) not in names:
            yield f"{name}: there is no {target['kind']} {target['name']} to scale"
        for trigger in spec.get("triggers", ()):
            reference = trigger.get("authenticationRef", {}).get("name")
            if reference and ("TriggerAuthentication", reference) not in names:
                yield f"{name}: there is no TriggerAuthentication {reference}"
        if manifest["kind"] == "ServiceMonitor":
            found = [service for service in services.values() if matches(spec["selector"], service["metadata"]["labels"])]
            ports = {port["name"] for service in found for port in service["spec"]["ports"]}
            yield from (f"{name}: no Service has port {endpoint['port']}" for endpoint in spec["endpoints"] if endpoint["port"] not in ports)
        for rule in spec.get("rules", ()) if manifest["kind"] == "Ingress" else ():
            for path in rule["http"]["paths"]:
                service = services.get(path["backend"]["service"]["name"])
                if not service or path["backend"]["service"]["port"]["name"] not in {port["name"] for port in service["spec"]["ports"]}:
                    yield f"{name}: leads to a Service or port that is not there"


def policy_faults(manifests):
    """Every pod of ours stands behind a network policy for both ways, when there is any."""
    policies = [manifest["spec"] for manifest in manifests if manifest["kind"] == "NetworkPolicy"]
    for manifest in manifests:
        found = pod_of(manifest)
        if found and policies and not any(matches(policy["podSelector"], found[0]) and set(policy["policyTypes"]) == {"Ingress", "Egress"}
                                          for policy in policies):
            yield f"{name_of(manifest)}: no network policy holds for it"


def has_file(container, volumes, path):
    """Whether a mount gives it.  A Secret without `items` gives what the user put in."""
    for mount in container.get("volumeMounts", ()):
        rest = path.removeprefix(mount["mountPath"].rstrip("/") + "/")
        if rest == path:
            continue
        volume = volumes.get(mount["name"], {})
        sources = [one["secret"] for one in volume.get("projected", {}).get("sources", ())] or [volume.get("secret", {})]
        files = [item["path"] for source in sources for item in source.get("items", ())]
        if "secret" in volume and not files or rest in files:
            return True
    return False


def reference_faults(manifests):
    """What installation.yaml takes from the environment or from a file is there in every pod that reads it.  A command needs no tokens of
    services."""
    texts = {manifest["metadata"]["name"]: manifest["data"]["installation.yaml"]
             for manifest in manifests if "installation.yaml" in manifest.get("data", {})}
    for manifest in manifests:
        found = pod_of(manifest)
        mounted = {volume.get("configMap", {}).get("name") for volume in found[1].get("volumes", ())} if found else set()
        for text in (texts[name] for name in texts.keys() & mounted):
            settings = yaml.safe_load(text)
            if manifest["kind"] != "StatefulSet":
                settings.pop("services", None)
            named = json.dumps(settings)
            container = found[1]["containers"][0]
            given = {variable["name"] for variable in container.get("env", ())}
            volumes = {volume["name"]: volume for volume in found[1].get("volumes", ())}
            yield from (f"{name_of(manifest)}: has no {name}, which installation.yaml names"
                        for name in sorted(set(re.findall(r"\$\{env:(\w+)\}", named))) if name not in given)
            yield from (f"{name_of(manifest)}: has no {path}, which installation.yaml names"
                        for path in sorted(set(re.findall(r"(/etc/shopwire/[^\"}]+)", named))) if not has_file(container, volumes, path))


def secret_faults(manifests):
    """Nothing that we render is a Secret; the user's are named."""
    for manifest in manifests:
        if manifest["kind"] == "Secret":
            yield f"{name_of(manifest)}: a secret would stand in Helm's own history"
    keys = [(manifest["kind"], manifest["metadata"]["name"]) for manifest in manifests]
    yield from (f"{kind} {name}: stands twice" for kind, name in sorted(set(keys)) if keys.count((kind, name)) > 1)


def faults_of(manifests, versions, models):
    found = list(schema_faults(manifests, versions, models))
    for manifest in manifests:
        found += pod_faults(manifest)
    return found + list(link_faults(manifests)) + list(policy_faults(manifests)) + list(reference_faults(manifests)) + list(secret_faults(manifests))


def golden_of(text):
    """Without the bodies of rules and dashboards."""
    kept = []
    for document in text.split("\n---\n"):
        manifest = yaml.safe_load(document)
        if manifest and manifest["kind"] == "PrometheusRule":
            document = document.split("\nspec:")[0]
        elif manifest and manifest["kind"] == "ConfigMap" and "-dashboard-" in manifest["metadata"]["name"]:
            document = document.split("\ndata:")[0]
        kept.append(document.rstrip())
    return "\n---\n".join(kept) + "\n"


def compare(text, file, write):
    if write:
        file.write_text(text)
        return []
    if not file.exists():
        return [f"{file} is missing: run tests/deploy/charts.sh --write"]
    lines = difflib.unified_diff(file.read_text().splitlines(), text.splitlines(), str(file), "rendered now", lineterm="", n=2)
    changed = list(lines)[:40]
    return [*changed, "the rendering changed: if it should have, run tests/deploy/charts.sh --write"] if changed else []


def main():
    options = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    options.add_argument("file", type=Path)
    options.add_argument("--versions", default="1.25,1.29,1.33,1.37")
    options.add_argument("--models")
    options.add_argument("--golden", type=Path)
    options.add_argument("--write", action="store_true")
    options = options.parse_args()
    text = options.file.read_text()
    manifests = [manifest for manifest in yaml.safe_load_all(text) if manifest]
    found = faults_of(manifests, options.versions.split(","), options.models)
    if options.golden:
        found += compare(golden_of(text), options.golden, options.write)
    for fault in found:
        print(fault)
    print(f"{options.file.stem}: {len(manifests)} manifests, Kubernetes {options.versions}, {len(found)} faults")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Each rule of charts.py finds what it is there for."""

import copy
import unittest

import charts

LABELS = {"app": "a"}
CONTAINER = {
    "name": "a", "image": "example.org/a:1", "ports": [{"name": "admin", "containerPort": 1}],
    "securityContext": {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}},
    "resources": {"requests": {"cpu": "1", "memory": "1Mi"}, "limits": {"memory": "1Mi"}},
    "livenessProbe": {"httpGet": {"path": "/livez", "port": "admin"}}, "readinessProbe": {"httpGet": {"path": "/readyz", "port": "admin"}},
    "volumeMounts": [{"name": "config", "mountPath": "/c"}],
}
POD = {"automountServiceAccountToken": False, "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
       "containers": [CONTAINER], "volumes": [{"name": "config", "configMap": {"name": "c"}}]}


def named(api, kind, name, **more):
    return {"apiVersion": api, "kind": kind, "metadata": {"name": name, "labels": dict(LABELS)}, **more}


def good():
    return copy.deepcopy([
        named("v1", "ConfigMap", "c", data={"a": "b"}),
        named("v1", "Service", "a", spec={"clusterIP": "None", "selector": LABELS, "ports": [{"name": "admin", "port": 1, "targetPort": "admin"}]}),
        named("apps/v1", "StatefulSet", "a", spec={"serviceName": "a", "selector": {"matchLabels": LABELS},
                                                   "template": {"metadata": {"labels": LABELS}, "spec": POD}}),
        named("networking.k8s.io/v1", "NetworkPolicy", "a",
              spec={"podSelector": {"matchLabels": LABELS}, "policyTypes": ["Ingress", "Egress"], "egress": []}),
        named("networking.k8s.io/v1", "Ingress", "a", spec={"rules": [{"host": "h", "http": {"paths": [
            {"path": "/", "pathType": "Prefix", "backend": {"service": {"name": "a", "port": {"name": "admin"}}}}]}}]}),
        named("autoscaling/v2", "HorizontalPodAutoscaler", "a",
              spec={"scaleTargetRef": {"apiVersion": "apps/v1", "kind": "StatefulSet", "name": "a"}, "maxReplicas": 2}),
        named("monitoring.coreos.com/v1", "ServiceMonitor", "a", spec={"selector": {"matchLabels": LABELS}, "endpoints": [{"port": "admin"}]}),
    ])


class Rules(unittest.TestCase):
    def finds(self, words, change):
        manifests = good()
        config, service, workload, policy, ingress, scaler, monitor = manifests
        pod = workload["spec"]["template"]["spec"]
        parts = {"all": manifests, "config": config, "service": service, "workload": workload["spec"], "policy": policy, "ingress": ingress,
                 "scaler": scaler["spec"], "monitor": monitor["spec"], "pod": pod, "container": pod["containers"][0]}
        change(parts)
        found = charts.faults_of(manifests, ["1.37"], None)
        self.assertTrue(any(words in fault for fault in found), found)

    def test_a_good_one_passes(self):
        self.assertEqual(charts.faults_of(good(), ["1.25", "1.37"], None), [])

    def test_schemas(self):
        self.finds("Kubernetes 1.37", lambda at: at["workload"].update(replica=2))
        self.finds("Kubernetes 1.37", lambda at: at["workload"].update(replicas="two"))

    def test_pods(self):
        self.finds("runAsNonRoot", lambda at: at["pod"].update(securityContext={}))
        self.finds("reaches into its node", lambda at: at["pod"].update(hostNetwork=True))
        self.finds("reaches into its node", lambda at: at["pod"]["volumes"].append({"name": "x", "hostPath": {"path": "/"}}))
        self.finds("has a token", lambda at: at["pod"].pop("automountServiceAccountToken"))
        self.finds("may gain rights", lambda at: at["container"]["securityContext"].pop("allowPrivilegeEscalation"))
        self.finds("keeps capabilities", lambda at: at["container"]["securityContext"].update(capabilities={"drop": []}))
        self.finds("may write to its image", lambda at: at["container"]["securityContext"].update(readOnlyRootFilesystem=False))
        self.finds("has no version", lambda at: at["container"].update(image="example.org:5000/a"))
        self.finds("has no version", lambda at: at["container"].update(image="a:latest"))
        self.finds("lacks requests", lambda at: at["container"]["resources"].pop("limits"))
        self.finds("in clear", lambda at: at["container"].update(env=[{"name": "ADMIN_TOKEN", "value": "x"}]))
        self.finds("expected both probes", lambda at: at["container"].pop("livenessProbe"))

    def test_deployments(self):
        def deployment(change):
            def add(at):
                pod = copy.deepcopy(at["pod"])
                spec = {"selector": {"matchLabels": dict(LABELS)}, "template": {"metadata": {"labels": dict(LABELS)}, "spec": pod}}
                change(spec, pod["containers"][0])
                at["all"].append(named("apps/v1", "Deployment", "d", spec=spec))
            return add
        manifests = good()
        deployment(lambda spec, container: None)({"all": manifests, "pod": manifests[2]["spec"]["template"]["spec"]})
        self.assertEqual(charts.faults_of(manifests, ["1.37"], None), [])
        self.finds("Deployment d, a: expected both probes", deployment(lambda spec, container: container.pop("readinessProbe")))
        self.finds("Deployment d: its selector chooses no pod", deployment(lambda spec, container: spec["selector"]["matchLabels"].update(app="b")))

    def test_links(self):
        self.finds("there is no ConfigMap", lambda at: at["all"].remove(at["config"]))
        self.finds("there is no Service a", lambda at: at["all"].remove(at["service"]))
        self.finds("which is no volume", lambda at: at["container"]["volumeMounts"].append({"name": "x", "mountPath": "/x"}))
        self.finds("there is no ServiceAccount", lambda at: at["pod"].update(serviceAccountName="x"))
        self.finds("asks port web", lambda at: at["container"]["livenessProbe"]["httpGet"].update(port="web"))
        self.finds("chooses no pod", lambda at: at["service"]["spec"].update(selector={"app": "b"}))
        self.finds("no pod has port", lambda at: at["service"]["spec"]["ports"][0].update(targetPort="web"))
        self.finds("to scale", lambda at: at["scaler"]["scaleTargetRef"].update(name="b"))
        self.finds("no Service has port", lambda at: at["monitor"].update(endpoints=[{"port": "web"}]))
        self.finds("is not there", lambda at: at["ingress"]["spec"]["rules"][0]["http"]["paths"][0]["backend"]["service"].update(name="b"))
        self.finds("no TriggerAuthentication", lambda at: at["scaler"].update(triggers=[{"authenticationRef": {"name": "x"}}]))

    def test_policies_and_secrets(self):
        self.finds("no network policy", lambda at: at["policy"]["spec"].update(policyTypes=["Ingress"]))
        self.finds("Helm's own history", lambda at: at["all"].append(named("v1", "Secret", "s", data={})))
        self.finds("stands twice", lambda at: at["all"].append(at["config"]))

    def test_references(self):
        def names(text, *given):
            def change(at):
                at["config"]["data"] = {"installation.yaml": text}
                at["container"].update(env=[{"name": name, "value": "x"} for name in given])
                at["container"]["volumeMounts"].append({"name": "s", "mountPath": "/etc/shopwire/s"})
                at["pod"]["volumes"].append({"name": "s", "secret": {"secretName": "s", "items": [{"key": "k", "path": "good"}]}})
            return change
        manifests = good()
        pod = manifests[2]["spec"]["template"]["spec"]
        names("a: '${env:GIVEN}'\nb: '${file:/etc/shopwire/s/good}'", "GIVEN")(
            {"config": manifests[0], "container": pod["containers"][0], "pod": pod})
        self.assertEqual(charts.faults_of(manifests, ["1.37"], None), [])
        config, _, workload, *_ = manifests  # who does not read it needs nothing of it
        workload["spec"]["template"]["spec"]["containers"][0].pop("env")
        config["metadata"]["name"] = "other"
        manifests.append(named("v1", "ConfigMap", "c", data={}))
        self.assertEqual(charts.faults_of(manifests, ["1.37"], None), [])
        self.finds("has no MISSING", names("a: '${env:MISSING}'", "OTHER"))
        self.finds("has no /etc/shopwire/s/bad", names("a: '${file:/etc/shopwire/s/bad}'"))
        self.finds("has no /etc/shopwire/other/x", names("a: /etc/shopwire/other/x"))
        self.finds("has no TOKEN", names("services: {a: {admin_token: '${env:TOKEN}'}}"))

    def test_golden(self):
        rule = "apiVersion: v1\nkind: PrometheusRule\nmetadata:\n  name: a\nspec:\n  groups: []"
        self.assertNotIn("groups", charts.golden_of(rule + "\n---\nkind: Service\nmetadata: {name: b}\n"))


if __name__ == "__main__":
    unittest.main()

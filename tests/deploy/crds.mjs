// Checks custom resources with the models of their projects: a JSON list of manifests on stdin, a line per fault on stdout.
//
//   node crds.mjs FOLDER      FOLDER has node_modules, as deploy/local/install.sh --for deploy makes it
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const packages = {
  "keda.sh": "keda",
  "monitoring.coreos.com": "prometheus-operator",
  "external-secrets.io": "external-secrets",
};

for (const manifest of JSON.parse(readFileSync(0, "utf8"))) {
  const name = `${manifest.kind} ${manifest.metadata.name}`;
  const [group, version] = manifest.apiVersion.split("/");
  if (!(group in packages)) {
    console.log(`${name}: no model of ${manifest.apiVersion}`);
    continue;
  }
  const file = `${process.argv[2]}/node_modules/@kubernetes-models/${packages[group]}/${group}/${version}/${manifest.kind}.js`;
  try {
    const model = await import(pathToFileURL(file));
    new model[manifest.kind](manifest).validate();
  } catch (error) {
    console.log(`${name}: ${error.message}`);
  }
}

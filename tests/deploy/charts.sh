#!/usr/bin/env bash
# Checks the Helm chart: lint, the examples against the schemas of Kubernetes and against what was rendered before, wrong values,
# the rendered configuration against the programs themselves, what `helm test` runs, and the form of bills of materials.
#
#   tests/deploy/charts.sh [--write] [BUILD_FOLDER]      default: build/dev; --write renews tests/deploy/golden
#
# Needs `deploy/local/install.sh --for deploy`, and in BUILD_FOLDER the programs shopwire-router and shopwire.  Ends with 0, or with 1 and what is
# wrong.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
write=()
if [ "${1:-}" = --write ]; then
    write=(--write)
    shift
fi
build=${1:-build/dev}
deps=${SHOPWIRE_DEPS:-${HOME:?}/.cache/shopwire/deps}
helm=$deps/helm/helm
python=$deps/kubernetes/bin/python
chart=deploy/helm/shopwire
readonly versions=1.25,1.29,1.33,1.37 # of Kubernetes

die() {
    printf 'charts.sh: %s\n' "$*" >&2
    exit 1
}
[ -x "$helm" ] && [ -x "$python" ] && [ -x "$deps/sbom/bin/python" ] || die "Helm or the schemas are missing: run deploy/local/install.sh --for deploy"
command -v node >/dev/null || die "node is missing: it comes with npm"
for program in shopwire-router shopwire; do
    [ -x "$build/bin/$program" ] || die "$build/bin/$program is missing: cmake --build $build --target shopwire_tests_deploy"
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0
fail() {
    printf 'FAILED %s\n' "$*"
    failed=1
}

# Helm says of each link that it follows it; what else it says is told.
rendered() {
    local code=0
    "$helm" template shopwire "$chart" --namespace shopwire "$@" 2>"$work/said" || code=$?
    grep -v 'found symbolic link' "$work/said" >&2 || true
    return "$code"
}

check_examples() {
    local example name
    for example in deploy/helm/examples/*.yaml; do
        name=$(basename "$example" .yaml)
        "$helm" lint --strict "$chart" -f "$example" >"$work/lint" 2>&1 || { cat "$work/lint" && fail "lint of $name"; }
        rendered -f "$example" >"$work/$name.yaml" || { fail "rendering $name"; continue; }
        "$python" -B tests/deploy/charts.py "$work/$name.yaml" --versions "$versions" --models "$deps/kubernetes/models" \
            --golden "tests/deploy/golden/$name.yaml" "${write[@]}" || fail "manifests of $name"
    done
}

# Values that no example has.
check_others() {
    local name
    for name in other_way_round tokens_and_certificates; do
        rendered -f "tests/deploy/$name.yaml" >"$work/$name.yaml" || { fail "rendering $name"; continue; }
        "$python" -B tests/deploy/charts.py "$work/$name.yaml" --versions "$versions" --models "$deps/kubernetes/models" ||
            fail "manifests of $name"
    done
}

# What is wrong is refused, and the key is named: two words a line, a value to set and what Helm must say.
check_refusals() {
    local value words count=0
    while read -r value words; do
        [ -n "$value" ] || continue
        count=$((count + 1))
        if rendered -f deploy/helm/examples/plain.yaml --set "$value" >/dev/null 2>"$work/refusal"; then
            fail "$value was taken"
        elif ! grep -qF -- "$words" "$work/refusal"; then
            fail "$value: expected \"$words\", got $(cat "$work/refusal")"
        fi
    done <tests/deploy/wrong_values.txt
    if rendered >/dev/null 2>"$work/refusal" || ! grep -q 'kafka.bootstrap: expected' "$work/refusal"; then
        fail "the chart without values: $(cat "$work/refusal")"
    fi
    echo "wrong values: $((count + 1)) refused by name"
}

# The configuration that the chart writes is one that the programs read, with the files that it names in a folder of ours.
check_programs() {
    local name names=(plain sandbox strimzi managed tokens_and_certificates)
    "$python" -B - "$work" "${names[@]}" <<'PYTHON'
import re
import sys
from pathlib import Path
import yaml
work = Path(sys.argv[1])
for name in sys.argv[2:]:
    folder = work / f"{name}-config"
    (folder / "merchants").mkdir(parents=True)
    for one in yaml.safe_load_all((work / f"{name}.yaml").read_text()):
        if one and one["kind"] == "ConfigMap" and "-dashboard-" not in one["metadata"]["name"]:
            for file, text in one["data"].items():
                for path in re.findall(r"\$\{file:/([^}]+)\}", text):
                    (work / path).parent.mkdir(parents=True, exist_ok=True)
                    (work / path).write_text("x")
                text = text.replace("${file:/", "${file:" + f"{work}/")
                (folder / ("merchants" if one["metadata"]["name"].endswith("-merchants") else "") / file).write_text(text)
PYTHON
    export KAFKA_USERNAME=x KAFKA_PASSWORD=x KEY_PASSWORD=x TRACING_AUTHORIZATION=x
    for name in "${names[@]}"; do
        "$build/bin/shopwire-router" --config "$work/$name-config" --check-config || fail "shopwire-router refuses the configuration of $name"
        sed -i "s|:$work/etc/shopwire/tokens|:$work/none|" "$work/$name-config/installation.yaml" # as in the Job's pod
        "$build/bin/shopwire" topics print --config "$work/$name-config" --systems woocommerce,sors >"$work/topics" ||
            fail "shopwire refuses the configuration of $name"
        grep -q '^shopwire.events.order ' "$work/topics" || fail "no topics for $name"
    done
    echo "configuration: read by shopwire-router and shopwire"
}

# The checkers find what they are there for.  What `helm test` runs in the sandbox's image needs the simulated systems of the build.
check_rules() {
    "$python" -B tests/deploy/charts_test.py >"$work/rules" 2>&1 || { cat "$work/rules" && fail "the rules of charts.py"; }
    "$deps/sbom/bin/python" -B tests/deploy/sbom_test.py >"$work/bills" 2>&1 || { cat "$work/bills" && fail "bills of materials"; }
    if [ -x "$build/bin/sandbox-shop" ] && [ -x "$build/bin/sandbox-erp" ]; then
        "$python" -B tests/deploy/place_order_test.py "$build/bin" >"$work/order" 2>&1 || { cat "$work/order" && fail "the order of helm test"; }
    else
        echo "SKIPPED the order of helm test: $build/bin has no sandbox-shop and sandbox-erp"
    fi
}

check_examples
check_others
check_refusals
check_programs
check_rules
exit "$failed"

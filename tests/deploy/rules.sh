#!/usr/bin/env bash
# Evaluates the rules of Prometheus: promtool reads them, runs the two cases of each alert, and reads the metrics that the programs show.
#
#   tests/deploy/rules.sh [--live] [BUILD_FOLDER]      default: build/dev, which needs metrics_list and shopwire
#
# --live   then a real Prometheus scrapes the running product; needs Kafka, the sandbox and the services in BUILD_FOLDER
#
# Needs `deploy/local/install.sh --for test --for deploy`.  Ends with 0, or with 1 and what is wrong.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
live=0
if [ "${1:-}" = --live ]; then
    live=1
    shift
fi
build=${1:-build/dev}
deps=${SHOPWIRE_DEPS:-${HOME:?}/.cache/shopwire/deps}
promtool=$deps/prometheus/promtool
python=$deps/openapi/bin/python

die() {
    printf 'rules.sh: %s\n' "$*" >&2
    exit 1
}
[ -x "$promtool" ] && [ -d "$deps/kubernetes/models" ] || die "promtool or the models of dashboards are missing: run deploy/local/install.sh --for deploy"
[ -x "$python" ] || die "Python with PyYAML is missing: run deploy/local/install.sh --for test"
for program in metrics_list shopwire; do
    [ -x "$build/bin/$program" ] || die "$build/bin/$program is missing: cmake --build $build --target shopwire_tests_deploy"
done

"$python" -B tests/deploy/alerts.py --promtool "$promtool" --shopwire "$build/bin/shopwire"
"$python" -B tests/deploy/metrics.py --program "$build/bin/metrics_list" --promtool "$promtool"
"$python" -B tests/deploy/dashboards.py --models "$deps/kubernetes/models"
[ "$live" = 0 ] || "$python" -B tests/deploy/live.py --binaries "$build/bin" --prometheus "$deps/prometheus/prometheus"

#!/usr/bin/env bash
# Measures the services beside bare programs that do the same with nothing around it, in one run on one machine.
#
#   tests/bench/run.sh [--json FILE] [--repeats N] [NAME...]
#
# NAME      router, latency, intake, idle, growth; default: all
# --repeats at least 3 (default 3); the table shows the median, the least and the most of them
# --json    the rows as a list of objects too
#
# Kafka, the sandboxes and the services are started for this and stopped at the end; data live in build/bench-run.  Programs are those of
# the release preset (SHOPWIRE_BENCH_BUILD names another build folder).  README.md says what each number means.  Exit 0: every goal
# is met; 1: some are not, or a measurement was discarded.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$root"
case ${1:-} in -h | --help) sed -n '2,13s/^# \{0,1\}//p' "$0"; exit 0 ;; esac
build=${SHOPWIRE_BENCH_BUILD:-build/release}
mkdir -p build
log=build/bench-build.log
targets=(shopwire{,-router,-woocommerce,-sors,-keycrm,-logistos,-solteq} sandbox-{shop,erp,keycrm,logistos,solteq} bench-kafka bench-http-load bench-bare-intake)
if ! { cmake --preset release -B "$build" && cmake --build "$build" -j "$(nproc)" --target "${targets[@]}"; } >"$log" 2>&1; then
    tail -n 40 "$log" >&2
    echo "run.sh: the build failed" >&2
    exit 2
fi
export PYTHONDONTWRITEBYTECODE=1
exec python3 tests/bench/bench.py --binaries "$build/bin" --folder build/bench-run "$@"

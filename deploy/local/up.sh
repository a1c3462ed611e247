#!/usr/bin/env bash
# Runs the whole product on this machine, with shops and business systems to play with.
#
#   deploy/local/up.sh                      installs what is missing, builds, starts all five systems' sandboxes and the six services, places
#                                           orders, tells what each sets in motion, prints all addresses, stays up until Ctrl-C
#   deploy/local/up.sh --once               places 24 orders, checks every number at both ends, prints a table; then the same with all five
#                                           systems, a line for each flow ("FLOW OK" or "FLOW FAILED"); ends with 0 or 1
#   deploy/local/up.sh --config DIR         runs the services against your own systems, as DIR says (installation.yaml, merchants/): the
#                                           router, and the connectors of the systems that the merchants' files name
#   deploy/local/up.sh --bootstrap H:P      uses this Kafka instead of one of its own
#   deploy/local/up.sh --dialect sors-sr    lets SORS speak its other wire dialect
#
# Data live in build/up and are kept between runs of --config alone.  SHOPWIRE_PRESET=dev builds into build/dev.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$root"
case ${1:-} in -h | --help) sed -n '2,15s/^# \{0,1\}//p' "$0"; exit 0 ;; esac

deploy/local/install.sh
preset=${SHOPWIRE_PRESET:-release}
log=build/up-build.log
mkdir -p build
echo "building (${preset}, log in $log; the first time it takes ten minutes or more on two cores) ..."
started=$SECONDS
targets=(shopwire shopwire-router shopwire-woocommerce sandbox-shop shopwire-sors sandbox-erp)
for system in keycrm logistos solteq; do targets+=("shopwire-$system" "sandbox-$system"); done
if ! { cmake --preset "$preset" && cmake --build "build/$preset" -j "$(nproc)" --target "${targets[@]}"; } >"$log" 2>&1; then
    tail -n 40 "$log" >&2
    echo "up.sh: the build failed" >&2
    exit 1
fi
echo "built in $((SECONDS - started)) s"
export PYTHONDONTWRITEBYTECODE=1
exec python3 tests/e2e/up.py --binaries "build/$preset/bin" --folder build/up "$@"

#!/usr/bin/env bash
# Runs the whole product on this machine, with a shop and an ERP to play with.
#
#   deploy/local/up.sh                      installs what is missing, builds, starts everything, places a few orders, prints what happens,
#                                           stays up until Ctrl-C
#   deploy/local/up.sh --once               places 24 orders, checks every number at both ends, prints a table; then the same with all five
#                                           systems, a line for each flow ("FLOW OK" or "FLOW FAILED"); ends with 0 or 1
#   deploy/local/up.sh --config DIR         runs the services against your own systems, as DIR says (installation.yaml, merchants/)
#   deploy/local/up.sh --bootstrap H:P      uses this Kafka instead of one of its own
#   deploy/local/up.sh --dialect sors-sr    lets the ERP speak its other wire dialect
#
# Data live in build/up and are kept between runs of --config alone.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$root"
case ${1:-} in -h | --help) sed -n '2,13s/^# \{0,1\}//p' "$0"; exit 0 ;; esac

deploy/local/install.sh
preset=${SHOPWIRE_PRESET:-release}
log=build/up-build.log
mkdir -p build
echo "building (${preset}, log in $log) ..."
started=$SECONDS
targets=(shopwire-woocommerce shopwire-sors shopwire-router shopwire sandbox-shop sandbox-erp)
case " $* " in *" --once "*)
    for system in keycrm logistos solteq; do targets+=("shopwire-$system" "sandbox-$system"); done ;;
esac
if ! { cmake --preset "$preset" && cmake --build "build/$preset" -j "$(nproc)" --target "${targets[@]}"; } >"$log" 2>&1; then
    tail -n 40 "$log" >&2
    echo "up.sh: the build failed" >&2
    exit 1
fi
echo "built in $((SECONDS - started)) s"
export PYTHONDONTWRITEBYTECODE=1
exec python3 tests/e2e/up.py --binaries "build/$preset/bin" --folder build/up "$@"

#!/usr/bin/env bash
# The whole product as processes on a real Kafka: orders, crashes, lost webhooks, both wire dialects.
#
#   tests/e2e/run.sh            the scenario, all five systems, the sweep, parts of the operations guide, and a few kills
#   tests/e2e/run.sh --full     every crash point and 20 random kills per service, under load; kills with all five systems; all of the
#                               operations guide; a Kafka with TLS, SASL and rights; an update from the last release; one connector scaled
#                               to four processes and back
#   tests/e2e/run.sh NAME       only the tests whose name contains NAME
#
# Programs are taken from SHOPWIRE_BIN (default build/dev/bin).  The last line is "N passed, N failed".
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$root"
export PYTHONDONTWRITEBYTECODE=1
exec python3 tests/e2e/run.py --binaries "${SHOPWIRE_BIN:-build/dev/bin}" "$@"

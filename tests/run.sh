#!/usr/bin/env bash
# Builds and tests everything, from a bare Debian 12 on.
#
#   tests/run.sh           all tests, those of common/ and the router with AddressSanitizer; the whole product end to end
#   tests/run.sh NAME      only the tests whose name matches the regular expression NAME
#   tests/run.sh --full    also: all tests with AddressSanitizer and with ThreadSanitizer, end to end with every crash, the release build, clang-tidy, format,
#                          contracts, a connector made from the template, the Helm chart, alerts and dashboards
#   tests/run.sh --stage STAGE...    only these stages of --full: format contracts release dev template e2e asan tsan clang-tidy
#
# The last line is "N passed, N failed".  Exit 0 only if something ran and nothing failed.  Tests that need a Kafka find its address in
# SHOPWIRE_TEST_BOOTSTRAP; it is a private one that lives as long as this script.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
jobs=$(nproc)
results=$root/build/results
kafka_data=$root/build/kafka/run-$$
readonly sanitized='^(common|router)' # areas of shopwire_sanitized_areas
deps=${SHOPWIRE_DEPS:-${HOME:?}/.cache/shopwire/deps}
tools=$deps/tools/bin
child= builder=

readonly stage_limit=5400 # seconds; a stage that hangs is a failed one
readonly all_stages='format contracts charts release dev rules template e2e asan tsan clang-tidy'

mode=quick pattern='' stages=()
case ${1:-} in
'') ;;
--full) mode=full && read -r -a stages <<<"$all_stages" ;;
--stage)
    mode=full stages=("${@:2}")
    for name in "${stages[@]}"; do
        [[ " $all_stages " = *" $name "* ]] || stages=()
    done
    [ ${#stages[@]} -gt 0 ] || {
        echo "tests/run.sh: --stage takes some of: $all_stages" >&2
        exit 2
    }
    ;;
-*)
    sed -n '2,11s/^# \{0,1\}//p' "$0"
    exit 2
    ;;
*) mode=named pattern=$1 ;;
esac

stop_child() {
    [ -n "$child" ] || return 0
    kill -TERM -- "-$child" 2>/dev/null || true
    for _ in $(seq 50); do
        kill -0 -- "-$child" 2>/dev/null || break
        sleep 0.1
    done
    kill -KILL -- "-$child" 2>/dev/null || true
    child=
}

clean_up() {
    trap - EXIT INT TERM
    stop_child
    [ -z "$builder" ] || { kill -TERM "$builder" && wait "$builder"; } 2>/dev/null || true
    if [ -d "$kafka_data" ]; then
        deploy/local/kafka.sh stop --data "$kafka_data" >/dev/null 2>&1 || true
        rm -rf "$kafka_data"
    fi
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# Runs a command in a process group of its own, so that nothing of it outlives this script, however it ends.
run() {
    local status=0
    setsid --wait timeout --foreground "$stage_limit" "$@" &
    child=$!
    wait "$child" || status=$?
    stop_child
    return "$status"
}

# A stage is a command that passes or fails as a whole; the report counts it as one test.  Its output is shown when it fails.
stage() {
    local name=$1 status=0 started=$SECONDS
    shift
    run "$@" >"$results/$name.log" 2>&1 || status=$?
    if [ "$status" = 0 ]; then
        echo "$name: passed in $((SECONDS - started)) s"
    else
        tail -n 300 "$results/$name.log"
        echo "$name: failed with $status after $((SECONDS - started)) s"
    fi
    echo "$status" >"$results/$name.status"
    return "$status"
}

# A stage that is only worth a line in the report if it fails.
need() {
    stage "$@" || return 1
    rm "$results/$1.status"
}

# build PRESET TARGET...
build() {
    local preset=$1
    shift
    need "configure-$preset" cmake --preset "$preset" && need "build-$preset" cmake --build "build/$preset" -j "$jobs" --target "$@" -- -k 0
}

# The same while something else runs, which goes first.  `built_meanwhile` waits for it and has its status.
build_meanwhile() {
    (
        trap 'stop_child; exit 143' TERM
        renice -n 19 -p "$BASHPID" >/dev/null
        build "$@"
    ) &
    builder=$!
}

built_meanwhile() {
    local status=0
    wait "$builder" || status=$?
    builder=
    return "$status"
}

# A builder that was killed left no status of its own.
builder_failed() { compgen -G "$results/*-asan.status" >/dev/null || echo 1 >"$results/build-asan.status"; }

# test_with PRESET CTEST_OPTION...: report.py reads what ctest writes; people see all but the lines of what passed.
test_with() {
    local preset=$1 started=$SECONDS status=0
    shift
    run ctest --test-dir "build/$preset" -j "$jobs" --output-on-failure --no-tests=error --output-junit "$results/$preset.xml" "$@" \
        >"$results/ctest-$preset.log" 2>&1 || status=$?
    echo "tests-$preset: $((SECONDS - started)) s"
    [ "$status" = 0 ] || grep -v -E '^ *Start +[0-9]+:|^ *[0-9]+/[0-9]+ Test .*   Passed ' "$results/ctest-$preset.log" || true
    [ "$status" = 0 ] || echo "$status" >"$results/$preset.xml.status"
}

# The whole product as processes.  The script ends as this one does, with "N passed, N failed", which report.py adds.
end_to_end() {
    [ -x tests/e2e/run.sh ] || return 0
    local started=$SECONDS status=0
    run tests/e2e/run.sh "$@" >"$results/e2e.count" 2>&1 || status=$?
    cat "$results/e2e.count"
    echo "e2e: ended with $status after $((SECONDS - started)) s"
    [ "$status" = 0 ] || echo "$status" >"$results/e2e.count.status"
}

sources() { git ls-files --cached --others --exclude-standard -- "$@" | while read -r file; do [ ! -f "$file" ] || echo "$file"; done; }

check_format() {
    sources 'common/*.h' 'common/*.cpp' 'services/*.h' 'services/*.cpp' 'tests/*.h' 'tests/*.cpp' |
        xargs "$tools/clang-format" --dry-run --Werror
    sources CMakeLists.txt '*/CMakeLists.txt' '*.cmake' | xargs "$tools/gersemi" --check
}

# Without precompiled headers: clang does not read GCC's.  The analyzer looks along short paths only: the long ones cost two thirds of an
# hour.
check_clang_tidy() {
    local shallow='--extra-arg=-Xclang --extra-arg=-analyzer-config --extra-arg=-Xclang --extra-arg=mode=shallow --extra-arg=-Wno-unknown-warning-option'
    cmake --preset dev -B build/tidy -DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON -DSHOPWIRE_JOIN_TESTS=OFF
    cmake --build build/tidy -j "$jobs" --target shopwire_proto
    sources 'common/*.cpp' 'services/*.cpp' 'tests/*.cpp' |
        xargs -P "$jobs" -n 4 "$tools/clang-tidy" -p build/tidy --quiet --warnings-as-errors='*' $shallow
}

# What users build first, and what ships.  An optimizing compiler warns of more than the other builds see.
build_release() {
    cmake --preset release
    cmake --build build/release -j "$jobs" --target shopwire shopwire-{router,woocommerce,sors,keycrm,logistos,solteq} -- -k 0
    python3 -B tests/deploy/hardening.py build/release/bin/shopwire{,-router,-woocommerce,-sors,-keycrm,-logistos,-solteq}
}

# Against the contracts as the last release had them; and the document of the topics against AsyncAPI's schema.
check_contracts() {
    (cd proto && "$tools/buf" lint)
    "$deps/openapi/bin/python" -B tests/contract/asyncapi/validate.py proto/asyncapi.json "$deps/asyncapi/3.0.0.json"
    local image
    while read -r image; do
        (cd proto && "$tools/buf" breaking --against "$root/$image" </dev/null)
    done < <(find tests/fixtures/wire -name image.binpb | sort -V)
}

run_stage() {
    case $1 in
    format) stage format bash -euo pipefail -c "$(declare -f sources check_format); tools=$tools; check_format" || true ;;
    contracts) stage contracts bash -euo pipefail -c "$(declare -f check_contracts); deps=$deps tools=$tools root=$root; check_contracts" || true ;;
    release) stage release bash -euo pipefail -c "$(declare -f build_release); jobs=$jobs; build_release" || true ;;
    dev) ! build dev all || test_with dev ;;
    # Both ask the programs of build/dev what they take and show.
    charts) ! build dev shopwire_tests_deploy || stage charts tests/deploy/charts.sh || true ;;
    rules) ! build dev all || stage rules tests/deploy/rules.sh --live || true ;;
    # A sixth connector, made from the template in a copy of the tree.
    template) stage template python3 -B tests/template/new_connector_test.py "$root" --build || true ;;
    # The programs of the last release are built once; where they cannot be, the update test is skipped and says why.
    e2e) ! build dev all || { need last-release python3 -B tests/e2e/last_release.py || true && end_to_end --full; } ;;
    asan | tsan) ! build "$1" all || test_with "$1" ;;
    clang-tidy) stage clang-tidy bash -euo pipefail -c "$(declare -f sources check_clang_tidy); tools=$tools jobs=$jobs; check_clang_tidy" || true ;;
    esac
}

prepare() {
    need install deploy/local/install.sh || return 1
    [ "$mode" != full ] || need install-checkers deploy/local/install.sh --for lint --for deploy || return 1
    need kafka deploy/local/kafka.sh start --data "$kafka_data" || return 1
    SHOPWIRE_TEST_BOOTSTRAP=$(tail -n 1 "$results/kafka.log")
    export SHOPWIRE_TEST_BOOTSTRAP SHOPWIRE_BUILD=$root/build/dev
    export UBSAN_OPTIONS=print_stacktrace=1
}

test_all() {
    local built=
    case $mode in
    named) ! build dev all || test_with dev -R "$pattern" ;;
    quick)
        ! build dev shopwire_unsanitized || { test_with dev -LE "$sanitized" -E '_NOT_BUILT$' && built=yes; }
        build_meanwhile asan shopwire_tests_common shopwire_tests_router # end to end mostly waits
        [ -z "$built" ] || end_to_end
        if built_meanwhile; then test_with asan -L "$sanitized"; else builder_failed; fi
        ;;
    full) for name in "${stages[@]}"; do run_stage "$name"; done ;;
    esac
}

rm -rf "$results"
mkdir -p "$results"
! prepare || test_all
python3 -B tests/report.py "$results"

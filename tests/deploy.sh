#!/usr/bin/env bash
# Builds the images and runs docker-compose.yml for real, from a bare Debian 12 on, as root (or with sudo).
#
#   tests/deploy.sh                    builds the programs from source inside the image: about 20 minutes on two cores the first time
#   tests/deploy.sh --prebuilt DIR     takes the programs of a release build, for example build/release/bin
#   tests/deploy.sh --keep             leaves everything running, and says how to end it
#
# An engine that runs already is used (DOCKER_HOST is heeded); else one is started, with its data in build/deploy/engine, and stopped again.
# An image that cannot be pulled is made here from Debian's packages and Kafka's jars under the same name, and said so; Grafana cannot be
# made so and is then left out.  What each image is made of is kept in build/deploy/sbom/NAME.json.  The last line is "N passed, N failed".
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
folder=$root/build/deploy
deps=${SHOPWIRE_DEPS:-${HOME:?}/.cache/shopwire/deps}
readonly images='router woocommerce sors keycrm logistos solteq cli sandbox' base=debian:bookworm-slim engine_limit=60 pull_limit=180 # seconds
# Debian's programs first: others of the same name know less or want a newer engine.
export PATH=/usr/sbin:/usr/bin:$PATH
export DOCKER_BUILDKIT=1 COMPOSE_DOCKER_CLI_BUILD=1 COMPOSE_PROJECT_NAME=shopwire-test
engine_pid='' prebuilt='' keep=''

die() {
    printf 'deploy.sh: %s\n' "$*" >&2
    exit 2
}
say() { printf '%s\n' "$*"; }

# Runs a command with its output in a log that is shown only when the command fails.
logged() {
    local log=$folder/$1.log started=$SECONDS
    shift
    "$@" >"$log" 2>&1 || {
        tail -n 40 "$log" >&2
        die "$(basename "$log" .log) failed after $((SECONDS - started)) s; the whole log is $log"
    }
}

arguments() {
    while [ $# -gt 0 ]; do
        case $1 in
        --prebuilt)
            [ -x "${2:-}/shopwire-router" ] && [ -x "$2/sandbox-shop" ] || die "--prebuilt: expected a folder with shopwire-* and sandbox-*"
            prebuilt=$(cd "$2" && pwd)
            shift 2
            ;;
        --keep) keep=yes && shift ;;
        *)
            sed -n '2,11s/^# \{0,1\}//p' "$0"
            exit 2
            ;;
        esac
    done
}

install_packages() {
    local wanted=() pair
    for pair in dockerd:docker.io docker-compose:docker-compose iptables:iptables mmdebstrap:mmdebstrap python3:python3; do
        command -v "${pair%%:*}" >/dev/null || wanted+=("${pair#*:}")
    done
    [ ${#wanted[@]} -gt 0 ] || return 0
    say "installing ${wanted[*]}"
    logged apt-update apt-get update
    logged apt-install env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${wanted[@]}"
}

engine_answers() { docker info >/dev/null 2>&1; }

start_engine() {
    if engine_answers; then
        say "engine: the one that runs"
        return
    fi
    mkdir -p "$folder/engine" "$folder/run"
    export DOCKER_HOST=unix://$folder/run/docker.sock
    setsid dockerd --data-root "$folder/engine" --exec-root "$folder/run/exec" --pidfile "$folder/run/pid" --host "$DOCKER_HOST" \
        >"$folder/engine.log" 2>&1 </dev/null &
    engine_pid=$!
    local deadline=$((SECONDS + engine_limit))
    until engine_answers; do
        kill -0 "$engine_pid" 2>/dev/null && [ "$SECONDS" -lt "$deadline" ] || {
            tail -n 20 "$folder/engine.log" >&2
            die "dockerd does not start"
        }
        sleep 0.5
    done
    say "engine: started, data in $folder/engine"
}

clean_up() {
    trap - EXIT INT TERM
    if [ -n "$keep" ] && [ -n "${compose_started:-}" ]; then
        say "left running: DOCKER_HOST=${DOCKER_HOST:-} SHOPWIRE_SECRETS=$SHOPWIRE_SECRETS docker-compose -p $COMPOSE_PROJECT_NAME --profile sandbox down -v${engine_pid:+; kill $engine_pid}"
        return
    fi
    [ -z "${compose_started:-}" ] || docker-compose --profile sandbox down -v --remove-orphans >"$folder/down.log" 2>&1 || true
    if [ -n "$engine_pid" ]; then
        kill "$engine_pid" 2>/dev/null || true
        wait "$engine_pid" 2>/dev/null || true
    fi
    rm -rf "$SHOPWIRE_SECRETS"
}

have() { docker image inspect "$1" >/dev/null 2>&1; }
image_of() { sed -n "s|^    image: \($1:.*\)|\1|p" docker-compose.yml; }

# True if the image is there in the end, by itself or from its registry.
fetch() {
    have "$1" && return
    timeout "$pull_limit" docker pull "$1" >"$folder/pull.log" 2>&1
}

# Debian's base system, with the certificate authorities that this machine was given: builds behind a proxy need them.
make_base() {
    mmdebstrap --variant=minbase --components=main \
        --customize-hook='[ ! -d /usr/local/share/ca-certificates ] || cp -R /usr/local/share/ca-certificates "$1/usr/local/share/"' \
        bookworm "$folder/base.tar"
    docker import "$folder/base.tar" "$base"
    rm -f "$folder/base.tar"
}

make_kafka() {
    rm -rf "$folder/kafka"
    mkdir -p "$folder/kafka"
    cp -R tests/deploy/stand-ins/kafka/. "$folder/kafka/"
    cp -RL "$deps/kafka/libs" "$folder/kafka/libs"
    docker build --tag "$1" "$folder/kafka"
    rm -rf "$folder/kafka"
}

fetch_images() {
    local kafka prometheus grafana
    kafka=$(image_of apache/kafka) prometheus=$(image_of prom/prometheus) grafana=$(image_of grafana/grafana)
    fetch "$base" || {
        say "$base: cannot be pulled; made here from Debian's packages"
        logged base make_base
    }
    fetch "$kafka" || {
        say "$kafka: cannot be pulled; a stand-in is made here from Kafka's jars"
        [ -d "$deps/kafka/libs" ] || logged install deploy/local/install.sh --for test
        logged kafka make_kafka "$kafka"
    }
    fetch "$prometheus" || {
        say "$prometheus: cannot be pulled; a stand-in is made here from Debian's package"
        logged prometheus docker build --tag "$prometheus" tests/deploy/stand-ins/prometheus
    }
    fetch "$grafana" || {
        say "$grafana: cannot be pulled and not be made here: SKIPPED, no dashboard is looked at in this run"
        export SHOPWIRE_TEST_WITHOUT=grafana
    }
}

build_images() {
    local started=$SECONDS
    export SHOPWIRE_BINARIES=build
    if [ -n "$prebuilt" ]; then
        SHOPWIRE_BINARIES=prebuilt
        rm -rf build/image/bin
        mkdir -p build/image/bin
        cp "$prebuilt"/shopwire "$prebuilt"/shopwire-* "$prebuilt"/sandbox-* build/image/bin/
    fi
    SHOPWIRE_REVISION=$(git rev-parse HEAD 2>/dev/null || echo unknown)
    export SHOPWIRE_REVISION
    local target
    for target in $images; do
        logged "image-$target" docker build -f deploy/docker/Dockerfile --target "$target" --tag "shopwire-$target:${SHOPWIRE_VERSION:-0.2.0}" \
            --build-arg BINARIES="$SHOPWIRE_BINARIES" --build-arg VERSION="${SHOPWIRE_VERSION:-0.2.0}" \
            --build-arg REVISION="$SHOPWIRE_REVISION" .
    done
    say "images: built in $((SECONDS - started)) s (programs: ${prebuilt:-from source})"
}

# Bills of materials as CycloneDX, one for each image; compose.py checks them with the validator of that project.
write_bills() {
    local name
    [ -x "$deps/sbom/bin/python" ] || logged install-sbom deploy/local/install.sh --for deploy
    rm -rf "$folder/sbom"
    mkdir -p "$folder/sbom"
    for name in $images; do
        python3 -B deploy/docker/sbom.py "shopwire-$name:${SHOPWIRE_VERSION:-0.2.0}" >"$folder/sbom/$name.json" || die "no bill of materials of $name"
    done
    say "bills of materials: $folder/sbom"
}

main() {
    arguments "$@"
    # One level is enough: apt-get, dockerd, and the signal that kills a service all want it.
    [ "$(id -u)" = 0 ] || exec sudo --preserve-env=DOCKER_HOST,SHOPWIRE_DEPS,HOME "$0" "$@"
    mkdir -p "$folder"
    export SHOPWIRE_SECRETS=$folder/secrets-$$
    trap clean_up EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    install_packages
    start_engine
    fetch_images
    build_images
    write_bills
    deploy/docker/secrets.sh "$SHOPWIRE_SECRETS" >/dev/null
    # Any free ports: others of this machine may be in use.
    export SHOPWIRE_HOOKS_PORT=0 SHOPWIRE_CRM_HOOKS_PORT=0 PROMETHEUS_PORT=0 GRAFANA_PORT=0 SANDBOX_SHOP_PORT=0 SANDBOX_ERP_PORT=0
    compose_started=yes
    python3 -B tests/deploy/compose.py
}

main "$@"

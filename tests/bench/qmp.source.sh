# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Subjects of bench.sh about QMP: the model of the schema; commands through `qmpbridge serve`
# beside QEMU's own monitor and the qemu.qmp library; many clients; many monitors.

[ -x "$BRIDGE" ] || skip "qmpbridge is not built"

# resident PID [FIELD]: memory of a process in KiB; VmHWM is the most that it ever had.
resident() {
    awk -v field="${2:-VmRSS}:" '$1 == field { print $2 }' "/proc/$1/status"
}

# monitor_and_bridge NAME: QEMU as start_monitor makes it, and a bridge in front of another one,
# at $T/NAME.control. Their processes: $DIRECT_PID, and $MONITOR_PID behind $SERVE_PID.
monitor_and_bridge() {
    start_monitor "$1-direct"
    DIRECT_PID=$MONITOR_PID
    start_monitor "$1"
    export SOCKET=$T/$1.control
    start_serve_unlogged "$T/$1.sock"
    wait_for_line "$T/serve.out" '^Connected'
}

# start_relay SOCKET MONITOR: the process in between that does least, as a reference. Its process:
# $RELAY_PID.
start_relay() {
    "$TOOLS/qmp-relay" "$1" "$2" >"$T/relay.out" 2>&1 </dev/null &
    RELAY_PID=$!
    on_exit end_process "$RELAY_PID"
    wait_for_line "$T/relay.out" listening
}

# --- the schema ------------------------------------------------------------------------------
bench_schema() {
    start_monitor schema
    "$BRIDGE" --json -c query-qmp-schema "$T/schema.sock" | jq -c .return >"$T/schema.json"
    "$TOOLS/schema-index" "$T/schema.json" 25 >"$T/index"
    result 'schema model: time to index' "$(sed 's/ms=\([^ ]*\).*/\1/' "$T/index")" ms lt 50
    result 'schema model: memory' \
        "$(awk -v RS=' ' -F= '$1 == "bytes" { printf "%.0f", $2 / 1024 }' "$T/index")" KiB
}

# --- one client ------------------------------------------------------------------------------
# cpu_time PID: user and system time of a process so far, in microseconds.
cpu_time() {
    awk -v tick="$(getconf CLK_TCK)" '{ printf "%.0f", ($14 + $15) * 1e6 / tick }' "/proc/$1/stat"
}

# charged FILE PID... -- COMMAND: appends what COMMAND prints, whose first number is a rate over a
# second, and what each of these processes used for one of them, in microseconds of CPU.
charged() {
    local file=$1 pid before=() used=''
    local pids=()
    shift
    while [ "$1" != -- ]; do
        pids+=("$1")
        shift
    done
    shift
    for pid in "${pids[@]}"; do before+=("$(cpu_time "$pid")"); done
    "$@" >"$T/charged"
    for pid in "${!pids[@]}"; do
        used+=" $(($(cpu_time "${pids[$pid]}") - before[pid]))"
    done
    awk -v used="$used" '{ n = split(used, u); for (i = 1; i <= n; i++) $0 = $0 " " u[i] / $1
        print }' "$T/charged" >>"$file"
}

# pumped NAME WINDOW: rate, median and 99th percentile of the four ways, alternately.
pumped() {
    local i
    for ((i = 0; i < ROUNDS; i++)); do
        charged "$T/direct-$2" "$DIRECT_PID" -- "$TOOLS/qmp-pump" "$T/$1-direct.sock" 1 1 "$2"
        charged "$T/bridged-$2" "$SERVE_PID" "$MONITOR_PID" -- \
            "$TOOLS/qmp-pump" "$T/$1.control" 1 1 "$2"
        charged "$T/relayed-$2" "$RELAY_PID" -- "$TOOLS/qmp-pump" "$T/$1.relay" 1 1 "$2"
        PYTHONPATH=$LIBRARY "$HERE/qmp-pump-library" "$T/$1-direct.sock" 1 "$2" >>"$T/library-$2"
    done
}

# rates WINDOW TEXT: the rows of one window.
rates() {
    local way
    for way in direct relayed bridged library; do
        result "commands $2, $way" "$(column 1 "$T/$way-$1")" /s
        result "    median of their latency" "$(column 2 "$T/$way-$1")" us
        result "    99th percentile" "$(column 3 "$T/$way-$1")" us
    done
    result "    CPU a command: QEMU, direct" "$(column 4 "$T/direct-$1")" us
    result "    CPU a command: the relay" "$(column 4 "$T/relayed-$1")" us
    result "    CPU a command: the bridge" "$(column 4 "$T/bridged-$1")" us
    result "    CPU a command: QEMU behind the bridge" "$(column 5 "$T/bridged-$1")" us
    result "    CPU a command: the library" "$(column 4 "$T/library-$1")" us
}

# one_by_one PREFIX PEER: each command waits for the one before, so that what is in between adds its
# wake-ups to each. They are measured by their medians: a machine that does something else besides
# changes the rates more. The relay has as many wake-ups, and is what the bridge can reach.
one_by_one() {
    local direct relayed bridged
    direct=$(column 2 "$T/$1direct-1")
    relayed=$(column 2 "$T/$1relayed-1")
    bridged=$(column 2 "$T/$1bridged-1")
    result "direct / relayed, latency one by one, $2" "$(ratio "$direct" "$relayed")" x
    result "direct / bridged, latency one by one, $2" "$(ratio "$direct" "$bridged")" x
    result "relayed / bridged, latency one by one, $2" "$(ratio "$relayed" "$bridged")" x ge 0.8
}

# Where bridge and QEMU have a CPU each, the slower of them is the limit. Other load on the machine
# changes this less than it does the rates.
by_cpu_time() {
    awk -v direct="$(column 4 "$T/direct-$1")" -v bridge="$(column 4 "$T/bridged-$1")" \
        -v behind="$(column 5 "$T/bridged-$1")" \
        'BEGIN { printf "%.3f", direct / (bridge > behind ? bridge : behind) }'
}

bench_throughput() {
    LIBRARY=$("$LIB/python-qmp")
    monitor_and_bridge pump
    start_monitor pump-relayed
    start_relay "$T/pump.relay" "$T/pump-relayed.sock"
    "$TOOLS/qmp-pump" "$T/pump.control" 1 1 1 >/dev/null
    pumped pump 7
    pumped pump 1
    rates 7 '7 in flight'
    rates 1 'one by one'
    result 'bridged / direct, pipelined, real QEMU' \
        "$(ratio "$(column 1 "$T/bridged-7")" "$(column 1 "$T/direct-7")")" x ge 0.9
    result '    what CPU times say of it' "$(by_cpu_time 7)" x
    one_by_one '' 'real QEMU'
    # Here QEMU is the limit, so that no client can be much faster than another.
    result 'direct / library, pipelined, real QEMU' \
        "$(ratio "$(column 1 "$T/direct-7")" "$(column 1 "$T/library-7")")" x
    result 'bridged / library, pipelined, real QEMU' \
        "$(ratio "$(column 1 "$T/bridged-7")" "$(column 1 "$T/library-7")")" x
}

# --- our client and the library, where the peer is not the limit --------------------------------
# raced WINDOW: both with a monitor that answers at once; the bridge in front of it, too. Peer and
# client share one CPU: what a command costs is compared, not how fast an idle CPU wakes up.
raced() {
    local i alone='taskset -c 0'
    for ((i = 0; i < ROUNDS; i++)); do
        $alone "$TOOLS/qmp-pump-client" "$T/echo.sock" 1 "$1" >>"$T/echo-client-$1"
        PYTHONPATH=$LIBRARY $alone "$HERE/qmp-pump-library" "$T/echo.sock" 1 "$1" \
            >>"$T/echo-library-$1"
        "$TOOLS/qmp-pump" "$T/echo.sock" 1 1 "$1" >>"$T/echo-direct-$1"
        charged "$T/echo-relayed-$1" "$RELAY_PID" -- \
            "$TOOLS/qmp-pump" "$T/echo.relay" 1 1 "$1"
        charged "$T/echo-bridged-$1" "$SERVE_PID" -- \
            "$TOOLS/qmp-pump" "$T/echo.control" 1 1 "$1"
    done
}

# race_rows WINDOW TEXT TARGET: how they compare; the target is for our client's rate.
race_rows() {
    local way
    for way in client library; do # our client, the qemu.qmp library
        result "scripted peer, $2, $way" "$(column 1 "$T/echo-$way-$1")" /s
        result '    99th percentile' "$(column 3 "$T/echo-$way-$1")" us
        result '    CPU a command' "$(column 4 "$T/echo-$way-$1")" us
    done
    result "our client / library, $2" \
        "$(ratio "$(column 1 "$T/echo-client-$1")" "$(column 1 "$T/echo-library-$1")")" x \
        ${3:+ge "$3"}
    result "    CPU a command, library / our client" \
        "$(ratio "$(column 4 "$T/echo-library-$1")" "$(column 4 "$T/echo-client-$1")")" x
    result "bridged / direct, $2, scripted peer" \
        "$(ratio "$(column 1 "$T/echo-bridged-$1")" "$(column 1 "$T/echo-direct-$1")")" x
    result '    CPU a command of the bridge' "$(column 4 "$T/echo-bridged-$1")" us
    result '    CPU a command of the relay' "$(column 4 "$T/echo-relayed-$1")" us
}

bench_client() {
    LIBRARY=$("$LIB/python-qmp")
    taskset -c 0 "$TOOLS/qmp-echo" "$T/echo.sock" >"$T/echo.out" 2>&1 </dev/null &
    on_exit end_process $!
    wait_for_line "$T/echo.out" listening
    export SOCKET=$T/echo.control
    start_serve_unlogged "$T/echo.sock"
    wait_for_line "$T/serve.out" '^Connected'
    start_relay "$T/echo.relay" "$T/echo.sock"
    raced 7
    raced 1
    race_rows 7 '7 in flight' 10
    race_rows 1 'one by one'
    one_by_one echo- 'scripted peer'
}

# --- many clients ----------------------------------------------------------------------------
bench_clients() {
    local clients i
    monitor_and_bridge many
    result 'bridge: memory without clients' "$(mebibytes "$(resident "$SERVE_PID")")" MiB lt 10
    for clients in 1 10 100; do
        for ((i = 0; i < ROUNDS; i++)); do
            "$TOOLS/qmp-pump" "$T/many.control" "$clients" 1 1 >>"$T/clients-$clients"
        done
        result "$clients clients: commands" "$(column 1 "$T/clients-$clients")" /s
        result '    median of their latency' "$(column 2 "$T/clients-$clients")" us
        result '    99th percentile' "$(column 3 "$T/clients-$clients")" us
        result '    most memory of the bridge' "$(mebibytes "$(resident "$SERVE_PID" VmHWM)")" MiB
    done
}

mebibytes() {
    awk "BEGIN { printf \"%.1f\", $1 / 1024 }"
}

# --- many monitors ---------------------------------------------------------------------------
monitors=1000

bench_memory() {
    local one all shell i
    mkdir "$T/many"
    "$HERE/qmp-many" "$T/many" "$monitors" >"$T/many.out" 2>&1 </dev/null &
    on_exit end_process $!
    wait_for_line "$T/many.out" listening
    ulimit -n "$(ulimit -H -n)"
    mkfifo "$T/shell.in"
    "$BRIDGE" --json "v0=$T/many/0.sock" - <"$T/shell.in" >"$T/shell.out" 2>&1 &
    shell=$!
    on_exit end_process "$shell"
    exec 8>"$T/shell.in"
    echo 'query-status' >&8
    wait_for_line "$T/shell.out" '"status"'
    one=$(resident "$shell")
    for ((i = 1; i < monitors; i++)); do
        echo "attach v$i=$T/many/$i.sock"
    done >&8
    echo 'query-name' >&8
    wait_for_line "$T/shell.out" '"query-name"'
    all=$(resident "$shell")
    printf '%s\n' 'all query-uuid' 'query-kvm' >&8
    wait_for_line "$T/shell.out" '"query-kvm"'
    exec 8>&-
    expect_equal "$(grep -c '"query-uuid".*running' "$T/shell.out")" "$monitors" 'who answers'
    result 'shell: memory with one monitor' "$(mebibytes "$one")" MiB lt 10
    result "shell: memory with $monitors monitors" "$(mebibytes "$all")" MiB
    result 'shell: memory of each further idle monitor' \
        "$(awk "BEGIN { printf \"%.1f\", ($all - $one) / ($monitors - 1) }")" KiB lt 64
}

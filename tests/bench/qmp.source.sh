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
# at $T/NAME.control, whose process is $SERVE_PID.
monitor_and_bridge() {
    start_monitor "$1-direct"
    start_monitor "$1"
    export SOCKET=$T/$1.control
    start_serve "$T/$1.sock"
    wait_for_line "$T/serve.out" '^Connected'
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

# pumped NAME WINDOW: rate, median and 99th percentile of the three ways, alternately.
pumped() {
    local i before
    for ((i = 0; i < ROUNDS; i++)); do
        "$TOOLS/qmp-pump" "$T/$1-direct.sock" 1 1 "$2" >>"$T/direct-$2"
        before=$(cpu_time "$SERVE_PID")
        "$TOOLS/qmp-pump" "$T/$1.control" 1 1 "$2" >"$T/pumped"
        awk -v used="$(($(cpu_time "$SERVE_PID") - before))" \
            '{ printf "%s %.1f\n", $0, used / $1 }' "$T/pumped" >>"$T/bridged-$2"
        PYTHONPATH=$LIBRARY "$HERE/qmp-pump-library" "$T/$1-direct.sock" 1 "$2" >>"$T/library-$2"
    done
}

# rates WINDOW TEXT: the rows of one window.
rates() {
    local way
    for way in direct bridged library; do
        result "commands $2, $way" "$(column 1 "$T/$way-$1")" /s
        result "    median of their latency" "$(column 2 "$T/$way-$1")" us
        result "    99th percentile" "$(column 3 "$T/$way-$1")" us
        [ $way = direct ] ||
            result "    CPU of it, each command" "$(column 4 "$T/$way-$1")" us
    done
}

bench_throughput() {
    LIBRARY=$("$LIB/python-qmp")
    monitor_and_bridge pump
    "$TOOLS/qmp-pump" "$T/pump.control" 1 1 1 >/dev/null
    pumped pump 7
    pumped pump 1
    rates 7 '7 in flight'
    rates 1 'one by one'
    result 'bridged compared with direct, pipelined' \
        "$(ratio "$(column 1 "$T/bridged-7")" "$(column 1 "$T/direct-7")")" x ge 0.9
    result 'bridged compared with direct, one by one' \
        "$(ratio "$(column 1 "$T/bridged-1")" "$(column 1 "$T/direct-1")")" x
    result 'bridged compared with the library, pipelined' \
        "$(ratio "$(column 1 "$T/bridged-7")" "$(column 1 "$T/library-7")")" x ge 10
    result 'bridged compared with the library, one by one' \
        "$(ratio "$(column 1 "$T/bridged-1")" "$(column 1 "$T/library-1")")" x
    result 'CPU of the library compared with the bridge' \
        "$(ratio "$(column 4 "$T/library-7")" "$(column 4 "$T/bridged-7")")" x
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

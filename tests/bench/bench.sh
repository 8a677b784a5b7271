#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Measures what was promised, prints a table and writes bench.json. Whatever is compared
# is measured alternately in this one run, and the medians are taken, since machines are
# noisy. Not a part of `make check`: numbers are judged by people.
#
#   BENCH_ROUNDS   measurements of each kind, 5 by default
#   BENCH_OUTPUT   where bench.json goes

# shellcheck source=tests/lib/functions.sh
. "${QMPBRIDGE_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}/tests/lib/functions.sh"
rounds=${BENCH_ROUNDS:-5}
output=${BENCH_OUTPUT:-bench.json}
PUMP=$QMPBRIDGE_BUILD/tests/bench/qmp-pump
CALLS=$QMPBRIDGE_BUILD/tests/guest/hypercall-bench
QEMU=${QEMU:-$("$LIB/private-root" qemu-11.1)/bin/qemu-system-x86_64}
requires_bridge
requires python3 python3
PATIENCE=240

printf '%s\n' '[]' >"$T/results"
printf '%-44s %12s %12s  %s\n' WHAT MEASURED TARGET ''

# result WHAT VALUE UNIT [COMPARISON TARGET]: one row; COMPARISON is lt or ge.
result() {
    local what=$1 value=$2 unit=$3 comparison=${4:-} target=${5:-} reached=''
    case $comparison in
    lt) reached=$(awk "BEGIN { print ($value < $target) ? \"reached\" : \"NOT REACHED\" }") ;;
    ge) reached=$(awk "BEGIN { print ($value >= $target) ? \"reached\" : \"NOT REACHED\" }") ;;
    esac
    printf '%-44s %9s %-4s %s%-10s %s\n' "$what" "$value" "$unit" \
        "$(case $comparison in lt) echo '< ' ;; ge) echo '>=' ;; *) echo '  ' ;; esac)" \
        "$target" "$reached"
    jq --arg what "$what" --argjson value "$value" --arg unit "$unit" \
        --arg target "$comparison $target" --arg reached "$reached" \
        '. + [{what: $what, value: $value, unit: $unit, target: $target, verdict: $reached}]' \
        "$T/results" >"$T/results.new"
    mv "$T/results.new" "$T/results"
}

median() {
    sort -n | awk '{ v[NR] = $1 }
        END { print (NR % 2) ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'
}

ratio() {
    awk "BEGIN { printf \"%.3f\", $1 / $2 }"
}

# cpu_of COMMAND...: user and system time of a command, in seconds.
cpu_of() {
    python3 - "$@" <<'END'
import resource, subprocess, sys
subprocess.run(sys.argv[1:], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
               stderr=subprocess.DEVNULL, timeout=240, check=True)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print("%.3f" % (used.ru_utime + used.ru_stime))
END
}

# machine [options of QEMU]: a VM of the same kind that qmpbridge makes, without qmpbridge.
machine() {
    "$QEMU" -nodefaults -no-user-config -M q35,hpet=off -cpu qemu64 -m 256 -display none \
        -serial "file:$T/plain-console" -net none -no-reboot -kernel "$KERNEL" \
        -initrd "$T/initrd" -append 'console=ttyS0 quiet panic=-1' "$@"
}
export -f machine
export QEMU KERNEL T

bench_guest() {
    make_guest "$@" <<'END'
i=0; while [ $i -lt 400 ]; do (:); i=$((i+1)); done
head -c 8000000 /dev/urandom | sha256sum
END
}

# --- the emulator by itself: what the plugin and record mode cost -----------------------------
bench_emulator() {
    local i plain plugged recorded
    bench_guest
    qemu-img create -q -f qcow2 "$T/empty.qcow2" 1M
    for ((i = 0; i < rounds; i++)); do
        cpu_of bash -c machine >>"$T/plain"
        cpu_of bash -c 'machine "$@"' machine \
            -plugin "file=$PLUGIN,control=$T/nobody.sock" >>"$T/plugged"
        cpu_of bash -c 'machine "$@"' machine -drive "file=$T/empty.qcow2,if=none,id=rr" \
            -icount "shift=5,rr=record,rrfile=$T/rr.log" >>"$T/recorded"
    done
    plain=$(median <"$T/plain")
    plugged=$(median <"$T/plugged")
    recorded=$(median <"$T/recorded")
    result 'CPU of a boot and work, plain TCG' "$plain" s
    result 'plugin: CPU compared with none' "$(ratio "$plugged" "$plain")" x lt 1.03
    result 'record mode: CPU compared with plain TCG' "$(ratio "$recorded" "$plain")" x
}

# --- the hypercall ------------------------------------------------------------------------------
bench_hypercall() {
    if [ ! -x "$CALLS" ]; then
        echo "no hypercall-bench was built: the round trip is left out"
        return
    fi
    make_guest --file "$CALLS:/bin/hypercall-bench" <<'END'
for i in 1 2 3 4 5; do hypercall-bench; done
END
    start_bridge --dry-run
    end_of_bridge
    grep -aoE '[0-9.]+ ns' "$T/console.log" | sed 's/ ns//' | median >"$T/ns"
    result 'hypercall round trip' "$(cat "$T/ns")" ns lt 300
}

# --- recordings: pauses, replay, size -------------------------------------------------------------
bench_recording() {
    local name
    make_guest <<'END'
for i in 1 2 3 4 5; do
    recctrlu run bench -- sh -c 'head -c 4000000 /dev/urandom | sha256sum'
done
END
    start_bridge
    end_of_bridge
    for name in $(recordings); do
        about "$name" '.["begin-pause-us"]' >>"$T/begin"
        about "$name" '.["end-pause-us"]' >>"$T/end"
        about "$name" '.["wall-end-us"] - .["wall-begin-us"]' >>"$T/took"
        about "$name" '.["verdict-time-us"]' >>"$T/replayed"
        du -k --apparent-size -s "$STORE/$name" | cut -f 1 >>"$T/kilobytes"
    done
    result 'pause at begin (256 MiB guest)' "$(ratio "$(median <"$T/begin")" 1000)" ms lt 400
    result 'pause at end (256 MiB guest)' "$(ratio "$(median <"$T/end")" 1000)" ms lt 300
    result 'replay and comparison, time of the recording' \
        "$(ratio "$(median <"$T/replayed")" "$(median <"$T/took")")" x
    result 'size of a short recording' "$(ratio "$(median <"$T/kilobytes")" 1024)" MiB
}

# --- the bridge -----------------------------------------------------------------------
bench_bridge() {
    local i direct bridged
    make_guest <<'END'
echo "guest: idle"
idle 600
END
    start_bridge --no-verify
    wait_for_line "$T/console.log" 'guest: idle'
    "$QEMU" -M none -display none -monitor none -serial none -daemonize -pidfile "$T/pid" \
        -qmp "unix:$T/direct.sock,server=on,wait=off"
    on_exit end_process "$(cat "$T/pid")"
    "$PUMP" "$SOCKET" 1 1 >/dev/null
    for ((i = 0; i < rounds; i++)); do
        "$PUMP" "$T/direct.sock" 2 4 >>"$T/direct"
        "$PUMP" "$SOCKET" 2 4 >>"$T/bridged"
        "$PUMP" "$T/direct.sock" 1 1 >>"$T/direct1"
        "$PUMP" "$SOCKET" 1 1 >>"$T/bridged1"
    done
    direct=$(median <"$T/direct")
    bridged=$(median <"$T/bridged")
    result 'QMP commands, direct' "$direct" /s
    result 'QMP commands, through the bridge' "$bridged" /s
    result 'bridge compared with direct' "$(ratio "$bridged" "$direct")" x ge 0.8
    result 'the same, one command at a time' \
        "$(ratio "$(median <"$T/bridged1")" "$(median <"$T/direct1")")" x
    result 'memory of the bridge (largest RSS)' \
        "$(awk '/VmHWM/ { printf "%.1f", $2 / 1024 }' "/proc/$BRIDGE_PID/status")" MiB lt 16
    attach -c 'qmp quit' >/dev/null || :
    end_of_bridge
}

bench_emulator
bench_hypercall
bench_recording
bench_bridge

jq --arg qemu "$("$QEMU" --version | head -n 1)" --arg host "$(uname -mr), $(nproc) CPUs" \
    '{emulator: $qemu, host: $host, results: .}' "$T/results" >"$output"
echo "written to $output"

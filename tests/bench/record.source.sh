# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Subject `record` of bench.sh: what recording costs compared with plain TCG, and a replay compared
# with its recording: by default, which is a shift of 3 and QEMU on one CPU, and with a shift of 5
# and any CPU.
requires_bridge

# cpu_ticks PID: what a process has used.
cpu_ticks() {
    sed 's/.*) //' "/proc/$1/stat" | awk '{ print $12 + $13 }'
}

# record_once KIND [options of run]: CPU while it was recorded to $T/cpu.KIND; the times of the
# recording and of its replay to $T/took.KIND and $T/replayed.KIND.
record_once() {
    local kind=$1 before after pid
    shift
    rm -rf "$STORE"
    start_bridge --no-verify "$@"
    pid=$(pgrep -P "$BRIDGE_PID")
    wait_for_event RECORD_BEGIN
    before=$(cpu_ticks "$pid")
    wait_for_event RECORD_END
    after=$(cpu_ticks "$pid")
    end_of_bridge
    echo $((after - before)) >>"$T/cpu.$kind"
    [ -d "$STORE/bench_000" ] || return 0 # a dry run
    expect_status 0 "${IN_STORE[@]}" --qemu "$QEMU" "${@:1:2}" verify bench_000
    about bench_000 '.["verdict-time-us"]' >>"$T/replayed.$kind"
    about bench_000 '.["wall-end-us"] - .["wall-begin-us"]' >>"$T/took.$kind"
}

bench_record() {
    local i
    make_guest <<'END'
recctrlu run bench -- sh -c '
    i=0; while [ $i -lt 300 ]; do (:); i=$((i + 1)); done
    head -c 6000000 /dev/urandom | sha256sum'
idle 1
END
    for ((i = 0; i < ROUNDS; i++)); do
        record_once plain --dry-run
        record_once free --cpu-affinity none --shift 5
        record_once pinned --cpu-affinity auto --shift 3
    done
    pairs "$T/cpu.pinned" "$T/cpu.plain" |
        sampled 'recording pinned, shift 3: CPU of plain' x 1 lt 1.0
    pairs "$T/cpu.free" "$T/cpu.plain" | sampled '  free, shift 5' x 1
    pairs "$T/replayed.pinned" "$T/took.pinned" |
        sampled 'replay pinned, shift 3: time of recording' x 1 lt 0.7
    pairs "$T/replayed.free" "$T/took.free" | sampled '  free, shift 5' x 1
}

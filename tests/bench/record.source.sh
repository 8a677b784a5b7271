# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Subject `record` of bench.sh: what recording costs compared with plain TCG, and a replay compared
# with its recording, as `qmpbridge run` does it by default and as it was before: shift 5, and QEMU
# free to run on any CPU.
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
        record_once before --cpu-affinity none --shift 5
        record_once now
    done
    pairs "$T/cpu.now" "$T/cpu.plain" | sampled 'recording: CPU compared with plain TCG' x 1 lt 1.0
    pairs "$T/cpu.before" "$T/cpu.plain" | sampled '  the same with shift 5, not pinned' x 1
    pairs "$T/replayed.now" "$T/took.now" | sampled 'replay: time of the recording' x 1 lt 0.7
    pairs "$T/replayed.before" "$T/took.before" | sampled '  the same with shift 5, not pinned' x 1
}

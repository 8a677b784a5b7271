# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Subject `record` of bench.sh: what recording costs compared with plain TCG, and a replay compared
# with its recording: by default, which is a shift of 3 and QEMU on one CPU, and with a shift of 5
# and any CPU. Then the replay of a guest that rests for most of the time, as in a person's session.
#
# A replay of a guest that never rests can't be faster than its recording: it executes the same
# instructions by the same translation, and QEMU's main loop and vCPU hand each other the lock at
# each event of the log. What it leaves out is the time that the guest waited.
#
# BENCH_WORK is how often the guest does its work in one recording. With 1, a few seconds, the start
# of the replaying QEMU, its copies and the digests weigh in; 20 is about a minute.
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

# guest_of NAP: an initrd of a guest that works BENCH_WORK times, and sleeps for NAP seconds after
# each time.
guest_of() {
    make_guest <<END
recctrlu run bench -- sh -c '
    for round in \$(seq ${BENCH_WORK:-1}); do
        i=0; while [ \$i -lt 300 ]; do (:); i=\$((i + 1)); done
        head -c 6000000 /dev/urandom | sha256sum
        sleep $1
    done'
idle 1
END
}

bench_record() {
    local i
    PATIENCE=$((PATIENCE + 60 * ${BENCH_WORK:-1}))
    guest_of 0
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
    guest_of 6
    for ((i = 0; i < ROUNDS; i++)); do
        record_once idle --cpu-affinity auto --shift 3
    done
    pairs "$T/replayed.idle" "$T/took.idle" |
        sampled 'replay of an idle guest: time of recording' x 1 lt 0.7
}

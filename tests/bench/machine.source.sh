# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Subjects of bench.sh that boot guests: what the plugin and record mode cost, the hypercall,
# and recordings.

CALLS=$QMPBRIDGE_BUILD/tests/guest/hypercall-bench
requires_bridge

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

# on_cpus pinned|free COMMAND...: with all processes that it starts on one CPU, or on any.
ALL_CPUS=$(taskset -pc $$ | sed 's/.*: //')
on_cpus() {
    local where=$1 status=0
    shift
    [ "$where" = free ] || taskset -pc "${ALL_CPUS%%[-,]*}" $$ >/dev/null
    "$@" || status=$?
    taskset -pc "$ALL_CPUS" $$ >/dev/null
    return "$status"
}

# --- the emulator by itself: what the plugin and record mode cost -----------------------------
# options_of CONFIGURATION: the words to add to QEMU's options, one a line.
options_of() {
    case $1 in
    plain) ;;
    empty) printf '%s\n' -plugin "file=$TOOLS/.libs/empty-plugin.so" ;;
    plugin) printf '%s\n' -plugin "file=$PLUGIN,control=$T/nobody.sock" ;;
    record)
        printf '%s\n' -drive "file=$T/empty.qcow2,if=none,id=rr" \
            -icount "shift=3,rr=record,rrfile=$T/rr.log"
        ;;
    *) fail "no such configuration: $1" ;;
    esac
}

# boot_as CONFIGURATION WHERE: adds the CPU time of one boot to the file of the two.
boot_as() {
    local -a options
    mapfile -t options < <(options_of "$1")
    on_cpus "$2" cpu_of bash -c 'machine "$@"' machine "${options[@]}" >>"$T/$2-$1"
}

bench_emulator() {
    local round config where configs=${BENCH_CONFIGS:-empty plugin record}
    bench_guest
    qemu-img create -q -f qcow2 "$T/empty.qcow2" 1M
    for ((round = 0; round < ROUNDS; round++)); do
        for where in ${BENCH_CPUS:-pinned free}; do
            for config in plain $configs; do
                boot_as "$config" "$where"
            done
        done
    done
    for where in ${BENCH_CPUS:-pinned free}; do
        sampled "CPU of a boot and work, plain TCG, $where" s 1 <"$T/$where-plain"
        for config in $configs; do
            case $config in
            empty) set -- 'an empty plugin' ;;
            plugin) set -- 'the plugin' lt 1.01 ;;
            record) set -- 'record mode' ;;
            esac
            pairs "$T/$where-$config" "$T/$where-plain" |
                sampled "    times, with $1, $where" x 1 "${@:2}"
        done
    done
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

# --- recordings: replay, size ---------------------------------------------------------------------
record_five() {
    start_bridge
    end_of_bridge
}

bench_recording() {
    local name where
    make_guest <<'END'
for i in 1 2 3 4 5; do
    recctrlu run bench -- sh -c 'head -c 4000000 /dev/urandom | sha256sum'
done
END
    for where in ${BENCH_CPUS:-pinned free}; do
        rm -rf "${STORE:?}"
        on_cpus "$where" record_five
        for name in $(recordings); do
            about "$name" '.["wall-end-us"] - .["wall-begin-us"]' >>"$T/$where-took"
            about "$name" '.["verdict-time-us"]' >>"$T/$where-replayed"
            # What lies on the disk: the log and the images have holes.
            du -k -s "$STORE/$name" | cut -f 1 >>"$T/$where-kilobytes"
        done
        pairs "$T/$where-replayed" "$T/$where-took" |
            sampled "replay and comparison / recording, $where" x 1
        awk '{ print $1 / 1024 }' "$T/$where-kilobytes" |
            sampled "size of a short recording on disk, $where" MiB 1
    done
}

# --- how long the guest stands still --------------------------------------------------------------
# pauses_of NAME MEMORY: those of five recordings of the guest that was made last.
pauses_of() {
    local recording
    rm -rf "${STORE:?}"
    start_bridge --no-verify --memory "$2"
    end_of_bridge
    for recording in $(recordings); do
        about "$recording" '.["begin-pause-us"]' >>"$T/begin-$1"
        about "$recording" '.["end-pause-us"]' >>"$T/end-$1"
    done
}

bench_pauses() {
    make_guest <<'END'
for i in 1 2 3 4 5; do recctrlu run bench -- sh -c 'head -c 4000000 /dev/urandom | sha256sum'; done
END
    pauses_of small 256M
    make_guest <<'END'
for i in 1 2 3 4 5; do
    recctrlu run bench -- sh -c 'head -c 100000000 /dev/urandom >/data; sha256sum /data; rm /data'
done
END
    pauses_of touched 2G
    make_guest <<'END'
head -c 600000000 /dev/urandom >/data
for i in 1 2 3 4 5; do recctrlu run bench -- sha256sum /init; done
END
    pauses_of filled 1G
    sampled 'pause at begin, 256 MiB' ms 0.001 lt 50 <"$T/begin-small"
    sampled '  2 GiB' ms 0.001 <"$T/begin-touched"
    sampled '  1 GiB, 600 MB of it random' ms 0.001 lt 300 <"$T/begin-filled"
    sampled 'pause at end, 256 MiB' ms 0.001 lt 80 <"$T/end-small"
    sampled '  2 GiB, 100 MB of it touched' ms 0.001 lt 300 <"$T/end-touched"
    sampled '  1 GiB, 600 MB of it random' ms 0.001 lt 300 <"$T/end-filled"
}

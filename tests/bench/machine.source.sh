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

# --- the emulator by itself: what the plugin and record mode cost -----------------------------
bench_emulator() {
    local i plain plugged recorded
    bench_guest
    qemu-img create -q -f qcow2 "$T/empty.qcow2" 1M
    for ((i = 0; i < ROUNDS; i++)); do
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

#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# emulators: 11.1 10.0
#
# QEMU is busy with commands of clients when a recording begins, and answers after the recorder's
# time-out. The begin fails; whatever QEMU does late is undone: the guest runs on, and the next
# recording works. QEMU 11.1 serves two monitors in turn, so that 'stop' itself is late there; on
# older ones the first question is.

# shellcheck source=tests/lib/functions.sh
. "${QMPBRIDGE_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}/tests/lib/functions.sh"
requires_bridge
requires python3 python3
make_guest <<'END'
while :; do
    n=$((n + 1))
    echo "guest: alive $n"
    head -c 100000 /dev/urandom | sha256sum >/dev/null
    idle 0.1
done
END
start_bridge --monitor-timeout 0.3 --memory 2048 --no-verify
wait_for_line "$T/console.log" 'guest: alive 3[^0-9]'

# flood MIB: four clients that keep QEMU busy for as long as that many MiB take, again and again.
flooders=()
flood() {
    local i before
    {
        echo '{"execute": "qmp_capabilities"}'
        for ((i = 0; i < 4; i++)); do
            printf '{"execute": "pmemsave", "arguments": %s}\n' \
                "{\"val\": 0, \"size\": $(($1 << 20)), \"filename\": \"/dev/null\"}"
        done
    } >"$T/commands"
    before=$(grep -c 'executes pmemsave' "$EVENTS" || :)
    flooders=()
    for ((i = 0; i < 4; i++)); do
        python3 -u "$LIB/raw-client" "$SOCKET" ask <"$T/commands" >"$T/flood.$i.out" &
        flooders+=($!)
        on_exit end_process $!
    done
    followed "$EVENTS" "$PATIENCE" grep -m $((before + 4)) 'executes pmemsave' >"$T/.line" ||
        fail "the flood doesn't come"
}

still_alive() {
    local n pid
    for pid in "${flooders[@]}"; do
        wait_for_end "$pid"
    done
    expect_equal "$(attach --return-value -c query-status | jq -r .status)" running
    n=$(grep -c 'guest: alive' "$T/console.log")
    wait_for_line "$T/console.log" "guest: alive $((n + 3))[^0-9]"
}

case $QEMU_LABEL in
11.1) wanted='stop: QEMU hasn.t answered within 0.3 s' ;;
*) wanted='query-status: QEMU hasn.t answered within 0.3 s' ;;
esac
mib=256
for ((try = 1; try <= 20; try++)); do
    flood "$mib"
    attach -c 'begin_record file_name=late' >"$T/last.out" 2>&1 && began=yes || began=no
    still_alive
    ! grep -q -E "$wanted" "$T/last.out" || break
    # Too little to do for QEMU: it has answered in time. Or too much, as on a loaded machine.
    case $began,$(cat "$T/last.out") in
    yes,*)
        attach -c end_record || :
        mib=$((mib * 3 / 2 > 2048 ? 2048 : mib * 3 / 2))
        ;;
    no,*query-status:*) mib=$((mib * 3 / 4)) ;;
    esac
    echo "not yet, $mib MiB now: $(cat "$T/last.out")"
done
expect_line "$T/last.out" "$wanted"
wait_for_line "$EVENTS" "QEMU answers '[a-z-]*' after .* too late"
expect_equal "$(incomplete)" '' 'incomplete recordings'

# The machine may be slow itself.
for ((try = 1; try <= 20; try++)); do
    attach -c 'begin_record file_name=next' || continue
    ! attach -c end_record || break
done
expect_verified "$(recordings | tail -n 1)"
still_alive

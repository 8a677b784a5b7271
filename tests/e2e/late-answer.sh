#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# emulators: 11.1 10.0
#
# QEMU is busy with commands of clients when a recording begins, and answers after the recorder's
# time-out. The begin fails; whatever QEMU does late is undone: the guest runs on, and the next
# recording works. QEMU 11.1 serves two monitors in turn, so that a later question is late there, up
# to 'stop' itself; on older ones the first one is. (tests/unit/test-service-faults.c has each.)

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
start_bridge --monitor-timeout 4 --no-verify
wait_for_line "$T/console.log" 'guest: alive 3[^0-9]'

# occupy NAME: a client whose pmemsave keeps QEMU busy until it is released.
occupy() {
    mkfifo "$T/$1.fifo"
    printf '%s\n' '{"execute": "qmp_capabilities"}' '{"execute": "pmemsave", "arguments":
        {"val": 0, "size": 4096, "filename": "'"$T/$1.fifo"'"}}' >"$T/$1.commands"
    python3 -u "$LIB/raw-client" "$SOCKET" ask <"$T/$1.commands" >"$T/$1.out" &
    on_exit end_process $!
    followed "$EVENTS" "$PATIENCE" grep -m "$2" 'executes pmemsave' >"$T/.line" ||
        fail "the command of $1 doesn't come"
}

# It writes what QEMU's fopen() has waited for.
release() {
    timeout "$PATIENCE" cat "$T/$1.fifo" >/dev/null || fail "QEMU doesn't write into $1.fifo"
    rm "$T/$1.fifo"
}

begins() {
    [ "$(attach --return-value -c query-record | jq -r .state)" = starting ]
}

expect_alive() {
    local n
    expect_equal "$(attach --return-value -c query-status | jq -r .status)" running
    n=$(grep -c 'guest: alive' "$T/console.log")
    wait_for_line "$T/console.log" "guest: alive $((n + 3))[^0-9]"
}

occupy first 1
if [ "$QEMU_LABEL" = 11.1 ]; then
    occupy second 2
    occupy third 3
fi
attach -c 'begin_record file_name=late' >"$T/late.out" 2>&1 &
late=$!
on_exit end_process "$late"
for ((i = 0; i < 100; i++)); do
    ! begins || break
done
case $QEMU_LABEL in
11.1) # each time QEMU turns to the other monitor, then is busy once more
    release first
    release second
    wait_for_end "$late"
    expect_line "$T/late.out" \
        '(info ramblock|qom-get|query-status|stop): QEMU hasn.t answered within 4 s'
    release third
    wait_for_line "$EVENTS" "QEMU answers '.*' after .* too late: it is taken back"
    ! grep -q 'stop: QEMU' "$T/late.out" || wait_for_event RESUME
    ;;
*)
    wait_for_end "$late"
    expect_line "$T/late.out" 'gpa2hva: QEMU hasn.t answered within 4 s'
    release first
    wait_for_line "$EVENTS" "QEMU answers 'human-monitor-command' after .* too late"
    ;;
esac
[ "$STATUS" != 0 ] || fail "begin_record succeeded"
expect_alive
expect_equal "$(incomplete)" '' 'incomplete recordings'

attach -c 'begin_record file_name=next'
attach -c end_record
expect_verified next
expect_alive

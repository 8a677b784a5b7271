#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# emulators: 11.1 10.0
#
# The scripts of monitor-scripts/ as people run them: a command of the host and an ssh session are
# recorded, their status comes back, and a recording that was begun is ended whatever happens. One
# is made from event to event. An image is tried without recording, and what is wrong is named.

# shellcheck source=tests/lib/functions.sh
. "${QMPBRIDGE_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}/tests/lib/functions.sh"
requires_bridge
SCRIPTS=$QMPBRIDGE_SOURCE/monitor-scripts
export QMPBRIDGE=$BRIDGE

for script in "$SCRIPTS"/*; do
    [ -x "$script" ] || continue
    expect_status 0 "$script" --help
    expect_line "$T/last.out" "^usage: ${script##*/} "
    expect_status 2 "$script" --no-such-option
    one_clear_line "$T/last.err" "^(${script##*/}|qmpbridge): "
done

make_guest <<'END'
idle 600
END
start_bridge

expect_status 7 "$SCRIPTS/record-command" --prove "$SOCKET" host sh -c 'exit 7'
expect_line "$T/last.err" 'host has ended, and its replay is identical'
# A signal is the command's.
expect_status 143 "$SCRIPTS/record-command" "$SOCKET" host sh -c 'kill -TERM $$'
expect_line "$T/last.err" 'host_001 has ended'
expect_status 2 "$SCRIPTS/record-command" "$SOCKET" 'a b' true
expect_status 4 "$SCRIPTS/record-command" "$T/nothing.sock" a true

# An ssh that notes what it is called with.
printf '#!/bin/sh\necho "ssh: $*"\n' >"$T/ssh"
chmod 755 "$T/ssh"
SSH=$T/ssh expect_status 0 "$SCRIPTS/record-ssh-session" "$SOCKET" login -p 22 root@vm
expect_line "$T/last.out" 'ssh: -p 22 root@vm'

"$SCRIPTS/record-on-event" "$SOCKET" between STOP 'RESUME|SHUTDOWN' >"$T/on-event.out" 2>&1 &
recorder=$!
on_exit end_process "$recorder"
# Nothing says when it has attached, so that what it waits for may have to happen again.
for ((i = 0; i < PATIENCE; i++)); do
    attach -c stop -c cont >/dev/null
    ! followed "$EVENTS" 1 grep -q -m 1 'RECORD_BEGIN.*between' || break
done
wait_for_end "$recorder"
expect_equal "$STATUS" 0 "status of record-on-event: $(cat "$T/on-event.out")"
# What never comes: the recording is whole all the same.
expect_status 8 "$SCRIPTS/record-on-event" --within 1 "$SOCKET" late '*' NIC_RX_FILTER_CHANGED
kill -TERM "$BRIDGE_PID"
end_of_bridge
expect_recordings host host_001 login between late

# tried [OPTION...]: dry-run-image on the guest that was made last.
tried() {
    local options
    mapfile -t options < <(bridge_options | sed '/^--store$/,$d')
    timeout $((PATIENCE * 2)) "$SCRIPTS/dry-run-image" --within "$PATIENCE" "${options[@]}" "$@" \
        >"$T/tried.out" 2>&1
}
make_guest <<'END'
echo "a console"
recctrlu --quiet run login -- true
END
tried || fail "$(cat "$T/tried.out")"
expect_equal "$(grep -c ' yes ' "$T/tried.out")" 5 "$(cat "$T/tried.out")"
expect_line "$T/tried.out" '^console +yes'
expect_line "$T/tried.out" '^begin +yes +login_000'
make_guest <<'END'
echo "no agent here"
END
! tried || fail "$(cat "$T/tried.out")"
expect_line "$T/tried.out" '^console +yes'
expect_line "$T/tried.out" '^begin +NO'
! tried --kernel "$T/none" || fail "$(cat "$T/tried.out")"
expect_line "$T/tried.out" "^start +NO .*none can't be read"
! tried --qemu /bin/true || fail "$(cat "$T/tried.out")"
expect_line "$T/tried.out" "^start +NO .*this is no QEMU"

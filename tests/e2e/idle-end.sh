#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# emulators: 11.1 10.0
#
# --idle-end: a session that is never closed keeps its recording open as long as its connection is,
# and no longer; and no session of later.

# shellcheck source=tests/lib/functions.sh
. "${QMPBRIDGE_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}/tests/lib/functions.sh"
requires_bridge
requires python3 python3

make_guest --devices net <<'END_OF_GUEST'
lose() {
    read -r name
    recctrlu open_session "$name"
    idle 6
    echo "guest: $name is still open"
    cat
}
mkfifo /tmp/quiet # else nc would close the connection in its direction
for turn in 1 2; do
    nc -l -p 7 <>/tmp/quiet | lose &
    until grep -q ':0007 .* 0A ' /proc/net/tcp /proc/net/tcp6; do idle 0.05; done
    echo "guest: turn $turn"
    wait
done
until [ "$(recctrlu status)" = off ]; do idle 0.2; done
END_OF_GUEST
expect_status 2 "$BRIDGE" run --idle-end 5 --kernel /none
one_clear_line "$T/last.err" '^qmpbridge: --idle-end looks at connections, which need a network'
start_bridge --idle-end 3 --forward tcp:0:7 --recctrl session_rec=on
wait_for_line "$T/bridge.out" '^Forwarded:'
port=$(sed -n 's/^Forwarded: *TCP port \([0-9]*\) .*/\1/p' "$T/bridge.out")

# visit TURN NAME: a connection that stays open for longer than the limit.
visit() {
    wait_for_line "$T/console.log" "guest: turn $1"
    exec 4<>"/dev/tcp/127.0.0.1/$port"
    echo "$2" >&4
    wait_for_line "$T/console.log" "guest: $2 is still open"
    expect_no_line "$EVENTS" "RECORD_END.*\"$2"
    exec 4>&-
    wait_for_event RECORD_END "$PATIENCE" "\"$2"
}
visit 1 first
visit 2 second
end_of_bridge
expect_recordings first_000 second_001
for name in first_000 second_001; do
    expect_reason "$name" idle
    expect_proven "$name"
    expect_console "$name" "guest: ${name%_*} is still open"
done

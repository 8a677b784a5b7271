#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# emulators: 11.1 10.0 7.2
#
# A monitor that writes its objects over many lines (pretty=on): replies of all sizes, events and
# errors arrive as from any other.

# shellcheck source=tests/lib/functions.sh
. "${QMPBRIDGE_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}/tests/lib/functions.sh"
[ -x "$BRIDGE" ] || skip "qmpbridge is not built"
requires socat socat
start_monitor plain -chardev "socket,id=pretty,path=$T/pretty.sock,server=on,wait=off" \
    -mon chardev=pretty,mode=control,pretty=on
timeout "$PATIENCE" socat -t 1 - "UNIX-CONNECT:$T/pretty.sock" </dev/null >"$T/greeting.out"
expect_line "$T/greeting.out" '^    "QMP": \{' # it is as bad as that

pretty() {
    timeout "$PATIENCE" "$BRIDGE" --log "$T/events.log" "$@" "$T/pretty.sock" </dev/null
}

pretty --json -c query-version -c query-qmp-schema -c 'human-monitor-command command-line=help' \
    >"$T/replies.out"
expect_equal "$(wc -l <"$T/replies.out")" 3 'lines of three replies'
expect_line "$T/replies.out" '"major" *: *[0-9]+'
expect_line "$T/replies.out" '"human-monitor-command"'
pretty --json -c stop -c 'wait STOP 10' >"$T/event.out"
expect_line "$T/event.out" STOP
status=0
pretty -c 'cont nonsense=1' >"$T/error.out" 2>&1 || status=$?
expect_equal $status 1 'a command that fails'
expect_line "$T/error.out" nonsense
expect_no_line "$T/events.log" '"dir" *: *"note".*(drop|JSON)'
pretty -c 'qmp quit' >/dev/null
monitor_ended "$MONITOR_PID"

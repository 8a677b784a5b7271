#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# emulators: 11.1 10.0 7.2
#
# A hundred clients at once at `qmpbridge serve`, half of them hostile: slow, sending garbage,
# leaving in mid-command. One doesn't read while it asks for ever more: it is dropped, the log says
# whom and why, its memory comes back, and all the others get what is theirs.

# shellcheck source=tests/lib/functions.sh
. "${QMPBRIDGE_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}/tests/lib/functions.sh"
[ -x "$BRIDGE" ] || skip "qmpbridge is not built"
requires python3 python3

start_monitor vm
start_serve "$T/vm.sock"
wait_for_line "$T/serve.out" '^Connected'
python3 "$QMPBRIDGE_SOURCE/tests/conformance/crowd.py" "$SOCKET" 100 \
    >"$T/crowd.out" 2>&1 &
crowd=$!
on_exit end_process "$crowd"
wait_for_end "$crowd" $((PATIENCE * 2))
[ "$STATUS" = 0 ] || fail "the crowd: $(tail -n 5 "$T/crowd.out")"
expect_line "$T/crowd.out" '^50 clients got all, events: [1-9]'
who="client [0-9]+ \\(([^)]*, )?pid $crowd, uid $(id -u)\\)"
wait_for_line "$EVENTS" "\"$who was dropped: the client does not read: "
expect_equal "$(grep -c 'does not read' "$EVENTS")" 1 "clients dropped since they don't read"

# What waited for the one that was dropped, and what a hundred needed, isn't kept.
resident=$(ps -o rss= -p "$SERVE_PID" | tr -d ' ')
echo "resident memory afterwards: $resident KiB"
[ "$resident" -lt $((100 * 1024)) ] || [ -n "${QMPBRIDGE_SANITIZED:-}" ] ||
    fail "$resident KiB are too much"
attach -c query-status >/dev/null

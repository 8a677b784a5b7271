#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# emulators: 11.1 7.2
#
# Long answers at the prompt: they go to the pager, the VM is listened to meanwhile, what it tells
# comes afterwards, Ctrl-C is the pager's, and the terminal is whole again at the end.

# shellcheck source=tests/lib/functions.sh
. "${QMPBRIDGE_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}/tests/lib/functions.sh"
# shellcheck source=tests/lib/terminal.sh
. "$LIB/terminal.sh"
[ -x "$BRIDGE" ] || skip "qmpbridge is not built"
requires_terminal
# The second monitor is for what happens meanwhile.
start_monitor qmp -qmp "unix:$T/other.sock,server=on,wait=off"
monitor=$MONITOR_PID
export XDG_STATE_HOME=$T/state

# A pager that tells what it got, and stays until it gets a line. SIGINT makes it say so.
cat >"$T/pager" <<'END'
#!/bin/bash
cat >"$1"
trap 'echo "pager: interrupted"' INT
echo "pager: $(wc -l <"$1") lines"
until read -r line </dev/tty; do :; done
echo "pager: bye"
END
chmod +x "$T/pager"

PAGER="'$T/pager' '$T/paged.out'" \
    open_terminal people 80 24 "$BRIDGE" --log "$T/events.log" "$T/qmp.sock"
tty people row 'qmpbridge>'
# What fits on the screen is printed.
tty people send 'query-status\r'
tty people wait '"status": "running"'
tty people row 'qmpbridge>'
# What doesn't goes to the pager.
tty people send 'query-qmp-schema\r'
tty people wait 'pager: [0-9]+ lines'
tty people row ''
# Ctrl-C is the pager's.
tty people send '\x03'
tty people wait 'pager: interrupted'
# It ends; the prompt is there again and edits.
tty people send 'q\r'
tty people wait 'pager: bye\nqmpbridge>'
tty people send 'query-verXsion\e[D\e[D\e[D\e[D\x7f\r'
tty people wait '"major"'
tty people row 'qmpbridge>'
jq -e 'length > 100' "$T/paged.out" >/dev/null 2>&1 || sed 's/\x1b\[[0-9;]*m//g' "$T/paged.out" |
    jq -e 'length > 100' >/dev/null || fail "the pager got no schema"

# An event that comes meanwhile is taken in, and told when the terminal is free again.
tty people send 'query-qmp-schema\r'
tty people wait 'pager: [0-9]+ lines(.|\n)*pager: [0-9]+ lines'
timeout "$PATIENCE" "$BRIDGE" "$T/other.sock" -c stop </dev/null
wait_for_line "$T/events.log" '"event": "STOP"'
tty people gone STOP
tty people send 'q\r'
tty people wait 'pager: bye\n[0-9:.]+ STOP\nqmpbridge>'
tty people send 'quit\r'
tty people end 0
close_terminal people

# Off: what is longer than the screen is printed.
PAGER='cat' open_terminal off 80 24 "$BRIDGE" "$T/qmp.sock"
tty off send 'query-commands\r'
tty off wait '\n *\]\n+qmpbridge>'
tty off send '\x04'
tty off end 0
close_terminal off

"$BRIDGE" "$T/qmp.sock" -c '{"execute": "quit"}' </dev/null >/dev/null || :
monitor_ended "$monitor"

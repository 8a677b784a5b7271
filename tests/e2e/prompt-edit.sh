#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# emulators: 11.1 10.0 7.2
#
# The prompt on a terminal whose screen is looked at: events come above a half-typed line and leave
# it as it is, also where it is wrapped or searched in; entries have several lines; what is pasted
# is executed in order; history is kept across sessions that run at the same time.

# shellcheck source=tests/lib/functions.sh
. "${QMPBRIDGE_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}/tests/lib/functions.sh"
# shellcheck source=tests/lib/terminal.sh
. "$LIB/terminal.sh"
[ -x "$BRIDGE" ] || skip "qmpbridge is not built"
requires_terminal
export XDG_STATE_HOME=$T/state
start_monitor vm -name tested -qmp "unix:$T/other.sock,server=on,wait=off" \
    -qmp "unix:$T/narrow.sock,server=on,wait=off"

# event NAME: stop and cont, as another client of the VM.
event() {
    timeout "$PATIENCE" "$BRIDGE" "$T/other.sock" -c "$1" </dev/null >"$T/other.out"
}

open_terminal a 60 20 "$BRIDGE" "$T/vm.sock"
tty a wait '^qmpbridge>$'

# A half-typed line, the cursor in its middle.
tty a send 'query-xstatus\e[D\e[D\e[D\e[D\e[D\e[D'
tty a row 'qmpbridge> query-xstatus'
event stop
tty a wait 'STOP'
tty a row 'qmpbridge> query-xstatus'
tty a send '\x7f\r' # the cursor is behind the x
tty a wait 'paused'

# A line that takes several rows, on a narrow terminal.
open_terminal narrow 24 20 "$BRIDGE" "$T/narrow.sock"
tty narrow wait '^qmpbridge>$'
tty narrow send 'human-monitor-command command-line="info version"'
tty narrow wait '^qmpbridge> human-monitor\n-command command-line="i\nnfo version"$'
event cont
tty narrow wait 'RESUME\nqmpbridge> human-monitor\n-command command-line="i\nnfo version"$'
tty narrow send '\r'
tty narrow wait "^$QEMU_LABEL"
tty narrow row 'qmpbridge>'
tty narrow send '\x04'
tty narrow end 0
close_terminal narrow
tty a wait 'RESUME'

# While history is searched.
tty a row 'qmpbridge>'
tty a send '\x12query-st'
tty a row ".*i-search.*query-st': query-status"
event stop
tty a wait 'STOP(.|\n)*i-search'
tty a row ".*i-search.*query-st': query-status"
tty a send '\r'
tty a wait '"paused"'

# Below a list of candidates.
tty a send 'query-stats\t\t'
tty a wait '^query-stats +query-stats-schemas'
event cont
tty a wait 'schemas(.|\n)*RESUME'
tty a row 'qmpbridge> query-stats'
tty a send '\x03'
tty a wait 'query-stats\^C\nqmpbridge>$'

# An entry of several lines, given up; and one that is executed, and comes back as a whole.
tty a send '{"execute":\r'
tty a row '\.\.\.\.\.\.>'
tty a send '"x'
event stop
tty a wait 'STOP'
tty a row '\.\.\.\.\.\.> "x'
tty a send '\x03'
tty a row 'qmpbridge>'
tty a send '{"execute":\r"query-name"}\r'
tty a wait '> "query-name"}\n.*tested'
tty a row 'qmpbridge>'
tty a send '\x10'
tty a wait 'qmpbridge> \{"execute":\n"query-name"\}$'
tty a send '\x03'
tty a row 'qmpbridge>'

# Pasted lines, one of them half of an entry.
tty a send '\x0c\e[200~query-version\nqmp query-name\n{"execute":\n"query-kvm"}\e[201~\r'
tty a wait '"micro"(.|\n)*tested(.|\n)*"present"'
tty a row 'qmpbridge>'

# Two shells at the same time: what both wrote is there afterwards.
start_monitor second
open_terminal b 60 20 "$BRIDGE" "$T/second.sock"
tty b wait '^qmpbridge>$'
tty b send 'query-target\r'
tty b wait 'x86_64'
tty a send 'query-uuid\r'
tty a wait 'UUID'
tty b row 'qmpbridge>'
tty b send '\x04'
tty b end 0
tty a row 'qmpbridge>'
tty a send '\x04'
tty a end 0
close_terminal a
close_terminal b
expect_equal "$(stat -c %a "$XDG_STATE_HOME/qmpbridge/history")" 600 "mode of the history"

open_terminal c 60 20 "$BRIDGE" "$T/vm.sock"
tty c wait '^qmpbridge>$'
tty c send '\x12query-tar'
tty c row ".*i-search.*: query-target"
tty c send '\r'
tty c wait 'x86_64'
tty c row 'qmpbridge>'
tty c send '\x12query-uu\r'
tty c wait 'UUID'
tty c row 'qmpbridge>'
tty c send '\x12"exec'
tty c wait ': \{"execute":'
tty c send '\x03'
tty c row 'qmpbridge>'
tty c send 'quit\r'
tty c end 0
close_terminal c

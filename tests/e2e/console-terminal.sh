#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# emulators: 11.1
#
# A terminal on the guest's console: each key goes to the guest, but for the escape key; the
# terminal is given back as it was, whatever ends or stops the console.

# shellcheck source=tests/lib/functions.sh
. "${QMPBRIDGE_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}/tests/lib/functions.sh"
# shellcheck source=tests/lib/terminal.sh
. "$LIB/terminal.sh"
requires_bridge
requires_terminal
make_guest <<'END'
exec </dev/console
echo "guest: ready"
while read -r line; do
    echo "guest: read $line."
    [ "$line" != over ] || break
done
END

# What the terminal runs: the command, whose process is noted, and what became of the terminal. That
# goes to the screen, from a terminal that isn't raw any more.
cat >"$T/watched" <<'END'
#!/bin/bash
note=$1
shift
ulimit -c 0
before=$(stty -g)
bash -c 'echo $$ >"$0"; exec "$@"' "$note" "$@"
status=$?
after=$(stty -g)
[ "$after" = "$before" ] || stty sane
echo
echo "status $status, terminal $([ "$after" = "$before" ] && echo 'as before' || echo changed)"
END
chmod +x "$T/watched"

# watch NAME WORDS...: `qmpbridge WORDS` on a terminal.
watch() {
    local name=$1
    shift
    open_terminal "$name" 100 30 "$T/watched" "$T/$name.pid" "$BRIDGE" "$@"
}

# over NAME STATUS
over() {
    tty "$1" wait "status $2, terminal as before"
    close_terminal "$1"
}

start_bridge --dry-run
wait_for_line "$T/console.log" 'guest: ready'

# Keys, also those that mean something to a terminal; help, the escape key itself, the way out.
watch keys console "$SOCKET"
tty keys wait 'Ctrl-\] q leaves'
tty keys wait 'guest: ready'
tty keys send 'hello\r'
tty keys wait 'guest: read hello\.'
tty keys send '\x03'
tty keys wait '\^C' # what the guest's terminal shows of it
tty keys send '\x1d?'
tty keys wait 'Ctrl-\] Ctrl-\] types'
tty keys send '\x1d\x1d\r'
tty keys send '\x1dq'
over keys 0

# Another key; and what ends it from outside.
for signal in TERM:1 HUP:1 INT:0 QUIT:131 SEGV:139; do
    name=${signal%:*}
    watch "$name" console --escape '^T' "$SOCKET"
    tty "$name" wait 'Ctrl-T q leaves'
    tty "$name" send "$name\\r"
    tty "$name" wait "guest: read $name\\."
    kill -"$name" "$(cat "$T/$name.pid")"
    over "$name" "${signal#*:}"
done

# Stopped and let go on: the shell has its terminal meanwhile.
watch stopped console "$SOCKET"
tty stopped wait 'Ctrl-\] q leaves'
process=$(cat "$T/stopped.pid")
kill -TSTP "$process"
until [[ $(ps -o state= -p "$process") == T* ]]; do
    [ "$SECONDS" -lt $((PATIENCE * 10)) ] || fail "SIGTSTP doesn't stop the console"
done
tty stopped send 'cooked?\r'
tty stopped wait 'cooked\?'
kill -CONT "$process"
tty stopped send 'again\r'
tty stopped wait 'guest: read .*again\.'
tty stopped send '\x1d.'
over stopped 0

# The bridge is killed.
watch killed console "$SOCKET"
tty killed wait 'Ctrl-\] q leaves'
kill -KILL "$BRIDGE_PID"
over killed 4

# `run` has the terminal, too: its prompt is the guest's. The guest's end ends it, and so does q.
mapfile -t options < <(bridge_options)
rm -f "$EVENTS"
watch stdio run "${options[@]}" --dry-run --console stdio
tty stdio wait 'guest: ready'
tty stdio send 'over\r'
tty stdio wait 'guest: read over\.'
tty stdio wait 'guest: script ends'
over stdio 0
watch left run "${options[@]}" --dry-run --console stdio --escape '^X'
tty left wait 'guest: ready'
tty left send '\x18q'
over left 0

# A VM without console input.
start_bridge --dry-run --console none
wait_for_line "$T/console.log" 'guest: ready'
"$BRIDGE" console "$SOCKET" >"$T/reader.out" 2>"$T/reader.err" </dev/null &
reader=$!
wait_for_line "$T/reader.out" 'guest: ready'
wait_for_line "$T/reader.err" 'nothing can be typed here'
kill -INT "$reader"
wait_for_end "$reader"
expect_equal "$STATUS" 0 'status of a reader that SIGINT ends'

#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# emulators: 11.1 10.0
#
# The guest's console: what is pasted at full speed while it is recorded arrives whole, and replay
# identically; one client types, others read, and may take over; what can't be is said in a line.

# shellcheck source=tests/lib/functions.sh
. "${QMPBRIDGE_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}/tests/lib/functions.sh"
requires_bridge
LINES_PASTED=${QMPBRIDGE_PASTE:-208} # of 77 bytes: in lines, as a terminal of the guest takes them
NAME=pasted-into-the-console-at-any-speed # more than goes into a directory's name
SIZE=$((LINES_PASTED * 77))
make_guest <<END
exec </dev/console
stty -echo
echo "guest: ready"
recctrlu run paste -- sh -c 'head -c $SIZE | sha256sum | sed "s/^/guest: got /"'
stty echo
echo "guest: lines"
while read -r line; do
    echo "guest: read \$line."
    [ "\$line" != over ] || break
done
END
# A guest without ticks gets input at its next timer only.
start_bridge --name "$NAME" --append 'console=ttyS0 quiet panic=-1 nohz=off'
wait_for_line "$T/console.log" 'guest: ready'
wait_for_event RECORD_BEGIN

console() {
    timeout $((PATIENCE * 2)) "$BRIDGE" console "$@"
}

# refused STATUS REGEX WORDS...: one clear line.
refused() {
    local status=$1 regex=$2
    shift 2
    expect_status "$status" "$BRIDGE" console "$@"
    one_clear_line "$T/last.err" "$regex"
}

# Nothing is lost at any speed of pasting. The input is a pipe, whose end ends it.
head -c $((LINES_PASTED * 57)) /dev/urandom | base64 -w 76 >"$T/paste"
started=$(date +%s%N)
console "$SOCKET" <"$T/paste" >"$T/typed.out" 2>"$T/typed.err"
echo "# $SIZE bytes in $((($(date +%s%N) - started) / 1000000)) ms"
expect_equal "$(cat "$T/typed.err")" '' 'messages of a pipe'
wait_for_line "$T/console.log" "guest: got $(sha256sum <"$T/paste" | cut -d ' ' -f 1)"
wait_for_event RECORD_END
wait_for_line "$T/console.log" 'guest: lines'

# Several read, one types. A VM has a name, too.
n=0
for vm in "$SOCKET" "$NAME" "$NAME"; do
    n=$((n + 1))
    console --read-only "$vm" >"$T/reader-$n.out" 2>&1 </dev/null &
    on_exit end_process $!
done
mkfifo "$T/keys"
"$BRIDGE" console --stay "$SOCKET" <"$T/keys" >"$T/writer.out" 2>"$T/writer.err" &
writer=$!
exec 5>"$T/keys"
printf 'one\n' >&5
wait_for_line "$T/writer.out" 'guest: read one\.'
refused 9 'another client types.*--take' "$SOCKET"
mkfifo "$T/taken"
"$BRIDGE" console --take --stay "$SOCKET" <"$T/taken" >"$T/taker.out" 2>&1 &
taker=$!
exec 6>"$T/taken"
printf 'two\n' >&6
wait_for_line "$T/taker.out" 'guest: read two\.'
printf 'three\n' >&5
wait_for_line "$T/writer.err" 'another client types.*reading on'
for n in 1 2 3; do
    wait_for_line "$T/reader-$n.out" 'guest: read one\.'
    wait_for_line "$T/reader-$n.out" 'guest: read two\.'
done
for process in "$writer" "$taker"; do
    kill -TERM "$process"
    wait_for_end "$process"
    expect_equal "$STATUS" 1 'status of a console that SIGTERM ends'
done
exec 5>&- 6>&-
expect_no_line "$T/console.log" 'guest: read three'

# By QMP, also what is no text.
for data in Zm91cgo= Zml2ZQo=; do
    attach -c "console-write data=$data format=base64" >"$T/qmp.out"
done
wait_for_line "$T/console.log" 'guest: read four\.'
wait_for_line "$T/console.log" 'guest: read five\.'
attach --json -c query-console >"$T/query.out"
expect_equal "$(json .return.writable "$T/query.out")$(json .return.writer "$T/query.out")" truenone
WRONG=$(attach -c 'console-write data=x format=hex' 2>&1 || :)
expect_equal "$(grep -c . <<<"$WRONG")" 3 "$WRONG"

# What isn't there.
refused 1 "no VM is called 'nowhere'" nowhere
refused 4 'No such file|does not exist|no such' "$T/nothing.sock"
refused 2 'console takes one VM'
refused 2 'escape key' --escape ctrl-a "$SOCKET"

# The replay's console is the same, and nothing can be typed there.
attach --json -c 'begin_replay paste_000 paused' >"$T/begin.out"
replay=$(json .return.socket "$T/begin.out")
console "$replay" >"$T/replay.out" 2>"$T/replay.err" </dev/null &
reader=$!
wait_for_line "$T/replay.err" 'reading only'
timeout "$PATIENCE" "$BRIDGE" "$replay" -c 'qmp cont' >"$T/cont.out"
wait_for_line "$T/replay.out" "guest: got $(sha256sum <"$T/paste" | cut -d ' ' -f 1)"
wait_for_end "$reader"
expect_equal "$STATUS" 0 'status of a console of a replay that is over'

# The VM's end is the console's.
printf 'over\n' | console --stay "$SOCKET" >"$T/last-words.out"
expect_line "$T/last-words.out" 'guest: script ends with status 0'
end_of_bridge
expect_recordings paste_000
expect_proven paste_000

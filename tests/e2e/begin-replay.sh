#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# emulators: 11.1 10.0
#
# begin_replay: a replaying VM beside the live one, with a control socket of its own, that ends by
# itself at the recording's end, by end_replay, by quit, with the bridge, and not by a SIGKILL of
# its QEMU, after which it is made again. What would change it, and what can't be replayed, is
# refused.

# shellcheck source=tests/lib/functions.sh
. "${QMPBRIDGE_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}/tests/lib/functions.sh"
requires_bridge

# An emulator that notes the process of each replay.
mkdir "$T/bin"
ln -s "${QEMU%/*}/qemu-img" "$T/bin/qemu-img"
cat >"$T/bin/qemu" <<END_SCRIPT
#!/bin/sh
case "\$*" in *rr=replay*) echo \$\$ >>"$T/starts" ;; esac
exec "$QEMU" "\$@"
END_SCRIPT
chmod +x "$T/bin/qemu"
QEMU=$T/bin/qemu

make_guest <<'END_GUEST'
recctrlu run web -- sh -c 'echo it begins; head -c 300000 /dev/urandom | sha256sum'
echo "guest: recorded"
while :; do idle 1; done
END_GUEST
start_bridge --no-verify
wait_for_line "$T/console.log" 'guest: recorded'
wait_for_event RECORD_END
expect_recordings web_000

# nth N REGEX: waits for the Nth line of the event log that matches; it is in $T/end.out.
nth() {
    followed "$EVENTS" "$PATIENCE" grep -a -m "$1" -E "$2" >"$T/lines.out" ||
        fail "no line number $1 like /$2/ in the event log"
    tail -n 1 "$T/lines.out" >"$T/end.out"
}
ended() {
    nth "$1" '"REPLAY_END"'
}

# begin [WORDS...]: begin_replay of web_000; its socket is $REPLAY.
begin() {
    attach --json -c "begin_replay web_000 $*" >"$T/begin.out"
    REPLAY=$(json .return.socket "$T/begin.out")
    [ -S "$REPLAY" ] || fail "there is no socket '$REPLAY'"
}

in_replay() {
    timeout "$PATIENCE" "$BRIDGE" "$REPLAY" "$@" </dev/null
}

icount() {
    in_replay --json -c 'qmp query-replay' >"$T/icount.out"
    json .return.icount "$T/icount.out"
}

# refused SOCKET COMMAND: an error with $WHY.
refused() {
    expect_status 1 "$BRIDGE" "$1" -c "$2"
    expect_line "$T/last.err" "$WHY"
}

# To its end, which is compared. The live VM goes on, and can be recorded meanwhile.
begin
attach -c 'begin_record meanwhile' -c end_record >"$T/meanwhile.out"
ended 1
expect_line "$T/end.out" '"file_name" *: *"web_000"'
expect_line "$T/end.out" '"reason" *: *"finished"'
expect_line "$T/end.out" '"result" *: *"identical"'
expect_line "$EVENTS" '"REPLAY_BEGIN".*"socket" *:'
[ ! -e "$REPLAY" ] || fail "the socket of a replay that is over is left"
expect_equal "$(about web_000 .verdict)" none 'verdict that is kept'

# `replay` in a shell that is attached and has the bridge's store: the bridge replays it beside the
# live VM, the shell shows the console and the verdict.
played=$(grep -ac '"REPLAY_BEGIN"' "$EVENTS")
timeout "$PATIENCE" "$BRIDGE" --store "$STORE" "$SOCKET" -c 'replay web_000' \
    </dev/null >"$T/replay.out"
expect_line "$T/replay.out" 'it begins'
expect_line "$T/replay.out" 'identical'
ended 2
expect_line "$T/end.out" '"result" *: *"identical"'
expect_equal "$(grep -ac '"REPLAY_BEGIN"' "$EVENTS")" $((played + 1)) 'replays of the bridge'
# With another store it is the shell that replays: there is no such recording in it.
mkdir "$T/other"
expect_status 1 "$BRIDGE" --store "$T/other" "$SOCKET" -c 'replay web_000'
expect_line "$T/last.err" 'no recording'

# It waits at the beginning, goes forth and back, and shows what is asked of it.
begin paused
first=$(json '.return["begin-icount"]' "$T/begin.out")
last=$(json '.return["end-icount"]' "$T/begin.out")
middle=$(((first + last) / 2))
expect_equal "$(icount)" "$first" 'instruction at the beginning'
for target in $middle $((first + 1000)) $((middle + 1000)); do
    in_replay -c "qmp replay-seek icount=$target" -c 'wait STOP' >"$T/seek.out"
    expect_equal "$(icount)" "$target" 'instruction that was sought'
    in_replay -c 'hmp info registers' >"$T/registers-$target.out"
    expect_line "$T/registers-$target.out" RIP
done
in_replay -c "qmp replay-seek icount=$middle" -c 'wait STOP' >"$T/seek.out"
in_replay -c 'hmp info registers' >"$T/again.out"
cmp "$T/again.out" "$T/registers-$middle.out" || fail "another state at the same instruction"
WHY='follows its recording'
refused "$REPLAY" 'qmp system_reset'
refused "$REPLAY" 'qmp device_add driver=virtio-rng-pci'
refused "$REPLAY" 'hmp savevm x'
refused "$REPLAY" 'begin_record x'
WHY='has the instructions'
refused "$REPLAY" "qmp replay-seek icount=$((last + 1))"
WHY='is being replayed already'
refused "$SOCKET" 'begin_replay web_000'
in_replay -c 'qmp query-commands' -c 'qmp cont' >"$T/cont.out"
ended 3
expect_line "$T/end.out" '"result" *: *"identical"'

# Ended early, from either socket; the reply comes when it is over.
begin paused
attach --json -c end_replay >"$T/end_replay.out"
expect_equal "$(json .return.reason "$T/end_replay.out")" requested
[ ! -e "$REPLAY" ] || fail "the socket of a replay that was ended is left"
WHY='nothing is being replayed'
refused "$SOCKET" end_replay
WHY="isn't being replayed"
refused "$SOCKET" 'end_replay web_000'
begin paused
in_replay -c 'qmp quit' >"$T/quit.out" || :
ended 5
expect_line "$T/end.out" '"reason" *: *"requested"'
expect_no_line "$T/end.out" '"result"'

# Its QEMU is killed: it is made again.
begin paused
kill -KILL "$(tail -n 1 "$T/starts")"
nth 1 "\"REPLAY_BEGIN\".*\"$REPLAY\".*\"attempt\" *: *2" # others had attempts of their own
in_replay -c 'qmp cont' >"$T/cont.out"
ended 6
expect_line "$T/end.out" '"result" *: *"identical"'

# What can't be replayed, and why.
WHY='begins with a dot'
refused "$SOCKET" 'begin_replay ../web_000'
WHY='no recording'
refused "$SOCKET" 'begin_replay none'
attach -c 'begin_record live' >"$T/live.out"
live=$(incomplete)
WHY='still being recorded'
refused "$SOCKET" "begin_replay $live"
attach -c 'end_record discard' >"$T/live.out"
mkdir "$STORE/.half.incomplete"
WHY='is incomplete'
refused "$SOCKET" 'begin_replay half'
rmdir "$STORE/.half.incomplete"
cp -r --sparse=always "$STORE/web_000" "$STORE/foreign"
jq '.machine.append = "changed"' "$STORE/web_000/recording.json" >"$STORE/foreign/recording.json"
WHY='trust-paths'
refused "$SOCKET" 'begin_replay foreign'

# The bridge ends while it runs.
begin paused
replaying=$(tail -n 1 "$T/starts")
attach -c 'qmp quit' >"$T/quit.out" || :
end_of_bridge
timeout "$PATIENCE" tail --pid="$replaying" -f /dev/null || fail "the replay outlives the bridge"
expect_line "$EVENTS" '"REPLAY_END".*"shutdown"'
expect_equal "$(find "$STORE" -maxdepth 1 -name '.scratch-*')" '' 'scratch that is left'
expect_equal "$(find "$XDG_RUNTIME_DIR" -name '*.sock')" '' 'sockets that are left'

# Where there is no store.
start_bridge --dry-run
WHY='dry run'
refused "$SOCKET" 'begin_replay web_000'
kill -TERM "$BRIDGE_PID"
end_of_bridge

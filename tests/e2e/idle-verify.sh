#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# emulators: 11.1
#
# A recording whose bridge is killed before its proof is proved by the next `run` on the store,
# while it is idle: with low priority, dropped for a recording that begins, made again after that
# one's own proof, and never waited for at the end.

# shellcheck source=tests/lib/functions.sh
. "${QMPBRIDGE_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}/tests/lib/functions.sh"
requires_bridge

# An emulator that notes each replay's process, and stands still in it while $T/hold is there. Else
# it gets its share of a busy machine, where that may be had: the test waits for it.
mkdir "$T/bin"
ln -s "${QEMU%/*}/qemu-img" "$T/bin/qemu-img"
cat >"$T/bin/qemu" <<END_SCRIPT
#!/bin/sh
case "\$*" in *rr=replay*)
    echo \$\$ >>"$T/starts"
    [ ! -e "$T/hold" ] || exec tail -f /dev/null
    renice -n 0 -p \$\$ >/dev/null 2>&1 ;;
esac
exec "$QEMU" "\$@"
END_SCRIPT
chmod +x "$T/bin/qemu"
QEMU=$T/bin/qemu

# begin_held_run: a bridge whose first replay stands still; it is process $HELD.
begin_held_run() {
    : >"$T/starts"
    touch "$T/hold"
    start_bridge "${again[@]}"
    wait_for_line "$T/starts" '^[0-9]+$'
    HELD=$(head -n 1 "$T/starts")
}

held_is_gone() {
    timeout "$PATIENCE" tail --pid="$HELD" -f /dev/null || fail "the dropped replay still runs"
}

# A recording's initrd stays as it is: one guest for all runs, which records by itself in the first.
make_guest <<'END_GUEST'
grep -q test.again /proc/cmdline ||
    recctrlu run old -- sh -c 'head -c 100000 /dev/urandom | sha256sum'
echo "guest: working"
while :; do idle 1; done
END_GUEST
again=(--append 'console=ttyS0 quiet panic=-1 test.again=1')
touch "$T/hold"
start_bridge
wait_for_event RECORD_END
kill -KILL "$BRIDGE_PID"
wait_for_end "$BRIDGE_PID"
expect_recordings old_000
expect_equal "$(about old_000 .verdict)" none

# Dropped for a recording, and made after the proof of that one.
begin_held_run
expect_equal "$(ps -o ni= -p "$HELD" | tr -d ' ')" 19 "niceness of the replay"
wait_for_line "$T/console.log" 'guest: working'
attach -c 'begin_record new' >"$T/begin.out"
held_is_gone
expect_no_line "$EVENTS" RECORD_VERIFIED
expect_equal "$(wc -l <"$T/starts")" 1 "replays until then"
rm "$T/hold"
attach -c end_record >"$T/end.out"
wait_for_event RECORD_VERIFIED "$PATIENCE" old_000
new=$(recordings | grep '^new')
expect_proven "$new"
expect_proven old_000
expect_line "$EVENTS" 'RECORD_VERIFIED.*old_000.*"backlog" *: *true'
expect_no_line "$EVENTS" "RECORD_VERIFIED.*$new.*backlog"
expect_equal "$(grep -o 'RECORD_VERIFIED.*' "$EVENTS" | grep -oE 'old|new' | tr '\n' ' ')" \
    'new old ' "order of the verdicts"
kill -TERM "$BRIDGE_PID"
end_of_bridge

# The end doesn't wait for it, and the verdict stays what it was.
jq '.verdict = "failed"' "$STORE/old_000/recording.json" >"$T/edited.json"
cp "$T/edited.json" "$STORE/old_000/recording.json"
begin_held_run
kill -TERM "$BRIDGE_PID"
end_of_bridge
held_is_gone
expect_equal "$(about old_000 .verdict)" failed
expect_equal "$(find "$STORE" -maxdepth 1 -name '.scratch-*')" '' 'scratch that is left'

# Nor is it made where it isn't wanted.
rm "$T/hold"
mapfile -t options < <(bridge_options)
rm -f "$EVENTS"
expect_status 0 "$BRIDGE" run "${options[@]}" "${again[@]}" --no-idle-verify \
    -c 'begin_record last' -c end_record -c 'wait RECORD_VERIFIED' -c quit
expect_no_line "$EVENTS" 'RECORD_VERIFIED.*old_000'
expect_equal "$(about old_000 .verdict)" failed

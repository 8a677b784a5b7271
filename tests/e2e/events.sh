#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# emulators: 11.1 10.0 7.2
#
# Events: shown as they come, filtered, and waited for, by name, by pattern and by what they carry.

# shellcheck source=tests/lib/functions.sh
. "${QMPBRIDGE_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}/tests/lib/functions.sh"
[ -x "$BRIDGE" ] || skip "qmpbridge is not built"
requires jq jq
start_monitor qmp
monitor=$MONITOR_PID

shell() {
    timeout "$PATIENCE" "$BRIDGE" "$T/qmp.sock" "$@" </dev/null
}

# names FILE: of the events in it, in their order.
names() {
    jq -r 'select(.event) | .event' "$1" | tr '\n' ' '
}

# Machines get all of them, as they came; a filter counts from where it stands.
shell --json -c stop -c cont >"$T/all.out"
expect_equal "$(names "$T/all.out")" 'STOP RESUME '
expect_line "$T/all.out" '^\{"timestamp": .*"event": "STOP"\}$'
shell --json -c 'events only RES*' -c stop -c cont -c 'events on' -c stop -c 'events off' -c cont \
    -c 'events except stop|x' -c stop -c cont -c events >"$T/some.out"
expect_equal "$(names "$T/some.out")" 'RESUME STOP RESUME '
expect_equal "$(tail -n 1 "$T/some.out" | jq -c .return)" \
    '{"mode":"except","patterns":["STOP","X"]}'

# Scripts for people have none, unless they ask.
shell -c stop -c cont -c events >"$T/none.out"
expect_equal "$(cat "$T/none.out")" 'events: off'
shell -c 'events only STOP' -c stop -c cont -c events >"$T/stop.out"
expect_equal "$(sed -E 's/^[0-9:.]+ //' "$T/stop.out" | tr '\n' '|')" 'STOP|events: only STOP|'
expect_status 1 "$BRIDGE" "$T/qmp.sock" -c 'events sometimes'
one_clear_line "$T/last.err" "'sometimes' is not expected here"

# What is waited for is printed, whatever the filter says.
shell -c 'events off' -c stop -c 'wait STOP timeout 5' >"$T/wait.out"
expect_equal "$(sed -E 's/^[0-9:.]+ //' "$T/wait.out")" STOP
shell --return-value -c cont -c 'wait resume 5' >"$T/wait.out"
expect_equal "$(sed -n 2p "$T/wait.out" | jq -r .event)" RESUME
expect_equal "$(wc -l <"$T/wait.out")" 2
shell --json -c stop -c cont -c 'wait RESUME' >"$T/wait.out"
expect_equal "$(names "$T/wait.out")" 'STOP RESUME '

# Names, patterns, members; what came before the last match is gone.
shell --return-value -c stop -c cont -c 'wait RESUME|STOP 5' -c 'wait R?SUME* 5' >"$T/wait.out"
expect_equal "$(names "$T/wait.out")" 'STOP RESUME '
# A job of QEMU's goes through its states; the object has a string and the event names it.
shell -c '{"execute": "blockdev-add", "arguments": {"driver": "null-co", "node-name": "d",
    "size": 65536}}' 2>"$T/add.err" >/dev/null || fail "no block device: $(cat "$T/add.err")"
shell -c '{"execute": "blockdev-add", "arguments": {"driver": "null-co", "node-name": "e",
    "size": 65536}}' >/dev/null
shell --return-value -c '{"execute": "blockdev-backup", "arguments": {"job-id": "j", "device": "d",
    "target": "e", "sync": "full"}}' \
    -c 'wait JOB_STATUS_CHANGE match id=j status=concluded timeout 30' \
    -c 'wait JOB_* match data.id=j status=running 0.1' \
    >"$T/job.out" 2>"$T/job.err" && fail "what came before the last match was found"
expect_equal "$(sed -n 2p "$T/job.out" | jq -r '.data | .id + .status')" jconcluded

# A time-out has a code of its own.
expect_status 8 "$BRIDGE" "$T/qmp.sock" -c 'wait STOP timeout 0.1'
one_clear_line "$T/last.err" 'STOP did not come'
expect_status 8 "$BRIDGE" "$T/qmp.sock" -c stop -c cont -c 'wait STOP match a=b timeout 0.1'
expect_status 8 "$BRIDGE" --timeout 0.5 "$T/qmp.sock" -c 'wait STOP'
expect_status 1 "$BRIDGE" "$T/qmp.sock" -c 'wait NO_SUCH_EVENT 1'
one_clear_line "$T/last.err" "there is no event 'NO_SUCH_EVENT'"
expect_status 1 "$BRIDGE" "$T/qmp.sock" -c 'wait NO_SUCH_*|STOP 1'
expect_status 1 "$BRIDGE" "$T/qmp.sock" -c 'wait STOP match a'
one_clear_line "$T/last.err" "'a' is not KEY=VALUE"

shell -c '{"execute": "quit"}' -c 'wait end timeout 30' >/dev/null ||
    fail "the end did not come"
monitor_ended "$monitor"

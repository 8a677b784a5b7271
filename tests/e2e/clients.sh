#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# emulators: 11.1 10.0
#
# Several clients at the control socket at once: each gets its own answers, all get the events,
# the emulator's own commands pass through, and people can record from outside.

# shellcheck source=tests/lib/functions.sh
. "${QMPBRIDGE_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}/tests/lib/functions.sh"
requires_bridge
make_guest <<'END'
echo "guest: working"
while :; do head -c 100000 /dev/urandom | sha256sum >/dev/null; idle 0.1; done
END
start_bridge --no-verify
wait_for_line "$T/console.log" 'guest: working'

"$BRIDGE" "$SOCKET" -c "wait RECORD_END $PATIENCE" >"$T/watcher.out" 2>&1 </dev/null &
watcher=$!
attach --json -c query-status >"$T/status.out"
expect_line "$T/status.out" '"status" *: *"running"'
attach -c 'begin_record file_name=outside' >"$T/begin.out"
expect_line "$T/begin.out" outside
attach --json -c query-record >"$T/query.out"
expect_line "$T/query.out" '"state" *: *"on"'
attach -c 'record-mark text="a mark from outside"'

# Recording once more while one is on is an error, and changes nothing.
status=0
attach -c 'begin_record file_name=second' >"$T/second.out" 2>&1 || status=$?
expect_equal $status 1
attach -c end_record >"$T/end.out"
wait_for_end $watcher
expect_equal "$STATUS" 0 'status of the client that waited'
expect_line "$T/watcher.out" RECORD_END
expect_recordings outside
expect_equal "$(jq -r .text "$STORE/outside/marks.jsonl")" 'a mark from outside'
expect_equal "$("${IN_STORE[@]}" --json show outside | jq -r '.return.marks[].text')" \
    'a mark from outside'

# What is discarded leaves nothing.
attach -c 'begin_record file_name=discarded' -c 'end_record discard=true'
expect_recordings outside

# Many at once.
pids=()
for _ in 1 2 3 4 5 6 7 8; do
    attach --json -c query-commands >>"$T/commands.out" &
    pids+=($!)
done
for pid in "${pids[@]}"; do wait_for_end "$pid"; expect_equal "$STATUS" 0; done
expect_equal "$(grep -o '"begin_record"' "$T/commands.out" | wc -l)" 8

attach -c 'qmp quit' || :
end_of_bridge
expect_verified outside

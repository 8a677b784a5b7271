#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# emulators: 11.1
#
# Scripts: commands from a file or from -c, in order; the first failure ends the script with a
# status that says what kind it was and a line that says where.

# shellcheck source=tests/lib/functions.sh
. "${QMPBRIDGE_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}/tests/lib/functions.sh"
requires_bridge
make_guest <<'END'
echo "guest: waiting"
idle 600
END
start_bridge --no-verify
wait_for_line "$T/console.log" 'guest: waiting'

cat >"$T/good.script" <<'END'
# a comment, and an empty line

query-status
begin_record file_name=scripted
{"execute": "query-record"}
end_record
END
attach "$T/good.script" >"$T/good.out"
expect_line "$T/good.out" running
expect_recordings scripted

printf '%s\n' query-status no-such-command query-version >"$T/bad.script"
expect_status 1 "$BRIDGE" "$SOCKET" "$T/bad.script"
expect_line "$T/last.err" 'bad.script:2|line 2'
expect_line "$T/last.err" 'no-such-command'
expect_no_line "$T/last.out" 'qemu.*micro'

# status COMMAND...: each -c by itself
expect_status 0 "$BRIDGE" "$SOCKET" -c query-status -c query-name
expect_status 1 "$BRIDGE" "$SOCKET" -c end_record
expect_status 1 "$BRIDGE" "$SOCKET" -c '{"execute": "no-such"}'
expect_status 1 "$BRIDGE" "$SOCKET" -c 'wait NOTHING 1'
expect_status 0 "$BRIDGE" "$SOCKET" -c quit
expect_status 2 "$BRIDGE" "$SOCKET" "$T/no-such.script"
one_clear_line "$T/last.err" 'no-such.script'

# Standard input that isn't a terminal is a script too.
printf 'query-status\n' | timeout "$PATIENCE" "$BRIDGE" "$SOCKET" >"$T/piped.out"
expect_line "$T/piped.out" running
attach -c 'qmp quit' || :
end_of_bridge

#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# emulators: 11.1 10.0
#
# SIGTERM while clients keep recordings coming: what is under way is ended and whole, what is
# queued or comes later is refused, and the bridge ends. A begin that is queued when its client
# leaves never happens.

# shellcheck source=tests/lib/functions.sh
. "${QMPBRIDGE_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}/tests/lib/functions.sh"
requires_bridge
requires python3 python3
make_guest <<'END'
echo "guest: working"
while :; do head -c 100000 /dev/urandom | sha256sum >/dev/null; idle 0.1; done
END
start_bridge --no-verify
wait_for_line "$T/console.log" 'guest: working'

# flood NAME TIMES: the commands of a client that records one after the other.
flood() {
    local i
    echo '{"execute": "qmp_capabilities"}'
    for ((i = 0; i < $2; i++)); do
        printf '{"execute": "begin_record", "arguments": {"file_name": "%s"}, "id": "begin"}\n' "$1"
        echo '{"execute": "end_record", "id": "finish"}'
    done
}

# Of the one that leaves only the first command can be queued: the next one waits for its answer.
flood stays 40 >"$T/stays"
flood leaves 1 >"$T/leaves"
python3 -u "$LIB/raw-client" "$SOCKET" ask <"$T/stays" >"$T/stays.out" &
stays=$!
on_exit end_process "$stays"
wait_for_event RECORD_BEGIN
for ((i = 0; i < 10; i++)); do
    python3 "$LIB/raw-client" "$SOCKET" leave <"$T/leaves"
done
python3 -u "$LIB/raw-client" "$SOCKET" ask <"$T/leaves" >"$T/other.out" &
other=$!
on_exit end_process "$other"
wait_for_line "$EVENTS" 'RECORD_BEGIN.*stays_002'
kill -TERM "$BRIDGE_PID"
end_of_bridge
wait_for_end "$stays"

sed -n '/qmpbridge is ending/,$p' "$EVENTS" >"$T/after"
begins=$(grep -c '"RECORD_BEGIN"' "$T/after" || :)
[ "$begins" -le 1 ] || fail "$begins recordings began after SIGTERM"
expect_equal "$(grep -c '"RECORD_END"' "$EVENTS")" "$(grep -c '"RECORD_BEGIN"' "$EVENTS")" \
    "ends, one for each begin"
expect_line "$T/stays.out" 'qmpbridge is ending: nothing is recorded any more'
expect_equal "$(incomplete)" "" "incomplete recordings"
expect_equal "$(recordings | wc -l)" "$(grep -c '"RECORD_BEGIN"' "$EVENTS")" \
    "recordings, each of which has begun"
last=$(recordings | tail -n 1)
expect_verified "$last"

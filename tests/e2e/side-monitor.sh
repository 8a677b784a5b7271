#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# emulators: 11.1 10.0
#
# A second native monitor, which QEMU >= 11.1 makes at run time, serves what takes long: a recording
# begins while a client has many commands of that kind pending, and is answered before them. Older
# ones do without. Recordings are exact either way.

# shellcheck source=tests/lib/functions.sh
. "${QMPBRIDGE_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}/tests/lib/functions.sh"
requires_bridge
requires python3 python3
make_guest <<'END'
echo "guest: working"
while :; do head -c 100000 /dev/urandom | sha256sum >/dev/null; idle 0.1; done
END
start_bridge
wait_for_line "$T/console.log" 'guest: working'

attach --json -c query-chardev >"$T/chardevs"
attach --json --return-value -c query-qmp-schema >"$T/schema"
expect_line "$T/schema" '"name": *"begin_record"'

# Replies of both clients go into one file, each line by one write: their order is the outcome.
{
    echo '{"execute": "qmp_capabilities"}'
    for ((i = 1; i <= 8; i++)); do
        printf '{"execute": "pmemsave", "id": "save-%d", "arguments": %s}\n' "$i" \
            "{\"val\": 0, \"size\": 134217728, \"filename\": \"$T/ram\"}"
    done
} >"$T/commands"
python3 -u "$LIB/raw-client" "$SOCKET" ask <"$T/commands" >>"$T/replies" 2>"$T/client.err" &
client=$!
on_exit end_process "$client"
wait_for_line "$EVENTS" 'executes pmemsave'
attach --json -c 'begin_record file_name=beside' >>"$T/replies"
wait_for_end "$client"
expect_equal "$STATUS" 0 'status of the client with many commands'
attach -c end_record
cat "$T/replies"
expect_equal "$(grep -c '"id": "save-[1-8]"' "$T/replies")" 8 'replies to pmemsave'
expect_no_line "$T/replies" '"error"'
expect_equal "$(stat -c %s "$T/ram")" 134217728

# In their order among themselves, whichever monitor they went to.
expect_equal "$(grep -o 'save-[1-8]' "$T/replies" | tr '\n' ' ')" \
    "$(printf 'save-%d ' 1 2 3 4 5 6 7 8)" 'order of replies'

case $QEMU_LABEL in
11.1)
    expect_line "$EVENTS" 'a second monitor, qmpbridge-side, serves what takes long'
    expect_line "$EVENTS" "query-qmp-schema goes to the second monitor"
    expect_line "$EVENTS" "pmemsave goes to the second monitor"
    expect_line "$T/chardevs" '"label": *"qmpbridge-side"'
    begin=$(grep -n '"command": "begin_record"' "$T/replies" | cut -d: -f1)
    last=$(grep -n '"id": "save-8"' "$T/replies" | cut -d: -f1)
    [ "$begin" -lt "$last" ] || fail "begin_record was answered behind the last pmemsave"
    ;;
*)
    expect_no_line "$EVENTS" 'second monitor'
    expect_no_line "$T/chardevs" qmpbridge-side
    ;;
esac

attach -c 'qmp quit' || :
end_of_bridge
expect_recordings beside
expect_proven beside
[ ! -e "$SOCKET" ] || fail "the control socket is still there"

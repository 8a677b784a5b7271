#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# emulators: 11.1 10.0
#
# Recordings of a guest that mostly waits: its timers are all that happens.

# shellcheck source=tests/lib/functions.sh
. "${QMPBRIDGE_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}/tests/lib/functions.sh"
requires_bridge
make_guest <<'END'
i=0
while :; do
    i=$((i + 1))
    echo "guest: tick $i"
    idle 0.2
done
END
names=(idle idle_001)
start_bridge
wait_for_line "$T/console.log" 'guest: tick 3'
for name in "${names[@]}"; do
    attach -c 'begin_record file_name=idle'
    last=$(grep -ao 'tick [0-9]*' "$T/console.log" | tail -n 1)
    wait_for_line "$T/console.log" "guest: tick $((${last#tick } + 4))"
    attach -c end_record
done
attach -c 'qmp quit' || :
end_of_bridge
expect_recordings "${names[@]}"
for name in "${names[@]}"; do
    expect_console "$name" 'guest: tick'
    expect_proven "$name"
done

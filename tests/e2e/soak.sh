#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Makes many recordings and says how many of them replayed exactly: the end-to-end tests whose
# guests have a disk, a network, a boot or nothing to do, again and again, two at a time, in every
# other round with a process beside them that takes all the time it gets. Not a part of `make
# check`: it takes from minutes to hours.
#
#   SOAK            recordings to make at least, 100 by default
#   SOAK_OPTIONS    more options of `qmpbridge run`, as '--shift 5 --cpu-affinity none'
#   SOAK_OUTPUT     where the list of verdicts goes, soak.txt by default; recordings that didn't
#                   replay exactly are kept beside it
#   SOAK_SCRIPTS    names of tests of tests/e2e to run, without .sh

# shellcheck source=tests/lib/functions.sh
. "${QMPBRIDGE_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}/tests/lib/functions.sh"
requires_bridge
scripts=${SOAK_SCRIPTS:-during-boot disk-busy idle disk-virtio network disk-ide run}
wanted=${SOAK:-100}
output=$(realpath -m "${SOAK_OUTPUT:-soak.txt}")
export QMPBRIDGE_VERDICTS=$output QMPBRIDGE_RUN_OPTIONS=${SOAK_OPTIONS:-}
export QMPBRIDGE_PATIENCE=600 QMPBRIDGE_SCRIPT_LIMIT=3600
: >"$output"

# The work of one emulator: each script once.
turn() {
    local name
    for name in $scripts; do
        QMPBRIDGE_ONLY=$1 "$LIB/run-script" "$QMPBRIDGE_SOURCE/tests/e2e/$name.sh" \
            >"$T/$1-$name.tap" 2>&1 || :
        grep -E '^(not )?ok' "$T/$1-$name.tap"
        ! grep -q '^not ok' "$T/$1-$name.tap" || cat "$T/$1-$name.tap"
    done
}

round=0
while [ "$(wc -l <"$output")" -lt "$wanted" ]; do
    before=$(wc -l <"$output")
    round=$((round + 1))
    burner=''
    if [ $((round % 2)) = 0 ]; then
        sha256sum /dev/zero &
        burner=$!
        on_exit end_process "$burner"
    fi
    turn 11.1 &
    first=$!
    turn 10.0 &
    wait "$first" "$!"
    [ -z "$burner" ] || end_process "$burner"
    awk -v round="$round" '$3 != "identical" { other++ }
        END { print "round " round ": " NR " recordings, " other + 0 " not exact" }' "$output"
    [ "$(wc -l <"$output")" -gt "$before" ] || fail "a round without a recording"
done
sort "$output" | cut -d ' ' -f 1-3 | uniq -c
! grep -v ' identical ' "$output" || fail "not all replays are exact"

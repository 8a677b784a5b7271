#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# emulators: 11.1
#
# The bridge or QEMU is killed at many points of begin and of end: behind an event that tells where
# it is, and a random moment later. The store opens each time and says what happened, nothing is
# overwritten, nothing is left behind, and what is whole replays identically. QMPBRIDGE_KILLS is the
# number of kills, QMPBRIDGE_SEED repeats the choices of a run.

# shellcheck source=tests/lib/functions.sh
. "${QMPBRIDGE_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}/tests/lib/functions.sh"
requires_bridge
RANDOM=${QMPBRIDGE_SEED:=$((BASHPID % 32768))}
echo "seed $QMPBRIDGE_SEED"

make_guest <<'END'
while :; do recctrlu run again -- true; done
END

# Of begin and end, in this order: STOP and RESUME come in both.
points=(STOP RECORD_CUT JOB_STATUS_CHANGE RESUME RECORD_BEGIN RECORD_FLUSH RECORD_END)

# kill_at EVENT OCCURRENCE MS PID
kill_at() {
    followed "$EVENTS" "$PATIENCE" grep -a -m "$2" -E "\"event\" *: *\"$1\"" >"$T/.line" ||
        fail "no $2 events $1"
    timeout "$(printf '0.%03d' $(($3 + 1)))" tail --pid="$4" -f /dev/null || :
    kill -KILL "$4"
}

# whole_ones: what the whole recordings are, to see that later runs leave them as they are.
whole_ones() {
    (cd "$STORE" && find . -mindepth 2 -type f -not -path '*/.*/*' -exec sha256sum {} + | sort)
}

# check_store: everything that isn't whole says why, and nobody seems to make it.
check_store() {
    local name
    expect_status 0 "${IN_STORE[@]}" list
    expect_no_line "$T/last.out" ' live '
    for name in $(incomplete); do
        expect_status 0 "${IN_STORE[@]}" show "$name"
        expect_line "$T/last.out" '^State: *incomplete'
        expect_line "$T/last.out" '^Reason: *[^ ]'
    done
}

# wanted_status: of the bridge whose QEMU was killed. A recording that still had to be taken from
# QEMU failed; one whose guest had gone on after its end is made whole without it.
wanted_status() {
    if [ "$(grep -ac '"event": "RECORD_CUT"' "$EVENTS")" = \
        "$(grep -ac '"event": "RECORD_END"' "$EVENTS")" ]; then
        echo 4
    else
        echo 5
    fi
}

mkdir "$STORE"
: >"$T/before"
for ((i = 0; i < ${QMPBRIDGE_KILLS:-7}; i++)); do
    point=${points[i % ${#points[@]}]}
    occurrence=$((RANDOM % 2 + 1))
    late=$((RANDOM % 80))
    start_bridge --no-verify
    emulator=$(pgrep -P "$BRIDGE_PID" | head -n 1)
    victim=$BRIDGE_PID
    ((i % 3 != 2)) || victim=$emulator
    echo "kill $i: $([ "$victim" = "$emulator" ] && echo QEMU || echo bridge), $late ms after" \
        "$point $occurrence"
    kill_at "$point" "$occurrence" "$late" "$victim"
    timeout 20 tail --pid="$emulator" -f /dev/null || fail "QEMU outlives the bridge"
    wait_for_end "$BRIDGE_PID"
    [ "$victim" = "$BRIDGE_PID" ] || expect_equal "$STATUS" "$(wanted_status)" \
        "status when QEMU was killed"
    check_store
    whole_ones >"$T/after"
    expect_equal "$(comm -23 "$T/before" "$T/after")" '' 'files of whole recordings that changed'
    mv "$T/after" "$T/before"
done

# A run that ends in order clears up behind those that couldn't. Its guest is another one.
mv "$T/initrd" "$T/looping"
make_guest <<'END'
recctrlu run last -- true
END
start_bridge
end_of_bridge
expect_proven "$(recordings | grep '^last_')"
expect_equal "$(find "$STORE" -maxdepth 1 -name '.scratch-*')" '' 'scratch that is left'
expect_equal "$(find "$XDG_RUNTIME_DIR" -mindepth 1)" '' 'what is left of runtime directories'
mv "$T/looping" "$T/initrd"
for name in $(recordings | grep '^again_'); do
    expect_verified "$name"
done

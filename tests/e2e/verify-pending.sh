#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# emulators: 11.1 10.0
#
# Recordings whose proof never came, as after a bridge was killed: `list` counts them, and
# `verify --pending` and `verify --all` prove one after another, with a summary and one exit status.

# shellcheck source=tests/lib/functions.sh
. "${QMPBRIDGE_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}/tests/lib/functions.sh"
requires_bridge
make_guest <<'END_GUEST'
recctrlu run first -- sh -c 'head -c 100000 /dev/urandom | sha256sum'
recctrlu run second -- sh -c 'head -c 100000 /dev/urandom | sha256sum'
END_GUEST
start_bridge --no-verify
end_of_bridge
expect_recordings first_000 second_001

expect_status 0 "${IN_STORE[@]}" list
expect_line "$T/last.out" "^2 without a verdict: 'verify --pending'"
expect_status 0 "${IN_STORE[@]}" --json list
expect_equal "$(json '[.return[] | select(.pending)] | length' "$T/last.out")" 2
expect_status 2 "${IN_STORE[@]}" list --pending

# A failed one waits, too; what isn't whole doesn't.
mkdir "$STORE/.third.incomplete"
jq '.verdict = "failed"' "$STORE/second_001/recording.json" >"$T/edited.json"
cp "$T/edited.json" "$STORE/second_001/recording.json"
expect_status 0 "${IN_STORE[@]}" --json verify --pending
expect_equal "$(tail -n 1 "$T/last.out" | jq -c .return)" '{"identical":2,"diverged":0,"failed":0}'
expect_proven first_000
expect_proven second_001
expect_status 0 "${IN_STORE[@]}" list
expect_no_line "$T/last.out" 'without a verdict'
expect_status 0 "${IN_STORE[@]}" verify --pending
expect_line "$T/last.out" '^0 replayed'

jq '.["ram-sha256"] = "0"' "$STORE/first_000/recording.json" >"$T/edited.json"
cp "$T/edited.json" "$STORE/first_000/recording.json"
truncate -s 40 "$STORE/second_001/journal"
expect_status 6 "${IN_STORE[@]}" verify --all
expect_line "$T/last.out" '^2 replayed: 0 identical, 1 diverged, 1 failed'
expect_line "$T/last.err" '1 of 2 replays diverged'

# What isn't wanted any more is removed, whole or not; a name that isn't there stops that.
expect_status 1 "${IN_STORE[@]}" rm first_000 none second_001
one_clear_line "$T/last.err" "there is no recording 'none'"
expect_status 0 "${IN_STORE[@]}" rm third
expect_recordings second_001

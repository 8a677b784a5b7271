#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# emulators: 11.1
#
# A guest that records in a loop fills the store only so far: at each bound its requests fail, and
# the host reads which one it was, once. A recording that runs when the room gets scarce is ended
# early enough: it is whole, it replays, and the reserve is still there.

# shellcheck source=tests/lib/functions.sh
. "${QMPBRIDGE_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}/tests/lib/functions.sh"
requires_bridge
make_guest <<'END'
for i in 1 2 3 4 5 6 7 8; do
    recctrlu run loop -- true || echo "guest: refused"
done
END

start_bridge --no-verify --keep-free 0 --store-limit 700
end_of_bridge 5
expect_line "$T/bridge.out" 'RECORD_ERROR.*the store takes .* and the store may take 700 MiB'
expect_equal "$(grep -c RECORD_ERROR "$T/bridge.out")" 1 "lines about refusals"
expect_line "$T/console.log" 'guest: refused'
[ "$(recordings | wc -l)" -lt 6 ] || fail "the store has $(recordings | wc -l) recordings"
[ "$(du -sm "$STORE" | cut -f1)" -le 700 ] || fail "the store takes $(du -sm "$STORE")"

STORE=$T/small
mkdir "$STORE"
mount -t tmpfs -o size=1200m tmpfs "$STORE" 2>/dev/null || skip "can't mount a tmpfs here"
on_exit umount -l "$STORE"
IN_STORE[2]=$STORE
free_mib() { df -m --output=avail "$STORE" | tail -n 1; }

start_bridge --no-verify --keep-free 600
end_of_bridge 5
expect_line "$T/bridge.out" 'RECORD_ERROR.*are left where the store is, 600 MiB are kept free'
expect_line "$T/console.log" 'guest: refused'
[ "$(free_mib)" -ge 600 ] || fail "only $(free_mib) MiB are left"

rm -r "${STORE:?}"/*
make_guest <<'END'
echo "guest: idle"
while :; do idle 1; done
END
start_bridge --no-verify --keep-free 200
wait_for_line "$T/console.log" 'guest: idle'
attach -c 'begin_record file_name=cut-short' >"$T/begin.out"
for i in {1..200}; do # others fill the file system; each query takes its time
    ! grep -q RECORD_END "$EVENTS" || break
    fallocate -l 4M "$STORE/filler.$i"
    attach -c query-record >"$T/query.out"
done
wait_for_line "$EVENTS" 'RECORD_END.*no-space'
[ "$(free_mib)" -ge 200 ] || fail "only $(free_mib) MiB are left"
attach -c 'qmp quit'
end_of_bridge 0
expect_reason cut-short no-space
rm "$STORE"/filler.*
expect_verified cut-short

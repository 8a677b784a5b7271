#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# emulators: 11.1
#
# A guest that records in a loop fills the store only so far: at each bound its requests fail, and
# the host reads which one it was.

# shellcheck source=tests/lib/functions.sh
. "${QMPBRIDGE_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}/tests/lib/functions.sh"
requires_bridge
make_guest <<'END'
for i in 1 2 3 4 5 6 7 8; do
    recctrlu run loop -- true || echo "guest: refused"
done
END

start_bridge --no-verify --keep-free 0 --store-limit 250
end_of_bridge 5
expect_line "$T/bridge.out" 'RECORD_ERROR.*the store takes .* and may take 250 MiB'
expect_line "$T/console.log" 'guest: refused'
[ "$(recordings | wc -l)" -lt 6 ] || fail "the store has $(recordings | wc -l) recordings"

STORE=$T/small
mkdir "$STORE"
mount -t tmpfs -o size=900m tmpfs "$STORE" 2>/dev/null || skip "can't mount a tmpfs here"
on_exit umount -l "$STORE"
start_bridge --no-verify --keep-free 600
end_of_bridge 5
expect_line "$T/bridge.out" 'RECORD_ERROR.*are left where the store is, and 600 MiB are kept free'
expect_line "$T/console.log" 'guest: refused'

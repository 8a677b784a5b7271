#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# emulators: 11.1 10.0
#
# The store's file system is full for a while during a recording, then it has room again. Events are
# missing in QEMU's log though every later write succeeds: the recording is never called complete,
# also without a proof. The next one is whole.

# shellcheck source=tests/lib/functions.sh
. "${QMPBRIDGE_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}/tests/lib/functions.sh"
requires_bridge
STORE=$T/small
IN_STORE=("$BRIDGE" --store "$STORE" --plugin "$PLUGIN" --qemu "$QEMU")
mkdir "$STORE"
mount -t tmpfs -o size=600m tmpfs "$STORE" 2>/dev/null || skip "can't mount a tmpfs here"
on_exit umount -l "$STORE"

make_guest <<'END'
echo "guest: working"
while :; do head -c 20000 /dev/urandom | sha256sum >/dev/null; idle 0.01; done
END
start_bridge --no-verify --keep-free 0
wait_for_line "$T/console.log" 'guest: working'
attach -c 'begin_record file_name=torn' >"$T/begin.out"

# Full until QEMU has failed to write: its process sees ENOSPC.
log=$(find "$STORE" -path '*.scratch*' -name replay.log)
head -c 700M /dev/zero >"$STORE/filler" 2>/dev/null || :
size=$(stat -c %s "$log")
for _ in $(seq 40); do attach -c query-status >"$T/status.out"; done # QEMU logs meanwhile
rm "$STORE/filler"
timeout "$PATIENCE" tail -c "+$((size + 20000))" -s 0.1 -f "$log" | head -c 1 >/dev/null || :

status=0
attach -c end_record >"$T/end.out" 2>&1 || status=$?
[ "$status" != 0 ] || fail "a torn log was called complete"
expect_line "$T/end.out" "QEMU couldn't write its log|QEMU's log is torn"
expect_equal "$(incomplete)" torn
attach -c 'begin_record file_name=whole' >"$T/begin.out"
attach -c end_record >"$T/end.out"
expect_equal "$(recordings)" whole
attach -c 'qmp quit' || :
end_of_bridge 5 # one of the recordings failed
expect_verified whole

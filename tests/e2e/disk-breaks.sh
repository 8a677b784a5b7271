#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# emulators: 11.1
#
# A disk that breaks, and a file system that lacks something, seen from outside: what the bridge
# says of a recording is what the store says of it. tests/lib/faults.c makes the calls fail.

# shellcheck source=tests/lib/functions.sh
. "${QMPBRIDGE_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}/tests/lib/functions.sh"
requires_bridge
FAULTS=$QMPBRIDGE_BUILD/tests/lib/.libs/libfaults.so
[ -e "$FAULTS" ] || skip "tests/lib/libfaults.la is not built: make check builds it"
[ -z "${QMPBRIDGE_SANITIZED:-}" ] || skip "a sanitizer must be the first library"

# record_with FAULTS NAME [STATUS of the bridge]
record_with() {
    make_guest <<END
recctrlu run $2 -- true
END
    LD_PRELOAD=$FAULTS QMPBRIDGE_FAULTS=$1 start_bridge
    end_of_bridge "${3:-0}"
}

# The store's directory can't be fsynced, which is after the rename: whole, with a warning.
record_with "fsync:EIO:$STORE" warned
expect_equal "$(recordings)" warned_000
expect_proven warned_000
expect_line "$EVENTS" '"RECORD_END".*"warning".*power cut.*Input/output error'
expect_no_line "$EVENTS" RECORD_ERROR
expect_status 0 "${IN_STORE[@]}" show warned_000
expect_line "$T/last.out" '^Warning: .*power cut'

# RENAME_NOREPLACE isn't there, as on NFS.
record_with 'renameat2:EINVAL' elsewhere
expect_recordings warned_000 elsewhere_000
expect_proven elsewhere_000

# The log can't be made durable: incomplete, with the reason, for the bridge and for the store.
record_with 'fsync:EIO:*/replay.log' broken 5
expect_line "$EVENTS" '"RECORD_ERROR".*replay.log.*Input/output error'
expect_equal "$(incomplete)" broken_000
expect_status 0 "${IN_STORE[@]}" show broken_000
expect_line "$T/last.out" '^Reason: .*Input/output error'

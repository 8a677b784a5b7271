#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# emulators: 11.1
#
# A store that can't be written or is full: status 7 and one clear line where it shows at the
# start; where it shows later, the recording says why it is incomplete and the guest goes on.

# shellcheck source=tests/lib/functions.sh
. "${QMPBRIDGE_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}/tests/lib/functions.sh"
requires_bridge
make_guest <<'END'
recctrlu run big -- sh -c 'head -c 8000000 /dev/urandom | sha256sum'
echo "status was $?"
echo "guest: alive"
END

refused() {
    local -a options
    mapfile -t options < <(bridge_options)
    expect_status 7 "$BRIDGE" run "${options[@]}" --store "$1"
    one_clear_line "$T/last.err" "$2"
}

: >"$T/a-file"
refused "$T/a-file" 'a-file'
refused "$T/a-file/below" 'a-file'
refused /proc/qmpbridge '/proc'
if [ "$(id -u)" != 0 ]; then
    mkdir -m 500 "$T/read-only"
    refused "$T/read-only" 'read-only'
    echo "not root: a full file system can't be mounted, that part is left out"
    exit 0
fi

# A file system with room for the beginning only.
STORE=$T/small
IN_STORE=("$BRIDGE" --store "$STORE" --plugin "$PLUGIN")
mkdir "$STORE"
mount -t tmpfs -o size=24m tmpfs "$STORE" 2>/dev/null || {
    echo "can't mount a tmpfs here: the full file system is left out"
    exit 0
}
on_exit umount -l "$STORE"
start_bridge --keep-free 0
wait_for_line "$T/console.log" 'guest: alive'
expect_no_line "$T/console.log" 'status was 0'
wait_for_end "$BRIDGE_PID"
case $STATUS in 5 | 7) ;; *) fail "status $STATUS of a run whose store is full" ;; esac
expect_line "$T/bridge.out" 'RECORD_ERROR.*([Nn]o space|full|Input/output error)'
expect_equal "$(recordings)" ''
expect_status 0 "${IN_STORE[@]}" list
for name in $(incomplete); do
    expect_status 0 "${IN_STORE[@]}" show "$name"
    expect_line "$T/last.out" '[Nn]o space|full|Input/output error'
done

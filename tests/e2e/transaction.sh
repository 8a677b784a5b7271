#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# emulators: 11.1 10.0 7.2
#
# A transaction block: two snapshots that are taken together; one whose second action fails
# and that leaves no trace; a wrong line gets an error and the block goes on at a prompt,
# but ends a script; what is never committed is never done.

# shellcheck source=tests/lib/functions.sh
. "${QMPBRIDGE_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}/tests/lib/functions.sh"
[ -x "$BRIDGE" ] || skip "qmpbridge is not built"
requires jq jq
requires qemu-img qemu-utils
for disk in a b; do
    qemu-img create -q -f qcow2 "$T/$disk.qcow2" 1M
done
start_monitor qmp \
    -blockdev "driver=qcow2,node-name=a,file.driver=file,file.filename=$T/a.qcow2" \
    -blockdev "driver=qcow2,node-name=b,file.driver=file,file.filename=$T/b.qcow2"
monitor=$MONITOR_PID

# shell [STATUS]: runs the script on standard input.
shell() {
    cat >"$T/script"
    expect_status "${1:-0}" "$BRIDGE" --json --timeout "$PATIENCE" "$T/qmp.sock" "$T/script"
}

# bitmaps: names of those of both disks.
bitmaps() {
    shell <<<'query-named-block-nodes'
    jq -r '.return[]? | .["dirty-bitmaps"][]?.name' "$T/last.out" | sort | tr '\n' ' '
}

shell <<END
transaction (
    # both disks, at the same moment
    blockdev-snapshot-sync node-name=a snapshot-file='$T/a 2.qcow2' snapshot-node-name=a2
    {"type": "blockdev-snapshot-sync",
     "data": {"node-name": "b", "snapshot-file": "$T/b 2.qcow2", "snapshot-node-name": "b2"}}
    show
)
END
expect_line "$T/last.out" '"command": "show".*blockdev-snapshot-sync.*a 2.qcow2'
expect_line "$T/last.out" '"command": "transaction", "return": \{\}'
for disk in a b; do
    [ -s "$T/$disk 2.qcow2" ] || fail "the snapshot of $disk isn't there"
done

# The second bitmap can't be made, so the first isn't either.
shell 1 <<'END'
transaction
block-dirty-bitmap-add node=a name=first
block-dirty-bitmap-add node=no-such-node name=second
commit
END
expect_line "$T/last.out" '"error".*no-such-node'
expect_equal "$(bitmaps)" "" "bitmaps after a failed transaction"

# Wrong lines end a script; nothing was sent.
shell 1 <<'END'
transaction
block-dirty-bitmap-add node=a name=first
block-dirty-bitmap-add node=a nam=second
commit
END
expect_line "$T/last.out" "did you mean 'name'.*\"where\": \".*:3\".*\"column\": 31, \"length\": 3"
shell 1 <<'END'
transaction
block-dirty-bitmap-add node=a name=first
END
expect_line "$T/last.out" 'still open at the end'
shell <<'END'
transaction
block-dirty-bitmap-add node=a name=first
abort
END
expect_equal "$(bitmaps)" "" "bitmaps of transactions that weren't committed"

# A property, and the command as QMP has it.
shell 1 <<<'transaction completion-mode=group'
expect_line "$T/last.out" "did you mean 'grouped'"
shell <<'END'
transaction completion-mode=individual
block-dirty-bitmap-add node=a name=first granularity=0x10000
commit
transaction actions.0.type=block-dirty-bitmap-add actions.0.data={"node":"b","name":"second"}
END
expect_equal "$(bitmaps)" "first second " "bitmaps of both disks"
expect_status 0 "$BRIDGE" "$T/qmp.sock" -c 'qmp quit'
monitor_ended "$monitor"

#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# emulators: 11.1 10.0
#
# A replay whose QEMU is ended from outside, by SIGTERM as a control group's end sends it or by
# SIGKILL as for want of memory, says nothing about the recording: it is made again, and if that
# goes on it has failed. It never counts as diverged.

# shellcheck source=tests/lib/functions.sh
. "${QMPBRIDGE_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}/tests/lib/functions.sh"
requires_bridge
make_guest <<'END_GUEST'
recctrlu run long -- sh -c 'echo it begins; head -c 3000000 /dev/urandom | sha256sum'
END_GUEST
start_bridge --no-verify
end_of_bridge
expect_recordings long_000

# An emulator that notes its process at each start, and ends at once by the signal in $T/signal.
mkdir "$T/bin"
ln -s "${QEMU%/*}/qemu-img" "$T/bin/qemu-img"
cat >"$T/bin/qemu" <<END_SCRIPT
#!/bin/sh
case "\$*" in *rr=replay*)
    echo \$\$ >>"$T/starts"
    [ ! -e "$T/signal" ] || kill -\$(cat "$T/signal") \$\$ ;;
esac
exec "$QEMU" "\$@"
END_SCRIPT
chmod +x "$T/bin/qemu"
plain=("$BRIDGE" --store "$STORE" --plugin "$PLUGIN" --qemu "$T/bin/qemu")

for signal in TERM KILL; do
    : >"$T/starts"
    rm -f "$T/replay.out"
    "${plain[@]}" replay long_000 >"$T/replay.out" 2>&1 </dev/null &
    replay=$!
    on_exit end_process $replay
    wait_for_line "$T/replay.out" 'it begins'
    kill -$signal "$(tail -n 1 "$T/starts")"
    wait_for_end $replay
    expect_equal "$STATUS" 0 "a replay that was ended once by SIG$signal"
    expect_line "$T/replay.out" identical
    [ "$(wc -l <"$T/starts")" -ge 2 ] || fail "it was not made again"
done

for signal in TERM KILL; do
    : >"$T/starts"
    echo $signal >"$T/signal"
    expect_status 1 "${plain[@]}" verify long_000
    expect_line "$T/last.out" 'failed.*ended from outside'
    [ "$(wc -l <"$T/starts")" -le 8 ] || fail "it was made again without end"
done
expect_equal "$(about long_000 .verdict)" none

#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# emulators: 11.1 10.0
#
# A replay runs a guest that may be anybody's: its QEMU is confined from before the guest's first
# instruction, all threads of it, and can start no process. What counts is what the process may do.

# shellcheck source=tests/lib/functions.sh
. "${QMPBRIDGE_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}/tests/lib/functions.sh"
requires_bridge
SPAWN=$QMPBRIDGE_BUILD/tests/lib/.libs/libspawn.so
[ -e "$SPAWN" ] || skip "tests/lib/libspawn.la is not built: make check builds it"
[ -z "${QMPBRIDGE_SANITIZED:-}" ] || skip "a sanitizer must be the first library"
grep -q '^Seccomp:' /proc/self/status || skip "the kernel has no seccomp"
make_guest <<'END_GUEST'
recctrlu run long -- sh -c 'echo it begins; head -c 3000000 /dev/urandom | sha256sum'
END_GUEST
start_bridge --no-verify
end_of_bridge
expect_recordings long_000

# An emulator that notes its process, and brings along what tries to start others.
mkdir "$T/bin"
mkfifo "$T/try"
ln -s "${QEMU%/*}/qemu-img" "$T/bin/qemu-img"
cat >"$T/bin/qemu" <<END_SCRIPT
#!/bin/sh
case "\$*" in *rr=replay*)
    echo \$\$ >>"$T/starts"
    export LD_PRELOAD="$SPAWN" QMPBRIDGE_SPAWN="$T/try" ;;
esac
exec "$QEMU" "\$@"
END_SCRIPT
chmod +x "$T/bin/qemu"
"$BRIDGE" --store "$STORE" --plugin "$PLUGIN" --qemu "$T/bin/qemu" replay long_000 \
    >"$T/replay.out" 2>&1 </dev/null &
replay=$!
on_exit end_process $replay
wait_for_line "$T/replay.out" 'it begins'
qemu=$(tail -n 1 "$T/starts")
modes=$(sed -n 's/^Seccomp:[[:space:]]*//p' "/proc/$qemu/task/"*/status | sort -u)
threads=("/proc/$qemu/task/"*)
expect_equal "$modes" 2 "seccomp of ${#threads[@]} threads"
[ ${#threads[@]} -ge 3 ] || fail "QEMU has only ${#threads[@]} threads"

# shellcheck disable=SC2016 # the inner shell expands it
timeout "$PATIENCE" sh -c 'echo >"$1"' - "$T/try" || fail "nothing in QEMU waits at $T/try"
wait_for_end $replay $((PATIENCE * 3))
expect_equal "$STATUS" 0 "a replay within which processes were to be started"
expect_line "$T/replay.out" identical
for call in clone execve; do
    expect_line "$T/try.log" "^$call: 1$" # EPERM
done

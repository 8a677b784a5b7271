#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# emulators: 11.1 10.0
#
# Other people's clients at the control socket of `qmpbridge run` see what they see at QEMU itself,
# but for the commands and events that the bridge adds.

# shellcheck source=tests/lib/functions.sh
. "${QMPBRIDGE_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}/tests/lib/functions.sh"
requires_bridge
# shellcheck source=tests/e2e/conformance.source.sh
. "$QMPBRIDGE_SOURCE/tests/e2e/conformance.source.sh"

# start_like PID: another QEMU with the options of process PID, without the plugin and with a
# monitor of its own at $DIRECT.
start_like() {
    local -a words options=()
    local word skip=
    mapfile -d '' -t words <"/proc/$1/cmdline"
    for word in "${words[@]}"; do
        case $word in
        -plugin) skip=yes && continue ;;
        socket,id=monitor,fd=*) word=socket,id=monitor,path=$DIRECT,${word#*,fd=*,} ;;
        file,id=console,*) word=file,id=console,path=$T/console ;;
        esac
        [ -n "$skip" ] || options+=("$word")
        skip=
    done
    "${options[@]}" >"$T/direct.log" 2>&1 </dev/null &
    on_exit end_process $!
}

make_guest <<'END'
echo "guest: there"
idle 600
END
start_bridge --dry-run
wait_for_line "$T/console.log" 'guest: there'
DIRECT=$T/direct.sock
start_like "$(pgrep -P "$BRIDGE_PID" | head -n 1)"
wait_for_line "$T/console" 'guest: there'
library
iotests
shell
raw_text

# The extension is there for those who go by the schema.
program completion "$SOCKET" all >"$T/offered.out"
expect_line "$T/offered.out" '^begin_record$'
attach -c 'qmp quit'
end_of_bridge

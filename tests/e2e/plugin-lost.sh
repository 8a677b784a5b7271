#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# emulators: 11.1 10.0
#
# The plugin's connection to the bridge breaks during a recording and comes back: what the guest was
# answered in between is in no journal, so the recording fails, at once and with the reason. The
# next one is as good as any.

# shellcheck source=tests/lib/functions.sh
. "${QMPBRIDGE_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}/tests/lib/functions.sh"
requires_bridge
requires python3 python3

# QEMU with its plugin behind a proxy.
cat >"$T/qemu" <<END
#!/bin/bash
direct='control=$SOCKET' lossy='control=$T/proxy.sock'
exec "$QEMU" "\${@//"\$direct"/"\$lossy"}"
END
chmod +x "$T/qemu"
QEMU=$T/qemu
"$LIB/lossy-proxy" "$T/proxy.sock" "$SOCKET" >"$T/proxy.out" 2>&1 &
proxy=$!
on_exit end_process "$proxy"
wait_for_line "$T/proxy.out" listening

make_guest <<'END'
recctrlu start first
echo "guest: first is on"
while [ "$(recctrlu status)" = on ]; do idle 0.1; done
echo "guest: status is $(recctrlu status)"
until recctrlu start second; do idle 0.1; done
echo "guest: within second"
recctrlu stop
echo "guest: second is done"
END
start_bridge
wait_for_line "$T/console.log" 'guest: first is on'
kill -USR1 "$proxy"
wait_for_event RECORD_ERROR
end_of_bridge 5 # one of the recordings failed

expect_line "$EVENTS" '"RECORD_ERROR".*first_000.*the plugin recctrl has closed its connection'
expect_no_line "$EVENTS" '"RECORD_END".*first_000'
expect_equal "$(recordings)" second_001
expect_equal "$(incomplete)" first_000
expect_reason first_000 'the plugin recctrl has closed its connection'
expect_proven second_001
expect_console second_001 'guest: within second'
expect_line "$T/console.log" 'guest: status is failed'

#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# emulators: 11.1 10.0 7.2
#
# Other people's clients at `qmpbridge serve` see what they see at QEMU itself: the library
# qemu.qmp, qmp-shell, use as in QEMU's iotests, and raw text; also where QEMU's monitor is the
# one that writes its replies on many lines.

# shellcheck source=tests/lib/functions.sh
. "${QMPBRIDGE_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}/tests/lib/functions.sh"
[ -x "$BRIDGE" ] || skip "qmpbridge is not built"
# shellcheck source=tests/e2e/conformance.source.sh
. "$QMPBRIDGE_SOURCE/tests/e2e/conformance.source.sh"

start_monitor direct -name conformance
start_monitor served -name conformance
DIRECT=$T/direct.sock
start_serve "$T/served.sock"
library
iotests
shell
raw_text
end_process "$SERVE_PID"

# A monitor with pretty=on below the bridge: nobody above it notices. QEMU has another one, too.
start_monitor pretty -name conformance \
    -chardev "socket,id=many,path=$T/many.sock,server=on,wait=off" \
    -mon chardev=many,mode=control,pretty=on
DIRECT=$T/pretty.sock
start_serve "$T/many.sock"
same library program library @

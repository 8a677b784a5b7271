#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The unit of a honeypot: systemd understands every line of it.

# shellcheck source=tests/lib/functions.sh
. "${QMPBRIDGE_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}/tests/lib/functions.sh"
[ -x "$BRIDGE" ] || skip "qmpbridge is not built"
requires systemd-analyze systemd

# As installed, but for where the programs are.
unit=$QMPBRIDGE_BUILD/monitor-scripts/qmpbridge-honeypot@.service
expect_line "$unit" '^ExecStart=/.*/monitor-scripts/honeypot --state '
sed -e "s|^ExecStart=[^ ]*/monitor-scripts|ExecStart=$QMPBRIDGE_SOURCE/monitor-scripts|" "$unit" \
    >"$T/qmpbridge-honeypot@.service"
expect_status 0 systemd-analyze verify "$T/qmpbridge-honeypot@.service"
expect_equal "$(cat "$T/last.err")" '' 'what systemd says of the unit'

#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# emulators: 11.1 10.0
#
# Any process of the guest may ask, not only root's; and it needs no environment.

# shellcheck source=tests/lib/functions.sh
. "${QMPBRIDGE_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}/tests/lib/functions.sh"
requires_bridge

make_guest <<'END'
as-user id
as-user env -i /bin/recctrlu run user -- sh -c 'id -u'
echo "status was $?"
END
start_bridge
end_of_bridge
expect_recordings user_000
expect_console user_000 '^1000'
expect_proven user_000
expect_line "$T/console.log" 'status was 0'

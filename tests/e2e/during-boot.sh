#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# emulators: 11.1 10.0
#
# Recordings begun by a person while the guest boots, one after another: the moments at which the
# VM is stopped are arbitrary, with timers due, and each has to replay all the same.

# shellcheck source=tests/lib/functions.sh
. "${QMPBRIDGE_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}/tests/lib/functions.sh"
requires_bridge
make_guest <<'END'
while :; do head -c 100000 /dev/urandom | sha256sum >/dev/null; done
END
names=(boot)
for i in 1 2 3 4 5 6 7; do names+=("boot_00$i"); done
start_bridge
for _ in "${names[@]}"; do
    attach -c 'begin_record file_name=boot' -c end_record
done
attach -c 'qmp quit' || :
end_of_bridge
expect_recordings "${names[@]}"
for name in "${names[@]}"; do expect_proven "$name"; done

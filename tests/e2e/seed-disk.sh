#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# emulators: 11.1 10.0
#
# --seed-dir, with PANDAcap's scheme: the guest mounts the disk of that label at boot and runs the
# scripts that are on it. A recording of it replays with the image that the store keeps. And what
# can't be a seed disk is refused in one line.

# shellcheck source=tests/lib/functions.sh
. "${QMPBRIDGE_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}/tests/lib/functions.sh"
requires_bridge

mkdir -p "$T/seed/scripts"
cat >"$T/seed/bootstrap.sh" <<'END'
#!/bin/sh
. ./bootstrap.env
export GREETING
for script in scripts/[0-9]*.sh; do "./$script"; done
END
echo 'GREETING="hello from the seed"' >"$T/seed/bootstrap.env"
cat >"$T/seed/scripts/10-first.sh" <<'END'
#!/bin/sh
echo "first: $GREETING"
END
cat >"$T/seed/scripts/20-second.sh" <<'END'
#!/bin/sh
recctrlu --quiet run seeded -- cat bootstrap.env
END
chmod 755 "$T/seed/bootstrap.sh" "$T"/seed/scripts/*.sh

make_guest --devices blk,iso <<'END'
mount -o ro "$(findfs LABEL=bootstrap)" /mnt
cd /mnt
./bootstrap.sh
echo x >/dev/vda || echo "read-only"
END
start_bridge --seed-dir "$T/seed"
end_of_bridge
expect_line "$T/console.log" 'first: hello from the seed'
expect_line "$T/console.log" 'read-only'
expect_recordings seeded_000
expect_console seeded_000 'hello from the seed'
expect_proven seeded_000

# The image in the store is what counts, not the directory.
rm -r "$T/seed"
expect_status 0 "${IN_STORE[@]}" verify seeded_000

# refused LINE OPTION...: before anything is started or made.
refused() {
    local line=$1 options
    shift
    mapfile -t options < <(bridge_options)
    expect_status 2 "$BRIDGE" run "${options[@]}" "$@"
    one_clear_line "$T/last.err" "$line"
}
refused 'seed disk: .*No such file' --seed-dir "$T/seed"
mkdir "$T/seed"
refused 'seed-label: it has 1 to 16 letters' --seed-dir "$T/seed" --seed-label 'a,b'
truncate -s 100M "$T/seed/large"
refused 'seed is too large' --seed-dir "$T/seed"

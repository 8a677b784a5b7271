#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# emulators: 11.1
#
# monitor-scripts/dataset: a store becomes a data set with an index, whose images are in it once;
# and where all that it was made from is gone, its import replays every recording.

# shellcheck source=tests/lib/functions.sh
. "${QMPBRIDGE_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}/tests/lib/functions.sh"
requires_bridge
requires python3 python3
export QMPBRIDGE=$T/qmpbridge
printf '#!/bin/sh\nexec %q --qemu %q --plugin %q "$@"\n' "$BRIDGE" "$QEMU" "$PLUGIN" >"$QMPBRIDGE"
chmod 755 "$QMPBRIDGE"
dataset=$QMPBRIDGE_SOURCE/monitor-scripts/dataset

make_guest --devices net <<'END'
recctrlu run root_session -- sh -c '
    nc 10.0.2.2 9 </dev/null
    head -c 99999 /dev/urandom | sha256sum'
recctrlu run other -- sh -c '
    recctrlu mark "=1+1, said the guest"
    head -c 99999 /dev/urandom | sha256sum'
END
start_bridge --net user --pcap
end_of_bridge
names=(root_session_000 other_001)
expect_recordings other_001 root_session_000
for name in "${names[@]}"; do expect_proven "$name"; done

cd "$T"
expect_status 2 "$dataset" export --store "$STORE"
one_clear_line "$T/last.err" '^dataset: .*required: DIR'
expect_status 1 "$dataset" export --store "$STORE" set none
one_clear_line "$T/last.err" '^dataset: there is no whole recording none'
head -c 32 /dev/urandom >key
expect_status 0 "$dataset" export --store "$STORE" --anonymise key set
expect_status 2 "$dataset" export --store "$STORE" set
one_clear_line "$T/last.err" 'is there already'
(cd set && sha256sum --quiet -c SHA256SUMS)
expect_equal "$(wc -l <set/index.jsonl)" 2 'lines of index.jsonl'
expect_equal "$(wc -l <set/index.csv)" 3 'lines of index.csv'
expect_equal "$(jq -r 'select(.user == "root").verdict' set/index.jsonl)" identical
expect_line set/index.jsonl '"addresses": \["addr-[0-9a-f]{12}'
expect_no_line set/index.jsonl '10\.0\.2'
expect_line set/index.csv "'=1\\+1, said the guest"
# The images are in one of the archives, which is that much bigger than the other.
expect_equal "$(jq -r '[.recordings[].images_in[]] | unique | length' set/manifest.json)" 1
[ "$(tar --zstd -tf "set/recordings/${names[0]}.qrec" | grep -c images/)" = 2 ] ||
    fail "kernel and initrd aren't with ${names[0]}"
[ "$(tar --zstd -tf "set/recordings/${names[1]}.qrec" | grep -c images/)" = 0 ] ||
    fail "images are there twice"

# The same key gives the same pseudonyms, another one others.
expect_status 0 "$dataset" export --store "$STORE" --anonymise key again
cmp set/index.csv again/index.csv
head -c 32 /dev/urandom >other-key
expect_status 0 "$dataset" export --store "$STORE" --anonymise other-key other "${names[0]}"
! grep -qF -f <(grep -o 'addr-[0-9a-f]*' set/index.jsonl) other/index.jsonl ||
    fail "another key gives the same pseudonyms"

mv set moved
rm -r "$STORE" "$T/initrd" again other
export XDG_DATA_HOME=$T/elsewhere
expect_status 0 "$dataset" import --prove moved
for name in "${names[@]}"; do
    expect_line "$T/last.out" "^$name: its replay is identical"
done
printf x >>"moved/recordings/${names[1]}.qrec"
expect_status 5 "$dataset" import moved
one_clear_line "$T/last.err" 'another SHA-256'

#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# architectures: aarch64 riscv64
# emulators: 11.1 10.0
#
# Hypercalls of a process that isn't root in a Linux with page tables, on other targets: a name at a
# page's end is read, and neither the kernel's memory nor what isn't there is. In toggle mode, and
# in session mode, where tokens say whose session ends.

# shellcheck source=tests/lib/functions.sh
. "${QMPBRIDGE_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}/tests/lib/functions.sh"
requires_bridge
requires_target "$ARCHITECTURE"
"$QMPBRIDGE_SOURCE/guest-agent/build-guest-agent" "$ARCHITECTURE" "$T/linux-rows" \
    "$QMPBRIDGE_SOURCE/guest-agent/arch.c" "$QMPBRIDGE_SOURCE/tests/guest/linux-rows.c" ||
    fail "the guest's program can't be built"

# The kernel's own name is a text in its memory that would be a good name for a recording.
make_target_guest --file "$T/linux-rows:/bin/linux-rows" <<'END'
page=$(($(sed -n 's/^KernelPageSize: *\([0-9]*\) kB/\1/p' /proc/self/smaps | head -n 1) * 1024))
kernel=$(sed -n 's/^\([0-9a-f]*\) . init_uts_ns$/0x\1/p' /proc/kallsyms)
echo "guest: a page has $page bytes, the name of the kernel is at $kernel"
as-user linux-rows "$page" "$kernel"
echo "faults: $?"
END
for mode in n y; do
    start_bridge --recctrl session_rec=$mode
    end_of_bridge
    tr -d '\r' <"$T/console.log" >"$T/said-$mode.out"
    expect_line "$T/said-$mode.out" 'guest: a page has [1-9][0-9]* bytes, .* at 0x.*[1-9a-f]'
    expect_line "$T/said-$mode.out" '^faults: 0$'
    expect_no_line "$T/said-$mode.out" FAULT
done
expect_equal "$(grep -c ': ok' "$T/said-n.out")" 15 'cases in toggle mode'
expect_equal "$(grep -c ': ok' "$T/said-y.out")" 17 'cases in session mode'
expect_recordings edge_000 alice_000
expect_equal "$(jq -r .text "$STORE/edge_000/marks.jsonl")" edge
for name in edge_000 alice_000; do expect_proven "$name"; done

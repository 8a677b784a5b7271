#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Every file of code says its licence and, in a few words, what it is for; every header is
# guarded by #pragma once and can be included by itself. What other people's programs take in has
# the licence that lets them.

# shellcheck source=tests/lint/source.sh
. "$(dirname "${BASH_SOURCE[0]}")/source.sh"

while read -r file; do
    licence=GPL-2.0-or-later
    [ "$file" != guest-agent/recctrl-hypercall.h ] || licence=0BSD
    head -n 3 "$file" | grep -q "SPDX-License-Identifier: $licence\( \|$\)" ||
        complain "$file doesn't have the SPDX line of $licence"
    head -n 6 "$file" | grep -v -e SPDX -e '^# shellcheck' -e '^#!' |
        grep -qE '^( \*|/\*|#) ?[-A-Za-z`"].{20,}' || complain "$file doesn't say what it is for"
done < <(sources '(\.[ch]|\.sh)$|^(quickstart|autogen\.sh|\.ci/run)$|^tests/lib/[a-z-]+$')

while read -r file; do
    grep -q '^#pragma once$' "$file" || complain "$file lacks #pragma once"
done < <(sources '\.h$')

command -v pkg-config >/dev/null 2>&1 || verdict
flags=$(pkg-config --cflags glib-2.0 gio-unix-2.0 json-glib-1.0)
while read -r file; do
    # shellcheck disable=SC2086 # the flags are words
    echo "#include \"$file\"" | ${CC:-cc} -std=gnu11 -fsyntax-only -I. -I"$QMPBRIDGE_BUILD" \
        $flags -x c - 2>"$T/cc.out" ||
        complain "$file can't be included by itself: $(head -n 2 "$T/cc.out")"
done < <(sources '^(qmpbridge|guest-agent|plugin)/.*\.h$')
verdict

#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# No C function above 80 lines, no line above 100 columns, no tabs, no space at the end of a
# line. A file is one concept and has no limit. The medians are printed, for whoever reviews.

# shellcheck source=tests/lint/source.sh
. "$(dirname "${BASH_SOURCE[0]}")/source.sh"

while read -r file; do
    wc -l <"$file" >>"$T/lines"
    awk -v file="$file" '
        length($0) > 100 { print file ":" FNR ": " length($0) " columns" }
        /[ \t]$/ { print file ":" FNR ": space at the end of the line" }' "$file" >>"$T/faults"
done < <(sources '(\.[ch]|\.sh)$|^quickstart$|^tests/lib/[a-z-]+$')

# In this style a function is what stands between a line '{' and a line '}'.
while read -r file; do
    awk -v file="$file" -v lengths="$T/functions" '
        /\t/ { print file ":" FNR ": a tab" }
        /^\{$/ { begin = FNR }
        /^\}$/ && begin { n = FNR - begin - 1; print n >> lengths
            if (n > 80) print file ":" begin ": a function of " n " lines"; begin = 0 }' \
        "$file" >>"$T/faults"
done < <(c_sources)

median() {
    sort -n "$1" | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}

[ ! -e "$T/lines" ] || echo "median of a file: $(median "$T/lines") lines"
[ ! -e "$T/functions" ] || echo "median of a function: $(median "$T/functions") lines"
while read -r fault; do
    complain "$fault"
done < <(cat "$T/faults" 2>/dev/null)
verdict

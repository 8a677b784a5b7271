#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Every C file is as clang-format leaves it (.clang-format). Versions differ in what they do with
# the same settings: the tree is formatted for 14, and another one proves nothing.

# shellcheck source=tests/lint/source.sh
. "$(dirname "${BASH_SOURCE[0]}")/source.sh"

formatter=$(command -v clang-format-14 || command -v clang-format || :)
[ -n "$formatter" ] || skip "clang-format is missing; on Debian 12: apt-get install clang-format"
version=$("$formatter" --version | grep -oE 'version [0-9]+' | tr -dc 0-9)
[ "$version" = 14 ] ||
    skip "this is clang-format $version; the tree is formatted for 14 (on Debian 12: clang-format)"

while read -r file; do
    "$formatter" --dry-run -Werror "$file" 2>"$T/format.out" ||
        complain "$(grep -cE '(warning|error):' "$T/format.out") places: clang-format -i $file"
done < <(c_sources)
verdict

#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Every script passes shellcheck.

# shellcheck source=tests/lint/source.sh
. "$(dirname "${BASH_SOURCE[0]}")/source.sh"
requires shellcheck shellcheck

mapfile -t scripts < <(sources '.' | while read -r file; do
    case $file in
    *.sh) echo "$file" ;;
    *.bash | *.[ch] | *.md | *.am | *.[1-9]) ;;
    *) head -c 60 "$file" | head -n 1 | grep -aqE '^#!.*\b(ba|da)?sh\b' && echo "$file" ;;
    esac
done)
shellcheck -x "${scripts[@]}" || fail "shellcheck complains"

#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A test that isn't listed never runs, and a file that isn't listed isn't in the release:
# every test is in TESTS, every file that git has is in the distribution.

# shellcheck source=tests/lint/source.sh
. "$(dirname "${BASH_SOURCE[0]}")/source.sh"
requires make make
[ -e "$QMPBRIDGE_BUILD/Makefile" ] || skip "not configured"

listed() {
    cat tests/unit/*.am tests/*/*.am tests/local.am | tr -s ' \t\134' '\n' | sort -u
}

listed >"$T/listed"
for file in tests/e2e/*.sh tests/lint/*.sh; do
    [ "$file" = tests/lint/source.sh ] || grep -qxF "$file" "$T/listed" ||
        complain "$file is not in TESTS"
done
for file in tests/unit/test-*.c; do
    grep -qxF "${file%.c}" "$T/listed" || complain "$file is not built"
done

if [ -e .git ] && command -v git >/dev/null 2>&1; then
    MAKEFLAGS='' make -s -C "$QMPBRIDGE_BUILD" top_distdir="$T/dist" distdir="$T/dist" distdir \
        >"$T/make.out" 2>&1 || fail "make distdir"
    while read -r file; do
        [ -e "$T/dist/$file" ] || complain "$file is not in the distribution"
    done < <(git ls-files | grep -vE '(^|/)\.git(ignore|attributes)$')
fi
verdict

# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# For the lints: functions.sh, and which files the project has. They read the tree and
# the build, and change neither.

# shellcheck source=tests/lib/functions.sh
. "${QMPBRIDGE_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}/tests/lib/functions.sh"
cd "$QMPBRIDGE_SOURCE"

# sources REGEX: the project's own files that match, without what autotools makes.
made='aclocal\.m4|config(ure|\.h|\.h\.in|\.status)|libtool|Makefile(\.in)?|m4/l(t|ibtool).*|.*~'
sources() {
    find . -type d \( -name .git -o -name 'build*' -o -name autom4te.cache -o -name .libs \
        -o -name _build -o -name _inst \) -prune -o -type f -print | sed 's|^\./||' |
        grep -vE "^($made)\$" |
        { grep -E -- "$1" || :; } | LC_ALL=C sort
}

c_sources() {
    sources '\.[ch]$'
}

found=0

# complain TEXT: notes a fault and goes on, so that one run shows them all.
complain() {
    echo "$*"
    found=$((found + 1))
}

verdict() {
    [ $found = 0 ] || fail "$found faults, see above"
}

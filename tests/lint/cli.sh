#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What --help says, the man page says, and the other way round; so does a completion file where
# there is one. The man pages have no errors that groff would tell.

# shellcheck source=tests/lint/source.sh
. "$(dirname "${BASH_SOURCE[0]}")/source.sh"

# long_options: those in the text on standard input, one a line. troff writes - as \-.
long_options() {
    sed -e 's/\\-/-/g' -e 's/\\f[A-Z]//g' | { grep -oE -- '(^|[^-a-z0-9])--[a-z][-a-z]*' || :; } |
        sed 's/^[^-]*//' | sort -u
}

# compare PROGRAM PAGE
compare() {
    local program=$1 page=$2 name option
    name=$(basename "$page" .1)
    "$program" --help >"$T/help" 2>&1 || fail "$name --help: status $?"
    long_options <"$T/help" >"$T/of-help"
    long_options <"$page" >"$T/of-page"
    while read -r option; do
        complain "$name: $option is in --help and not in the man page"
    done < <(comm -23 "$T/of-help" "$T/of-page")
    while read -r option; do
        complain "$name: $option is in the man page and not in --help"
    done < <(comm -13 "$T/of-help" "$T/of-page")
    sources "(^|/)(completions?/$name|$name\.bash)(-completion)?$" | while read -r file; do
        ! grep -q -e '--complete' "$file" || continue # it asks the program
        long_options <"$file" | comm -23 "$T/of-help" - >"$T/missing"
        while read -r option; do echo "$name: $file does not complete $option"; done <"$T/missing"
    done >"$T/completion"
    while read -r option; do complain "$option"; done <"$T/completion"
}

[ -x "$BRIDGE" ] || skip "qmpbridge is not built"
compare "$BRIDGE" doc/qmpbridge.1
compare "$RECCTRLU" doc/recctrlu.1

if command -v groff >/dev/null 2>&1; then
    for page in doc/*.1; do
        groff -man -Tutf8 -ww -z "$page" 2>"$T/groff.err" || :
        [ ! -s "$T/groff.err" ] || complain "$page: $(head -n 3 "$T/groff.err")"
    done
fi
verdict

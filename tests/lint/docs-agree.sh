#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The command table of the shell, the man pages and doc/qmp-extension.md say the
# same: commands with their arguments, subcommands, exit codes, and the extension of QMP, whose
# examples are JSON. Options are compared by cli.sh.

# shellcheck source=tests/lint/source.sh
. "$(dirname "${BASH_SOURCE[0]}")/source.sh"
[ -x "$BRIDGE" ] || skip "qmpbridge is not built"

page=doc/qmpbridge.1
extension=doc/qmp-extension.md

# The commands: the build takes them from the table.
shell_page=$QMPBRIDGE_BUILD/doc/qmpbridge-shell.1
[ -e "$shell_page" ] || shell_page=doc/qmpbridge-shell.1
# troff of a page as plain text: no fonts, no escapes.
plain() {
    sed -e 's/\\f[A-Z]//g' -e 's/\\-/-/g' -e 's/\\&//g' -e 's/\\e/\\/g' "$1"
}
plain "$shell_page" >"$T/shell-page"
"$BRIDGE" --list-commands >"$T/commands"
[ -s "$T/commands" ] || fail "--list-commands prints nothing"
while read -r usage; do
    grep -qxF ".B $usage" "$T/shell-page" || complain "'$usage' is a command and not in $shell_page"
done <"$T/commands"
grep -q '@' "$T/shell-page" && complain "something in $shell_page wasn't filled in"

# The exit codes, in the page and in --help as in core/error.h.
sed -n 's/^ *EXIT_CODE_[A-Z]* = \([0-9]*\).*/\1/p' qmpbridge/core/error.h >"$T/codes"
"$BRIDGE" --help >"$T/help" # a grep that leaves early would end it by a signal
[ -s "$T/codes" ] || fail "no exit codes in qmpbridge/core/error.h"
while read -r code; do
    sed -n '/^\.SH EXIT STATUS/,/^\.SH SIGNALS/p' "$page" | grep -qx "\.B $code" ||
        complain "exit code $code is not in $page"
    grep -qE "(^|[ :])$code [a-z]" "$T/help" || complain "exit code $code is not in --help"
done <"$T/codes"

# The extension: each command and event has its place, and nothing else has one.
words=qmpbridge/core/record-protocol.h
sed -nE 's/^#define (COMMAND|EVENT)_.* "([A-Za-z_-]*[A-Za-z])".*/\2/p' "$words" |
    sort -u >"$T/extension"
[ -s "$T/extension" ] || fail "no commands and events in $words"
while read -r name; do
    grep -qE "^(### $name( |\$)|\| $name \|)" "$extension" || complain "$extension lacks $name"
done <"$T/extension"

requires jq jq
sed -nE 's/^    (->|<-) (\{.*\})$/\2/p' "$extension" >"$T/examples"
[ "$(wc -l <"$T/examples")" -ge 10 ] || fail "the examples of $extension aren't found"
while read -r example; do
    jq -e . <<<"$example" >/dev/null 2>&1 || complain "no JSON in $extension: $example"
done <"$T/examples"
verdict

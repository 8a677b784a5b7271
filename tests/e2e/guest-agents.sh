#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# architectures: all
#
# recctrlu for guests of each architecture, as `make guest-agents` builds and `make install`
# installs it: a small static program that needs nothing but a kernel. Run by qemu-user it does
# what the one for this machine does where no recorder listens; its library survives traps and
# waits.

# shellcheck source=tests/lib/functions.sh
. "${QMPBRIDGE_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}/tests/lib/functions.sh"
requires_cross "$ARCHITECTURE"
requires readelf binutils
requires make make
[ -x "$RECCTRLU" ] || skip "recctrlu is not built"

MAKEFLAGS='' make -s -C "$QMPBRIDGE_BUILD" guest-agents install-guest-agents \
    GUEST_ARCHITECTURES="$ARCHITECTURE" guest_agents_dir="$T/guest" DESTDIR="$T/installed" \
    >"$T/make.out" 2>&1 || fail "make guest-agents"
agent=$(find "$T/installed" -path "*/guest/$ARCHITECTURE/recctrlu")
[ -x "$agent" ] || fail "no agent is installed"
[ "$(stat -c %s "$agent")" -lt 102400 ] || fail "it has 100 KiB or more: $(stat -c %s "$agent")"
readelf -lW "$agent" >"$T/segments"
expect_no_line "$T/segments" 'INTERP|DYNAMIC|NOTE|RWE'
expect_line "$T/segments" 'GNU_STACK.* RW |MIPS_ABIFLAGS'

run=()
if [[ $(uname -m) != x86_64 || ! $ARCHITECTURE =~ ^(x86_64|i386)$ ]]; then
    command -v "qemu-$ARCHITECTURE" >/dev/null ||
        skip "not run: qemu-$ARCHITECTURE is missing; on Debian: apt-get install qemu-user"
    run=("qemu-$ARCHITECTURE")
fi

# same STATUS ARGUMENT...: recctrlu's status, output and complaints are those of the one for this
# machine.
same() {
    local wanted=$1
    shift
    expect_status "$wanted" "$RECCTRLU" "$@"
    mv "$T/last.out" "$T/wanted.out"
    mv "$T/last.err" "$T/wanted.err"
    expect_status "$wanted" "${run[@]}" "$agent" "$@"
    diff "$T/wanted.out" "$T/last.out" || fail "$*: its output differs"
    diff "$T/wanted.err" "$T/last.err" || fail "$*: its complaints differ"
}

same 0 --help
same 0 --version
same 2
same 2 --token 99999999999999999999999 status
same 2 --token=0x10g status
same 2 --wait 86401 status
same 2 start
same 2 start "$(printf '%128s' '' | tr ' ' x)"
for command in probe 'toggle name' 'open_session name' 'close_session name' 'start name' stop \
    status 'mark text' '--token 0x7fffffff --wait 010 --quiet stop'; do
    # shellcheck disable=SC2086 # words
    same 3 $command
done
same 125 run name true
# shellcheck disable=SC2016 # the command expands it
same 7 --optional run name -- sh -c 'echo "$0 is run"; exit 7' it
same 127 --optional run name nonesuch
same 127 --optional run name /nonesuch
same 126 --optional run name /
same 143 --optional run name -- sh -c 'kill -TERM $$'
same 0 --optional run name env -i true
expect_status 1 "${run[@]}" "$agent" install-pam
one_clear_line "$T/last.err" 'write the line by hand'

"$QMPBRIDGE_SOURCE/guest-agent/build-guest-agent" "$ARCHITECTURE" "$T/library" \
    "$QMPBRIDGE_SOURCE/tests/guest/bare-library.c" || fail "the library's test can't be built"
"${run[@]}" "$T/library" >"$T/library.out" 2>&1 || fail "the library: $(cat "$T/library.out")"
expect_line "$T/library.out" '^tokens differ: ok'

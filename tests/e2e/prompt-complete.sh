#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# emulators: 11.1 10.0 7.2
#
# Completion on a terminal, from the schema of the emulator itself and from what it answers:
# commands, keys of unions, values, names of nodes, commands of the human monitor.

# shellcheck source=tests/lib/functions.sh
. "${QMPBRIDGE_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}/tests/lib/functions.sh"
# shellcheck source=tests/lib/terminal.sh
. "$LIB/terminal.sh"
[ -x "$BRIDGE" ] || skip "qmpbridge is not built"
requires_terminal
mkdir "$T/files"
truncate -s 1M "$T/files/a disk.img"
start_monitor vm -blockdev "driver=file,node-name=first-file,filename=$T/files/a disk.img" \
    -blockdev 'driver=raw,node-name=first,file=first-file' \
    -object iothread,id=pool
cd "$T/files"

open_terminal a 140 40 "$BRIDGE" "$T/vm.sock"
tty a wait '^qmpbridge>$'

# Commands, and their marks.
tty a send 'query-status\t'
tty a row 'qmpbridge> query-status'
tty a send '\r'
tty a wait 'running'
tty a send 'qu\t\t'
tty a wait '^query-balloon +'
tty a send '\x15'
tty a send 'x-query-r\t\t'
tty a wait 'x-query-r[a-z]+ \(unstable\)'
tty a send '\x15'

# Members of a union, once its tag is there, also nested; required ones first.
tty a send 'blockdev-add driver=qcow2 file.driver=file file.fi\t'
tty a row 'qmpbridge> blockdev-add driver=qcow2 file\.driver=file file\.filename='
tty a send 'a\t'
tty a row 'qmpbridge> blockdev-add .*file\.filename=a\\ disk\.img'
tty a send 'node\t'
tty a row 'qmpbridge> .*a\\ disk.img node-name='
tty a send 'new discard=\t\t'
tty a wait '^ignore +unmap'
tty a send 'u\t'
tty a row 'qmpbridge> .* discard=unmap'
tty a send '\x15'
tty a send 'block_resize \t\t'
tty a wait '^size= \(required\) +device= +node-name='

# A name that only a query tells.
tty a send 'node-name=first-\t'
tty a row 'qmpbridge> block_resize node-name=first-file'
tty a send 'size=2M\x15'
tty a send 'object-del id=po\t'
tty a row 'qmpbridge> object-del id=pool'
tty a send '\x15object-del id="po\t'
tty a row 'qmpbridge> object-del id="pool"'
tty a send '\x15qom-list path=/mach\t'
tty a row 'qmpbridge> qom-list path=/machine'
tty a send '/un\t'
tty a row 'qmpbridge> qom-list path=/machine/unattached'
tty a send '\x15'

# The human monitor.
tty a send 'hmp info ver\t'
tty a row 'qmpbridge> hmp info version'
tty a send '\r'
tty a wait "^$QEMU_LABEL"
tty a send 'hmp no-such "thing\r'
tty a wait "unknown command: 'no-such'"
tty a send 'quit\r'
tty a end 0
close_terminal a

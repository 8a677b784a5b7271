# SPDX-License-Identifier: GPL-2.0-or-later
"""completion.py SOCKET [all]: what qmp-shell offers at its prompt; with 'all' also what qmpbridge
adds."""

import sys

from qemu.qmp.qmp_shell import QMPShell

from view import EXTENSION

with QMPShell(sys.argv[1]) as shell:
    shell.connect()
    offered, state = [], 0
    while (word := shell._completer.complete('', state)) is not None:
        offered.append(word)
        state += 1
    print(*sorted(set(offered) - (set() if 'all' in sys.argv else EXTENSION)), sep='\n')

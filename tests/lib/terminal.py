#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""terminal.py COLUMNS ROWS COMMAND...: runs COMMAND on a terminal of its own, for a test script.

It reads requests from standard input, one a line, and answers each with a line: "ok", or
"no: REASON". What the program writes goes through a model of a VT100's screen; nothing sleeps, a
wait ends when what was written makes it true, or after its deadline. Backslash escapes (\\t, \\r,
\\x03, \\e) are those of Python, with \\e for ESC.

  send TEXT         as typed
  wait REGEX        until the screen, its rows joined by line feeds, matches
  row REGEX         until the row of the cursor matches as a whole
  gone REGEX        until the screen doesn't match any more
  size COLUMNS ROWS changes the size
  bye               no more requests; the program gets a hang-up
  end STATUS        until the program has ended; its exit status must be STATUS
"""
import codecs
import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time

import pyte

PATIENCE = float(os.environ.get("PATIENCE", "60"))


class Terminal:
    def __init__(self, columns, rows, command):
        self.screen = pyte.Screen(columns, rows)
        self.stream = pyte.ByteStream(self.screen)
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execvp(command[0], command)
        self.open = True
        self.resize(columns, rows)

    def resize(self, columns, rows):
        size = struct.pack("HHHH", rows, columns, 0, 0)
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, size)
        if (columns, rows) != (self.screen.columns, self.screen.lines):
            self.screen.resize(rows, columns)

    def text(self):
        return "\n".join(line.rstrip() for line in self.screen.display).rstrip("\n")

    def row(self):
        return self.screen.display[self.screen.cursor.y].rstrip()

    def read(self, seconds):
        """Takes in what the program writes; False if nothing comes."""
        if not self.open or not select.select([self.fd], [], [], max(seconds, 0))[0]:
            return False
        try:
            data = os.read(self.fd, 65536)
        except OSError:
            data = b""
        self.open = bool(data)
        self.stream.feed(data)
        return self.open

    def until(self, true):
        deadline = time.monotonic() + PATIENCE
        while not true():
            if not self.read(deadline - time.monotonic()):
                return true()
        return True

    def end(self, status):
        self.until(lambda: not self.open)
        if self.open:
            return "it still runs"
        _, wait_status = os.waitpid(self.pid, 0)
        self.pid = 0
        code = os.waitstatus_to_exitcode(wait_status)
        return None if code == int(status) else f"it ended with status {code}"

    def do(self, request):
        verb, _, rest = request.partition(" ")
        if verb == "send":
            os.write(self.fd, codecs.decode(rest.replace("\\e", "\\x1b"), "unicode_escape")
                     .encode("latin-1"))
            return None
        if verb == "size":
            self.resize(*map(int, rest.split()))
            return None
        if verb == "end":
            return self.end(rest)
        tests = {
            "wait": lambda: re.search(rest, self.text(), re.M),
            "row": lambda: re.fullmatch(rest, self.row()),
            "gone": lambda: not re.search(rest, self.text(), re.M),
        }
        if verb not in tests:
            return f"what is '{verb}'?"
        return None if self.until(tests[verb]) else f"/{rest}/"


def main():
    terminal = Terminal(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:])
    for request in sys.stdin:
        if request == "bye\n":
            break
        reason = terminal.do(request.rstrip("\n"))
        if reason:
            print(f"--- the screen, cursor in row {terminal.screen.cursor.y + 1}", file=sys.stderr)
            print(terminal.text(), file=sys.stderr)
            print("---", file=sys.stderr, flush=True)
        print(f"no: {reason}" if reason else "ok", flush=True)
    if terminal.pid:
        os.kill(terminal.pid, signal.SIGHUP)


main()

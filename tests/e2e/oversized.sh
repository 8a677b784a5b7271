#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# emulators: 11.1 10.0 7.2
#
# Requests beyond a limit of QEMU's JSON parser. QEMU up to 10.0 drops what it has read when a limit
# is passed, and reads the rest of the same request as further commands: such a request would run
# what its arguments only quote, and its parse errors would answer other clients' commands. Each
# is refused with an error to its own client, and what just fits passes.

# shellcheck source=tests/lib/functions.sh
. "${QMPBRIDGE_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}/tests/lib/functions.sh"
[ -x "$BRIDGE" ] || skip "qmpbridge is not built"
requires python3 python3
start_monitor vm
start_serve "$T/vm.sock"
wait_for_line "$T/serve.out" '^Connected'

# request KIND: on standard output, with id 1 and `stop` quoted in its arguments.
request() {
    python3 - "$1" <<'END'
import sys

MIB = 1 << 20
STOP = '{"execute": "stop"}'
QUOTED = STOP.replace('"', "'")     # QEMU takes single quotes, which need no escape here
MEMBER = '"": {}, '                 # five tokens
# 12 tokens around the arguments, as the bridge sends them, and 9 beside the members in them.
MEMBERS_FIT = (2 * MIB - 12 - 9) // 5


def string(text):
    return f'{{"a": "{text}  {QUOTED}  "}}'


def tokens(members):
    return "{" + MEMBER * members + f'"b": {STOP}' + "}"


def nested(depth):
    """Arguments that nest so deep, the request's own brace counted in."""
    return '{"a": ' * (depth - 2) + STOP + "}" * (depth - 2)


KINDS = {
    "utf-8": lambda: string("\u00e9" * (64 * MIB // 6)),
    "delete": lambda: string("\x7f" * (64 * MIB // 6)),
    "tokens": lambda: tokens(MEMBERS_FIT + 1),
    "tokens-fit": lambda: tokens(MEMBERS_FIT),
    "deep": lambda: nested(1025),
    "deep-fits": lambda: nested(1024),
}
print('{"execute": "query-name", "id": 1, "arguments": ' + KINDS[sys.argv[1]]() + "}")
END
}

# said KIND REGEX: how the request is answered; the client's next command has its own answer.
said() {
    echo "--- $1"
    {
        echo '{"execute": "qmp_capabilities"}'
        request "$1"
        echo '{"execute": "query-version", "id": 2}'
    } >"$T/request"
    timeout "$PATIENCE" "$LIB/raw-client" "$SOCKET" ask <"$T/request" >"$T/reply.out" ||
        fail "no answer to $1"
    cut -c1-300 "$T/reply.out"
    expect_line "$T/reply.out" "$2"
    expect_line "$T/reply.out" '"return".*"qemu".*"id": 2'
    expect_equal "$(grep -c . "$T/reply.out")" 5 "lines: greeting, capabilities, three answers"
    attach -c query-status >"$T/status.out"
    expect_line "$T/status.out" running
}

said tokens '"error".*too big.*"id": 1'
said utf-8 '"error".*too big.*"id": 1'
said delete '"error".*too big.*"id": 1'
said deep '"error".*deeper than'
# QEMU itself says what is wrong with these.
said deep-fits '"error".*"id": 1'
said tokens-fit '"error".*"id": 1'
expect_no_line "$EVENTS" '"STOP"'

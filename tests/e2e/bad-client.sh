#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# emulators: 11.1 10.0 7.2
#
# Clients that are out of order at the control socket: error replies, or the end of their
# connection. Other clients don't notice, and the bridge's memory stays within bounds.

# shellcheck source=tests/lib/functions.sh
. "${QMPBRIDGE_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}/tests/lib/functions.sh"
[ -x "$BRIDGE" ] || skip "qmpbridge is not built"
requires python3 python3
start_monitor vm
start_serve "$T/vm.sock"
wait_for_line "$T/serve.out" '^Connected'
"$BRIDGE" "$SOCKET" --json -c "wait STOP $((PATIENCE * 4))" >"$T/witness.out" 2>&1 </dev/null &
witness=$!
ready='{"execute": "qmp_capabilities"}'

# said HOW REGEX...: what is on standard input is answered by lines like these, and what follows
# is carried out.
said() {
    local how=$1 regex
    shift
    echo "--- $*"
    timeout "$PATIENCE" "$LIB/raw-client" "$SOCKET" "$how" >"$T/reply.out" ||
        fail "no answer to what follows"
    for regex in "$@" '"id": "end"'; do
        expect_line "$T/reply.out" "$regex"
    done
}

said ask 'Expecting capabilities negotiation' <<<'{"execute": "query-status"}'"$ready"
said ask '"error".*JSON' <<<"$ready GET / HTTP/1.1"
said ask '"error".*JSON' <<<"$ready"'{"execute": nonsense}'
said ask '"error".*unexpected' <<<"$ready"'{"execute": "stop", "strange": 1}'
said ask '"error".*must be a JSON object' <<<"$ready"'[{"execute": "stop"}]'
said ask 'has not been found|CommandNotFound' <<<"$ready"'{"execute": "no-such-command"}'
said ask '"id": \{"a": \[1\]\}' <<<"$ready"'{"execute": "query-name", "id": {"a": [1]}}'
said ask '"error".*exec-oob' <<<"$ready"'{"exec-oob": "migrate-pause"}'
said bytes '"id": 7' <<<"$ready"$'\r\n{"execute":\r\n"query-name",\r\n"id": 7}\r\n'
said ask '"id": 8' < <(
    printf '\377\0%s{"execute": "st\377{"execute": "query-name", "id": 8}' "$ready")
said ask '"error".*control character' '"id": 9' < <(
    printf '%s{"execute": "st\001"}\n{"execute": "query-name", "id": 9}' "$ready")
said ask '"error".*deeper than' < <(
    printf '%s{"execute": "stop", "arguments": {"a": ' "$ready"
    head -c 100000 /dev/zero | tr '\0' '['
    head -c 100000 /dev/zero | tr '\0' ']'
    echo '}}')
said ask '"error".*bigger than' < <(
    printf '%s{"execute": "stop", "arguments": {"a": "' "$ready"
    head -c $((65 << 20)) /dev/zero | tr '\0' x
    echo '"}}')

# Those that leave in the middle of something, and one that never reads.
printf '%s{"execute": "stop", "argum' "$ready" | "$LIB/raw-client" "$SOCKET" leave
printf '{"execute": "qmp_cap' | "$LIB/raw-client" "$SOCKET" leave
"$LIB/raw-client" "$SOCKET" leave </dev/null
{
    printf '%s' "$ready"
    for ((i = 0; i < 200; i++)); do echo '{"execute": "query-qmp-schema"}'; done
} >"$T/flood"
"$LIB/raw-client" "$SOCKET" deaf <"$T/flood" >"$T/deaf.out" 2>&1 &
on_exit end_process $!
wait_for_line "$T/deaf.out" 'stuck|closed'

attach --json -c query-name -c stop >"$T/other.out"
expect_equal "$(grep -c '"return"' "$T/other.out")" 2 'replies to a client in order'
wait_for_end "$witness"
expect_equal "$STATUS" 0 'status of the client that waited all the time'
expect_equal "$(grep -c STOP "$T/witness.out")" 1 'events that it got'
peak=$(awk '$1 == "VmHWM:" { print int($2 / 1024) }' "/proc/$SERVE_PID/status")
echo "at most $peak MiB"
[ -n "${QMPBRIDGE_SANITIZED:-}" ] || [ "$peak" -lt 320 ] || fail "$peak MiB of memory"
expect_no_line "$T/serve.err" 'CRITICAL|WARNING|Sanitizer'

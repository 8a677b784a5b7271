#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# emulators: 11.1 10.0 7.2
#
# What is printed: --json and --return-value give what QEMU said to the byte, order and digits
# included, and nothing else; for people it is laid out, with colours only on a terminal.

# shellcheck source=tests/lib/functions.sh
. "${QMPBRIDGE_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}/tests/lib/functions.sh"
[ -x "$BRIDGE" ] || skip "qmpbridge is not built"
requires jq jq
requires python3 python3
requires_pty
start_monitor qmp
monitor=$MONITOR_PID

shell() {
    timeout "$PATIENCE" "$BRIDGE" "$T/qmp.sock" "$@" </dev/null
}

# raw COMMAND: the line with which QEMU itself answers {"execute": COMMAND}, without {"return": }.
# shellcheck disable=SC2016
raw() {
    python3 - "$T/qmp.sock" "$1" <<'END'
import socket, sys
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
lines = s.makefile(encoding="ascii")
lines.readline()
for command in "qmp_capabilities", sys.argv[2]:
    s.sendall(b'{"execute": "%s"}\n' % command.encode())
    while not (line := lines.readline()).startswith('{"return"'):
        pass
print(line.rstrip()[len('{"return": '):-1])
END
}

# More than a signed integer of 64 bits holds.
huge=18446744073709551615
shell -c '{"execute": "migrate-set-parameters", "arguments": {"max-bandwidth": '$huge'}}'
for command in query-version query-status query-migrate-parameters query-qmp-schema; do
    raw "$command" >"$T/raw.out"
    shell --return-value -c "$command" >"$T/returned.out"
    cmp "$T/raw.out" "$T/returned.out" || fail "$command is not what QEMU said"
    shell --json -c "$command" >"$T/json.out"
    printf '{"command": "%s", "return": %s}\n' "$command" "$(cat "$T/raw.out")" |
        cmp - "$T/json.out" || fail "$command as JSON is not what QEMU said"
    # With the white space gone people get the same.
    shell -c "$command" >"$T/people.out"
    expect_equal "$(tr -d ' \n' <"$T/people.out" | md5sum)" \
        "$(tr -d ' \n' <"$T/raw.out" | md5sum)" "$command for people"
    awk 'length($0) > 100' "$T/people.out" >"$T/long.out"
    [ "$command" != query-qmp-schema ] || expect_equal "$(cat "$T/long.out")" "" "long lines"
done
shell -c query-migrate-parameters >"$T/people.out"
expect_line "$T/people.out" "\"max-bandwidth\": $huge(,|}|\$)"
expect_no_line "$T/people.out" "$(printf '\033')"

# Every line is one object; errors are among them.
status=0
shell --json -c query-version -c stop -c cont \
    -c 'human-monitor-command command-line="info status"' -c 'qom-get path=/no/such property=x' \
    >"$T/json.out" || status=$?
expect_equal "$status" 1
[ "$(wc -l <"$T/json.out")" -ge 5 ] || fail "lines are missing: $(cat "$T/json.out")"
while read -r line; do
    jq -e 'type == "object"' <<<"$line" >/dev/null || fail "no object: $line"
done <"$T/json.out"
LC_ALL=C grep -q '[^ -~]' "$T/json.out" && fail "not ASCII"
expect_line "$T/json.out" '^\{"error": \{"class": "DeviceNotFound", "desc": ".*", "exit-code": 1'

# Just what is returned; the HMP command's text is a string of JSON.
status=0
shell --return-value -c stop -c query-status \
    -c 'human-monitor-command command-line="info status"' -c cont \
    -c 'qom-get path=/no/such property=x' \
    >"$T/returned.out" 2>"$T/errors.out" || status=$?
expect_equal "$status" 1
expect_equal "$(wc -l <"$T/returned.out")" 4 "lines of $(cat "$T/returned.out")"
expect_equal "$(sed -n 1p "$T/returned.out")" '{}'
expect_equal "$(sed -n 2p "$T/returned.out" | jq -r .running)" false
expect_equal "$(sed -n 3p "$T/returned.out" | jq -r type)" string
one_clear_line "$T/errors.out" 'error: .*/no/such'

# Colours: on a terminal that has them, unless someone says no.
coloured() {
    env "${@:2}" script -qfec "'$BRIDGE' '$T/qmp.sock' $1 -c query-version" "$T/screen.log" \
        </dev/null >/dev/null
    grep -q "$(printf '\033')\\[" "$T/screen.log"
}
coloured '' TERM=xterm || fail "no colours on a terminal"
coloured --no-color TERM=xterm && fail "colours in spite of --no-color"
coloured '' TERM=xterm NO_COLOR=1 && fail "colours in spite of NO_COLOR"
coloured '' TERM=xterm NO_COLOR= || fail "an empty NO_COLOR counts for nothing"
coloured '' TERM=dumb && fail "colours on a dumb terminal"
coloured --json TERM=xterm && fail "colours in JSON"
coloured --return-value TERM=xterm && fail "colours in JSON"

shell -c '{"execute": "quit"}' >/dev/null || :
monitor_ended "$monitor"

#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# emulators: 11.1 10.0 7.2
#
# A monitor behind TLS, and one with an abstract name: the shell works there as everywhere; what is
# wrong with a certificate is told in one line that says what to do.

# shellcheck source=tests/lib/functions.sh
. "${QMPBRIDGE_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}/tests/lib/functions.sh"
[ -x "$BRIDGE" ] || skip "qmpbridge is not built"
requires jq jq
requires openssl openssl

mkdir "$T/tls"
"$LIB/certificates" "$T/tls"
name=qmpbridge-test-$$
start_monitor vm -object "tls-creds-x509,id=tls,endpoint=server,verify-peer=on,dir=$T/tls" \
    -chardev socket,id=far,host=127.0.0.1,port=0,server=on,wait=off,tls-creds=tls \
    -mon chardev=far,mode=control \
    -chardev "socket,id=named,path=$name,abstract=on,server=on,wait=off" \
    -mon chardev=named,mode=control
port=$("$BRIDGE" "$T/vm.sock" --return-value -c query-chardev |
    jq -r '.[] | select(.label == "far") | .filename' |
    sed -nE 's/.*127\.0\.0\.1:([0-9]+).*/\1/p')
[ -n "$port" ] || fail "QEMU doesn't say its port"

# over_tls STATUS [options]: by TLS.
over_tls() {
    expect_status "$1" "$BRIDGE" "tls:127.0.0.1:$port" "${@:2}"
}
own=(--tls-cert "$T/tls/client-cert.pem" --tls-key "$T/tls/client-key.pem")

over_tls 0 --tls-ca "$T/tls/ca-cert.pem" "${own[@]}" --json -c query-version
expect_line "$T/last.out" "\"major\" *: *${QEMU_LABEL%%.*}\\b"
over_tls 0 --tls-ca "$T/tls/ca-cert.pem" "${own[@]}" --tls-name localhost -c query-status

# The schema of hundreds of kilobytes, and a command of as many.
"$BRIDGE" "tls:localhost:$port" --tls-ca "$T/tls/ca-cert.pem" "${own[@]}" --return-value \
    -c query-qmp-schema >"$T/far.out"
"$BRIDGE" "$T/vm.sock" --return-value -c query-qmp-schema >"$T/near.out"
cmp "$T/far.out" "$T/near.out" || fail "the schema isn't the same by TLS"
{
    printf '{"execute": "object-add", "arguments": {"qom-type": "secret", "id": "s", "data": "'
    head -c 300000 /dev/zero | tr '\0' x
    printf '"}}\n'
} >"$T/big.script"
over_tls 0 --tls-ca "$T/tls/ca-cert.pem" "${own[@]}" "$T/big.script"

over_tls 4 "${own[@]}" -c query-status
one_clear_line "$T/last.err" 'name the file of its CA by --tls-ca'
over_tls 4 --tls-ca "$T/tls/other-cert.pem" "${own[@]}" -c query-status
one_clear_line "$T/last.err" 'name the file of its CA by --tls-ca'
over_tls 4 --tls-ca "$T/tls/ca-cert.pem" "${own[@]}" --tls-name elsewhere.example \
    -c query-status
one_clear_line "$T/last.err" 'it is for another host'
over_tls 4 --tls-ca "$T/tls/ca-cert.pem" -c query-status
one_clear_line "$T/last.err" 'wants a certificate of this side'
over_tls 2 --tls-ca "$T/tls/missing.pem" -c query-status
one_clear_line "$T/last.err" 'missing.pem'
over_tls 0 --tls-ca "$T/tls/ca-cert.pem" "${own[@]}" -c query-status

expect_status 0 "$BRIDGE" "abstract:$name" --json -c query-version
expect_line "$T/last.out" "\"major\" *: *${QEMU_LABEL%%.*}\\b"
expect_status 4 "$BRIDGE" "abstract:$name-not" -c query-version
one_clear_line "$T/last.err" 'nobody listens there'

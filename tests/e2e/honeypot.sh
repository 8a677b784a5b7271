#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# emulators: 11.1
#
# monitor-scripts/honeypot: root logs in with any password, is recorded, and the machine starts anew
# from the same disk; SIGTERM in the middle of a session ends recording and script properly. Numbers
# of runs go on. And what can't work is said.

# shellcheck source=tests/e2e/login.source.sh
. "$(dirname "${BASH_SOURCE[0]}")/login.source.sh"
find_guest
HONEYPOT=$QMPBRIDGE_SOURCE/monitor-scripts/honeypot
STATE=$T/honeypot
STORE=$STATE/store
export QMPBRIDGE=$BRIDGE

expect_status 0 "$HONEYPOT" --help
expect_status 2 "$HONEYPOT" --limit soon "$T/none"
one_clear_line "$T/last.err" 'honeypot: --limit takes a number'
expect_status 2 "$HONEYPOT" "$T/none"
one_clear_line "$T/last.err" "honeypot: the machine file .*none can't be read"

# Three failures in a row, none of which uses a number again.
printf '[machine]\nqemu=/bin/true\n' >"$T/broken.vm"
expect_status 3 "$HONEYPOT" --state "$STATE" --port "$(free_port)" "$T/broken.vm"
expect_line "$T/last.err" 'honeypot: three runs in a row have failed: .*no QEMU'

prepare_login_guest <<'END'
sed -i 's/^@include common-auth/auth sufficient pam_permit.so/' /etc/pam.d/sshd
recctrlu install-pam pam_recctrl.so users=root wait=30
END
mapfile -t options < <(bridge_options | sed -e '/^--\(store\|socket\|log\)$/,+1d')
"$BRIDGE" run "${options[@]}" --disk "$GUEST/disk.img" --print-machine >"$T/root.vm"
first=$(free_port)
"$HONEYPOT" --state "$STATE" --port "$first" --limit 600 "$T/root.vm" >"$T/honeypot.out" 2>&1 &
honeypot=$!
on_exit end_process "$honeypot"

# await_run NUMBER: its sshd listens.
await_run() {
    wait_for_line "$T/honeypot.out" "^run $1: port"
    wait_for_line "$STATE/runs/$1/log" '^Guest console: '
    CONSOLE=$(sed -n 's/^Guest console: *//p' "$STATE/runs/$1/log")
    PORT=$(sed -n "s/^run $1: port //p" "$T/honeypot.out")
    wait_for_line "$CONSOLE" 'guest: sshd listens' $((PATIENCE * 3))
}
await_run 000004
expect_line "$STATE/runs/000004/log" '^Guest reaches:  nothing outside; QEMU is in (a|no) sandbox$'
by_password root "id $SHOWN; echo changed >/root/mark"
wait_for_line "$T/honeypot.out" '^run 000004: root_' $((PATIENCE * 2))
expect_line "$T/honeypot.out" '^run 000004: root_[a-z]*, requested, identical'
expect_line "$STATE/runs/000004/result" '"verdict": "identical"'

await_run 000005
mkfifo "$T/session"
{
    by_password root "ls /root/mark $SHOWN 2>&1; echo 'in the second' $SHOWN; cat" || : # is cut off
} <"$T/session" >"$T/session.out" 2>&1 &
on_exit end_process $!
exec 5>"$T/session"
wait_for_line "$CONSOLE" '^in the second'
kill -TERM "$honeypot"
wait_for_end "$honeypot" $((PATIENCE * 3))
exec 5>&-
expect_equal "$STATUS" 0 'status of honeypot'
expect_line "$T/honeypot.out" '^run 000005: root_[a-z]*_[0-9]*, shutdown, identical'
for name in $(recordings); do
    expect_proven "$name"
    [ -s "$STORE/$name/packets.pcap" ] || fail "no packets in $name"
done
expect_equal "$(recordings | wc -l)" 2 recordings
second=$(recordings | tail -n 1)
expect_console "$(recordings | head -n 1)" '^uid=0\(root\)'
expect_console "$second" 'No such file or directory' # what the first one changed has gone

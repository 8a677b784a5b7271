#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# emulators: 11.1 10.0
#
# Logins by ssh into a guest of Debian's packages, with the PAM module: by password, by key on a
# terminal, of a user who isn't listed, two that overlap, and one whose client is killed.

# shellcheck source=tests/e2e/login.source.sh
. "$(dirname "${BASH_SOURCE[0]}")/login.source.sh"
find_guest

# The names of program and module are anyone's to choose.
start_login_guest --recctrl session_rec=y <<'END'
module=$(find /usr/lib -name pam_recctrl.so)
mv "$module" "${module%/*}/pam_lastseen.so"
mv /usr/sbin/recctrlu /usr/sbin/lastseen
rm /usr/sbin/recctrlu.sh
lastseen install-pam pam_lastseen.so users=alice,bob wait=30
END
by_password alice "echo 'alice types' $SHOWN"
ended alice_session_000
by_key bob -tt <<<"tty $SHOWN; echo typed \$((6 * 7)) $SHOWN; exit" >"$T/bob.out" 2>&1
ended bob_session_001
by_password carol "echo 'carol is not listed' $SHOWN"
by_key root "find /etc /usr /var -xdev -name '*recctrl*'; grep -rls recctrl /etc
    grep -rl lastseen /etc" >"$T/traces" || :
expect_equal "$(cat "$T/traces")" /etc/pam.d/sshd 'what names the hook'

# The recording goes on until the last one closes.
open_session alice first
first=$SESSION
open_session bob second
close_session first
wait_for_end "$first"
by_key carol "echo 'between the two' $SHOWN"
close_session second
ended alice_session_002

open_session bob killed
kill -KILL "$SESSION"
wait "$SESSION" 2>/dev/null || : # without the shell's word about the kill
ended bob_session_003

end_of_logins alice_session_000 bob_session_001 alice_session_002 bob_session_003
expect_console alice_session_000 '^alice types'
expect_console bob_session_001 '^/dev/pts/'
expect_console bob_session_001 '^typed 42'
expect_console alice_session_002 '^bob is in \(second\)'
expect_console alice_session_002 '^between the two'
for name in alice_session_000 bob_session_001 alice_session_002 bob_session_003; do
    expect_reason "$name" requested
    expect_no_line "$STORE/$name/console.log" 'is not listed'
done
expect_line "$T/console.log" 'carol is not listed'

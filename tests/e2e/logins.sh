#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# emulators: 11.1 10.0
#
# What login.sh has no time for; `make check-logins` runs it: an sshd that is killed, scp and sftp,
# three users at once, and logins in the midst of a begin and of an end. LOGIN_RELEASE is the
# guest's release of Debian, by default this host's.

# shellcheck source=tests/e2e/login.source.sh
. "$(dirname "${BASH_SOURCE[0]}")/login.source.sh"
find_guest "${LOGIN_RELEASE:-}"

# The session that no one closes any more is ended once its connection has gone, and keeps no later
# one open.
start_login_guest --recctrl session_rec=y --idle-end 3 <<'END_OF_GUEST'
recctrlu install-pam pam_recctrl.so users=alice,bob wait=30
END_OF_GUEST
open_session alice lost
# shellcheck disable=SC2016 # the guest's shell expands it
by_key root 'for process in /proc/[0-9]*; do
    ! grep -aqs "sshd.*: [a]lice" "$process/cmdline" || kill -KILL "${process#/proc/}"
done'
wait "$SESSION" 2>/dev/null || :
ended alice_session_000
by_key bob "echo 'bob comes later' $SHOWN"
ended bob_session_001
end_of_logins alice_session_000 bob_session_001
expect_reason alice_session_000 idle
expect_reason bob_session_001 requested
expect_console bob_session_001 '^bob comes later'
rm -r "$STORE"

start_login_guest --recctrl session_rec=y <<'END_OF_GUEST'
recctrlu install-pam pam_recctrl.so users=alice,bob,carol wait=30
END_OF_GUEST
head -c 100000 /dev/urandom >"$T/file"
timeout "$PATIENCE" scp -q -P "$PORT" "${BY_KEY[@]}" "$T/file" alice@127.0.0.1:
ended alice_session_000
timeout "$PATIENCE" sftp -q -P "$PORT" "${BY_KEY[@]}" -b - bob@127.0.0.1 <<END_OF_BATCH >/dev/null
put $T/file copy
get copy $T/back
END_OF_BATCH
ended bob_session_001
cmp "$T/file" "$T/back" || fail "what sftp brought back differs"

open_session alice one
open_session bob two
open_session carol three
close_session two
close_session one
close_session three
ended alice_session_002

# Which of those that come at once is the first, and whether the last one still finds the recording
# of another, is chance: each is in one.
clients=()
for user in alice bob carol; do
    by_key "$user" "echo '$user at the begin' $SHOWN" &
    clients+=($!)
done
for client in "${clients[@]}"; do wait_for_end "$client"; done
open_session alice leaves
close_session leaves
by_key bob "echo 'bob at the end' $SHOWN"

by_key root 'echo over >/run/finish'
end_of_bridge
expect_equal "$(incomplete)" "" "incomplete recordings"
for name in $(recordings); do
    expect_proven "$name"
    expect_reason "$name" requested
done
for word in one two three; do
    expect_console alice_session_002 "^[a-z]* is in \\($word\\)"
done
for line in {alice,bob,carol}' at the begin' 'bob at the end'; do
    grep -aq "^$line" "$STORE"/*/console.log || fail "'$line' is in no recording"
done

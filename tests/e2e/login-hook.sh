#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# recctrlu.sh, the login hook, with a recctrlu that notes what it is asked, in each shell that is
# here: whom it records, and that its status is 0 whatever happens. And recctrlu install-pam.

# shellcheck source=tests/lib/functions.sh
. "${QMPBRIDGE_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}/tests/lib/functions.sh"
[ -x "$RECCTRLU" ] || skip "recctrlu is not built"

mkdir "$T/sbin"
cp "$QMPBRIDGE_SOURCE/guest-agent/recctrlu.sh" "$T/sbin/"

# recctrlu_is STATUS: what it is asked goes to $T/asked.
recctrlu_is() {
    printf '#!/bin/sh\nprintf "%%s " "$@" >>"%s"\necho noise\nexit %s\n' "$T/asked" "$1" \
        >"$T/sbin/recctrlu"
    chmod 755 "$T/sbin/recctrlu"
}

# hook ASKED VARIABLE=VALUE... -- [USER...]: what recctrlu is asked has to match; T is the token.
hook() {
    local asked=$1 environment=() output
    shift
    while [ "$1" != -- ]; do
        environment+=("$1")
        shift
    done
    : >"$T/asked"
    output=$(env -i "${environment[@]}" "${shell[@]}" "$T/sbin/recctrlu.sh" "${@:2}" 2>&1) ||
        fail "status $? of the hook, by ${shell[*]}"
    expect_equal "$output" '' "output of the hook, by ${shell[*]}"
    expect_equal "$(sed -E 's/--token [1-9][0-9]*/--token T/' "$T/asked")" "$asked" \
        "by ${shell[*]}: ${environment[*]} -- ${*:2}"
}

for shell in 'dash -e' 'bash --posix' 'busybox sh'; do
    command -v "${shell%% *}" >/dev/null || continue
    read -ra shell <<<"$(command -v "${shell%% *}") ${shell#* }"
    recctrlu_is 0
    hook '--quiet --token T open_session panda_session ' PAM_TYPE=open_session PAM_USER=panda --
    hook '--quiet --token T close_session panda_session ' PAM_TYPE=close_session PAM_USER=panda --
    hook '--quiet --token T open_session b_session ' PAM_TYPE=open_session PAM_USER=b -- a b c
    hook '--quiet --token T open_session _._x_y_session ' PAM_TYPE=open_session \
        PAM_USER='../x y' -- a '../x y'
    hook '' PAM_TYPE=open_session PAM_USER=panda -- a b c
    hook '' PAM_TYPE=open_session PAM_USER=alice --
    hook '' PAM_TYPE=open_session PAM_USER='*' --
    hook '' PAM_TYPE=open_session PAM_USER= --
    hook '' PAM_TYPE=open_session --
    hook '' PAM_TYPE=auth PAM_USER=panda --
    hook '' PAM_USER=panda --
    hook '--quiet --token T open_session panda_session ' PAM_TYPE=open_session PAM_USER=panda \
        PATH=/nonexistent IFS=an USERS=alice name=x user=y --
    for status in 1 2 3 4 6 127; do
        recctrlu_is "$status"
        hook '--quiet --token T open_session a_session ' PAM_TYPE=open_session PAM_USER=a -- a
    done
    rm "$T/sbin/recctrlu"
    hook '' PAM_TYPE=open_session PAM_USER=a -- a
done

# Open and close come from the same process and have the same token; another's differs.
recctrlu_is 0
export PAM_TYPE=open_session PAM_USER=panda
rm -f "$T/asked"
sh -c '"$0"; "$0"; :' "$T/sbin/recctrlu.sh"
sh -c '"$0"; :' "$T/sbin/recctrlu.sh"
mapfile -t tokens < <(grep -oE 'token [0-9]+' "$T/asked")
expect_equal "${#tokens[@]}" 3 tokens
expect_equal "${tokens[0]}" "${tokens[1]}" 'tokens of one process'
[ "${tokens[0]}" != "${tokens[2]}" ] || fail "two processes have the same token"

printf 'session required pam_limits.so' >"$T/sshd"
chmod 600 "$T/sshd"
expect_status 0 "$RECCTRLU" install-pam --file "$T/sshd" pam_recctrl.so users=alice,bob wait=10
expect_status 0 "$RECCTRLU" install-pam --file="$T/sshd" pam_recctrl.so users=alice,bob wait=10
expect_line "$T/last.err" 'Nothing had to be changed'
printf '%s\n' 'session required pam_limits.so' \
    'session optional pam_recctrl.so users=alice,bob wait=10' >"$T/wanted"
cmp "$T/sshd" "$T/wanted" || fail "it isn't what is wanted: $(cat "$T/sshd")"
expect_equal "$(stat -c %a "$T/sshd")" 600 mode
expect_status 0 "$RECCTRLU" --quiet install-pam --remove --file "$T/sshd"
expect_equal "$(cat "$T/sshd" "$T/last.err")" 'session required pam_limits.so'
ln -s sshd "$T/link"
expect_status 1 "$RECCTRLU" install-pam --file "$T/link"
one_clear_line "$T/last.err" 'link: it is a symbolic link'
expect_status 1 "$RECCTRLU" install-pam --file "$T/nothing"
one_clear_line "$T/last.err" "nothing: it can't be read: No such file"
expect_status 2 "$RECCTRLU" install-pam --take-away
one_clear_line "$T/last.err" 'install-pam: has --remove and --file FILE'

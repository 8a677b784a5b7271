#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# recctrlu.sh [USER]...: the login hook for pam_exec, with recctrlu beside it. PAM says in PAM_TYPE
# what happens (open_session, close_session) and in PAM_USER to whom. Only the listed users are
# recorded: the arguments, or USERS where there are none. No login is ever lost: the status is 0
# for everybody else and for every failure.
#
# PAM's environment can hold what a user has put there, so nothing but PAM_TYPE and PAM_USER is
# taken from it.

USERS='panda'

trap 'exit 0' EXIT HUP INT PIPE TERM
PATH=/usr/sbin:/usr/bin:/sbin:/bin
export PATH

# listed USER...: whether PAM_USER is one of them.
listed() {
    for user in "$@"; do
        [ "$user" != "$PAM_USER" ] || return 0
    done
    return 1
}

# A session's token: the process that opens and closes it, told apart from later ones with the same
# number by when it began (field 22 of its stat, whose second field may hold blanks and brackets).
token() {
    read -r stat <"/proc/$PPID/stat" || stat=
    # shellcheck disable=SC2086 # words
    set -- ${stat##*) }
    echo $((${20:-0} * 4194304 + PPID))
}

set -f
# shellcheck disable=SC2086 # words
[ $# -gt 0 ] || set -- $USERS
case ${PAM_TYPE:-} in
open_session | close_session) ;;
*) exit 0 ;;
esac
[ -n "${PAM_USER:-}" ] && listed "$@" || exit 0
# What a recording's name can't have becomes _; as in a file's name, no dot leads.
name=$(printf '%s' "$PAM_USER" | tr -c 'A-Za-z0-9._-' _)_session
case $name in .*) name=_${name#.} ;; esac
"${0%/*}/recctrlu" --quiet --token "$(token)" "$PAM_TYPE" "$name" >/dev/null 2>&1 </dev/null
exit 0

#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# No test sleeps: it waits for an event, a line or the end of a process, with a deadline.
# (A guest that has to be idle calls `idle`, which is a part of its work.)

# shellcheck source=tests/lint/source.sh
. "$(dirname "${BASH_SOURCE[0]}")/source.sh"

while read -r fault; do
    complain "$fault"
done < <(sources '^tests/' | grep -vE '^tests/(lint/no-sleep\.sh|lib/guest-image|bench/)' |
    xargs grep -nHE '(^|[^a-z_-])(sleep +[0-9.$"]|(g_)?u?sleep *\(|nanosleep *\()' || :)
verdict

#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# monitor-scripts/install-agent: the agent of the architecture of a guest goes into it by ssh, with
# the login hook where it is asked for, and into a file system. What can't be done is said.
# The guest here is an ssh that runs what it is given, with files of its own.

# shellcheck source=tests/lib/functions.sh
. "${QMPBRIDGE_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}/tests/lib/functions.sh"
requires debugfs e2fsprogs
PATH=$PATH:/usr/sbin:/sbin
script=$QMPBRIDGE_SOURCE/monitor-scripts/install-agent
export QMPBRIDGE_GUEST_AGENTS=$T/agents

for architecture in aarch64 arm i386 mips mipsel mips64el riscv64; do
    mkdir -p "$T/agents/$architecture"
    printf '#!/bin/sh\necho "%s: $*"\n' "$architecture" >"$T/agents/$architecture/recctrlu"
done

# An ssh whose guest is the folder $T/root; UNAME and ORDER are what it is.
mkdir -p "$T/root/usr/sbin" "$T/root/etc/pam.d" "$T/bin"
printf '%s\n' '@include common-auth' '@include common-session' >"$T/root/etc/pam.d/sshd"
cat >"$T/bin/uname" <<'END'
#!/bin/sh
echo "$UNAME"
END
cat >"$T/ssh" <<END
#!/bin/sh
[ "\$1" = -p ] && [ "\$2" = 22 ] && [ "\$3" = root@vm ] && [ \$# = 4 ] || exit 255
command=\$(printf '%s\n' "\$4" | sed -e 's|=/etc|=$T/root/etc|' -e 's|if=/bin/sh|if=$T/order|')
PATH=$T/bin:\$PATH
eval "\$command"
END
chmod 755 "$T/bin/uname" "$T/ssh"
export SSH=$T/ssh UNAME

# by_ssh UNAME ORDER WANTED: a guest that is UNAME gets WANTED's agent.
by_ssh() {
    UNAME=$1
    printf '\177ELF\1%b' "\\$2" >"$T/order"
    rm -f "$T/root/usr/sbin/recctrlu"
    expect_status 0 "$script" --directory "$T/root/usr/sbin" -p 22 root@vm
    expect_line "$T/last.out" "is the agent for $3\$"
    expect_line "$T/last.out" "^$3: probe\$"
    cmp "$T/root/usr/sbin/recctrlu" "$T/agents/$3/recctrlu" || fail "another agent"
    expect_equal "$(stat -c %a "$T/root/usr/sbin/recctrlu")" 755
}
by_ssh aarch64 001 aarch64
by_ssh armv7l 001 arm
by_ssh armv5tejl 001 arm
by_ssh i686 001 i386
by_ssh riscv64 001 riscv64
by_ssh mips 002 mips
by_ssh mips 001 mipsel
by_ssh mips64 001 mips64el

# The hook, once, also where it was there already.
for users in 'panda' 'panda root'; do
    # shellcheck disable=SC2046,SC2086 # words
    expect_status 0 "$script" $(printf -- '--pam %s ' $users) --directory "$T/root/usr/sbin" \
        -p 22 root@vm
    expect_equal "$(grep -c recctrlu "$T/root/etc/pam.d/sshd")" 1
    expect_line "$T/root/etc/pam.d/sshd" \
        "^session optional pam_exec.so quiet $T/root/usr/sbin/recctrlu.sh $users\$"
    expect_line "$T/root/etc/pam.d/sshd" '^@include common-session$'
    cmp "$T/root/usr/sbin/recctrlu.sh" "$QMPBRIDGE_SOURCE/guest-agent/recctrlu.sh"
done

# A file system's image.
mkdir -p "$T/tree/usr/sbin"
echo old >"$T/tree/usr/sbin/recctrlu"
truncate -s 8M "$T/image"
mke2fs -q -t ext4 -d "$T/tree" "$T/image"
for architecture in arm riscv64; do
    (cd "$T" && expect_status 0 "$script" --architecture $architecture --image image)
    debugfs -R "dump /usr/sbin/recctrlu $T/read" "$T/image" 2>/dev/null
    cmp "$T/read" "$T/agents/$architecture/recctrlu" || fail "another agent in the image"
done
debugfs -R 'stat /usr/sbin/recctrlu' "$T/image" >"$T/stat.out" 2>/dev/null
expect_line "$T/stat.out" 'Mode: +0755'
expect_line "$T/stat.out" 'User: +0 +Group: +0'
e2fsck -fn "$T/image" >"$T/fsck.out" 2>&1 || fail "the file system: $(cat "$T/fsck.out")"

# What can't be.
refused() {
    expect_status "$1" "$script" "${@:3}"
    one_clear_line "$T/last.err" "$2"
}
UNAME=vax refused 1 'vax/recctrlu is missing' -p 22 root@vm
UNAME='a/b' refused 1 "isn't the name of an architecture" -p 22 root@vm
refused 2 'needs what ssh needs'
refused 2 'needs --architecture' --image "$T/image"
refused 2 'goes with ssh' --pam panda --architecture arm --image "$T/image"
refused 2 "isn't the name of a user" --pam 'a;b' -p 22 root@vm
refused 1 "can't be written" --architecture arm --image "$T/none"
truncate -s 2M "$T/empty"
if ! command -v virt-copy-in >/dev/null; then
    refused 1 'virt-copy-in is missing' --architecture arm --image "$T/empty"
fi
expect_status 255 "$script" -p 23 root@vm

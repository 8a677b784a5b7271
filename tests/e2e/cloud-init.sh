#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# emulators: 11.1 10.0
#
# --seed-dir with cloud-init: a guest with systemd and Debian's package cloud-init finds the disk
# labelled cidata at its first boot and is configured by it: name, network, a user with a key, the
# login hook. Then that user logs in, and is recorded. `make check-cloud-init` runs it.

# shellcheck source=tests/e2e/login.source.sh
. "$(dirname "${BASH_SOURCE[0]}")/login.source.sh"
find_guest "${CLOUD_GUEST:-$(bash -c '. "$0" && host_release' "$LIB/rig.sh")-cloud}"

make_keys
mkdir "$T/seed"
printf '%s\n' 'instance-id: seeded-1' 'local-hostname: seeded' >"$T/seed/meta-data"
cat >"$T/seed/network-config" <<'END'
version: 1
config:
  - type: physical
    name: eth0
    subnets: [{type: static, address: 10.0.2.15/24, gateway: 10.0.2.2}]
END
cat >"$T/seed/user-data" <<END
#cloud-config
ssh_deletekeys: false
ssh_genkeytypes: [ed25519]
users:
  - name: dora
    shell: /bin/bash
    ssh_authorized_keys: ["$(cat "$T/key.pub")"]
write_files:
  - path: /etc/seeded
    content: "written by cloud-init\\n"
runcmd:
  - [recctrlu, install-pam, pam_recctrl.so, users=dora, wait=30]
  - chmod 666 /dev/ttyS0
  - echo "guest is \$(hostname)" >/dev/ttyS0
END
"$LIB/guest-image" "$T/initrd" --kernel "$GUEST" --devices net,root,iso \
    --file "$LIB/guest-boot:/bin/guest-boot" --file "$RECCTRLU:/bin/recctrlu" \
    --file "$MODULE:/bin/pam_recctrl.so"
PORT=$(free_port)
start_bridge --memory 512M --disk "$GUEST/disk.img" --seed-dir "$T/seed" --seed-label cidata \
    --append 'console=ttyS0 rdinit=/bin/guest-boot net.ifnames=0 panic=-1' \
    --forward "tcp:$PORT:22" --recctrl session_rec=on
wait_for_line "$T/console.log" '^guest is seeded' $((PATIENCE * 10))
by_key dora "cat /etc/seeded $SHOWN; id -un $SHOWN"
ended dora_session_000
attach -c 'qmp quit' || :
end_of_bridge
expect_recordings dora_session_000
expect_proven dora_session_000
expect_console dora_session_000 '^written by cloud-init'
expect_console dora_session_000 '^dora'

import { program } from '../tree.js'
import type { Tree } from '../tree.js'

/** Where a host keeps what makes it a host of the lab. */
export const HOME = '/usr/lib/dr-play-lab'

/**
 * A host without systemd: a PID 1 that does what Debian's boot does, in the same order and
 * from the same files, and nothing else. sshd comes last: who can log in finds all the rest
 * done.
 */
export function minimalInit(): Tree {
  const again = program('#!/bin/sh\nexec kill -USR1 1\n')
  return {
    'usr/lib/dr-play-lab/init': program(INIT),
    'usr/lib/dr-play-lab/mounts': program(MOUNTS),
    'usr/sbin/reboot': again,
    'usr/sbin/poweroff': again,
    'usr/sbin/halt': again,
    'usr/sbin/shutdown': again,
  }
}

/** systemd in User Mode Linux: its network card gets the name that the host's files use. */
export function systemdInit(): Tree {
  return {
    'usr/lib/dr-play-lab/systemd': program(`#!/bin/sh
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
ip link set vec0 name eth0
exec /lib/systemd/systemd
`),
  }
}

const INIT = `#!/bin/sh
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root
cd /
[ "$1" = machine ] && . ${HOME}/mounts
hostname -F /etc/hostname
mkdir -p /run/lock /run/network /run/sshd
cat /etc/modules /etc/modules-load.d/*.conf 2>/dev/null | while read -r module _; do
  case $module in '' | '#'* | ';'*) ;; *) modprobe -q "$module" ;; esac
done
sysctl -q --system
ifup -a
for script in /etc/rc2.d/S*; do
  case $script in *ssh) ;; *) "$script" start ;; esac
done
/usr/sbin/sshd

halt() {
  trap '' TERM
  kill -TERM -1
  sync
  sleep 0.3
  # The machine's own end is the way out of its kernel; a namespace ends with its PID 1.
  [ "$1" = machine ] && exec systemctl --force --force poweroff
  exit 0
}
trap 'halt "$1"' USR1
while :; do
  sleep 86400 &
  wait $!
done
`

const MOUNTS = `mount -t proc proc /proc
mount -t sysfs sysfs /sys
[ -c /dev/null ] || mount -t devtmpfs devtmpfs /dev
mkdir -p /dev/pts /dev/shm
mount -t devpts -o gid=5,mode=620,ptmxmode=666 devpts /dev/pts
mount -t tmpfs tmpfs /dev/shm
mount -t tmpfs -o mode=755 tmpfs /run
ip link set vec0 name eth0
`

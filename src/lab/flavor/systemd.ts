import { masked } from '../tree.js'
import type { Tree } from '../tree.js'

/** Units of no use in a lab, each of which costs time or waits for hardware. */
const UNNEEDED = `
apt-daily-upgrade.timer apt-daily.timer console-getty.service container-getty@.service
dbus.service dbus.socket systemd-remount-fs.service systemd-tmpfiles-setup-dev.service
dev-hugepages.mount dev-mqueue.mount e2scrub_all.timer e2scrub_reap.service fstrim.timer
getty.target getty@.service ifupdown-pre.service kmod-static-nodes.service ldconfig.service
man-db.timer modprobe@.service proc-sys-fs-binfmt_misc.automount serial-getty@.service
sys-fs-fuse-connections.mount sys-kernel-config.mount sys-kernel-debug.mount
sys-kernel-tracing.mount systemd-ask-password-console.path systemd-ask-password-wall.path
systemd-binfmt.service systemd-boot-system-token.service systemd-firstboot.service
systemd-hwdb-update.service systemd-journal-flush.service systemd-logind.service
systemd-machine-id-commit.service systemd-networkd.service systemd-networkd.socket
systemd-network-generator.service systemd-pcrphase.service systemd-pcrphase-sysinit.service
systemd-pstore.service systemd-random-seed.service systemd-repart.service
systemd-resolved.service systemd-sysusers.service systemd-timesyncd.service
systemd-tmpfiles-clean.timer systemd-udev-settle.service systemd-udev-trigger.service
systemd-udevd-control.socket systemd-udevd-kernel.socket systemd-udevd.service
systemd-update-done.service systemd-update-utmp-runlevel.service systemd-update-utmp.service
`

/** A systemd that boots a server and nothing beside it. */
export function systemd(): Tree {
  const units = UNNEEDED.trim().split(/\s+/)
  return {
    ...Object.fromEntries(units.map((unit) => [`etc/systemd/system/${unit}`, masked])),
    'etc/systemd/system/default.target': { link: '/lib/systemd/system/multi-user.target' },
    'etc/systemd/journald.conf': '[Journal]\nStorage=volatile\n',
    'etc/systemd/system/ssh.service.d/last.conf': LAST,
    'etc/systemd/system/sshd.service.d/last.conf': LAST,
  }
}

/** Who can log in finds all the rest started. */
const LAST = '[Unit]\nAfter=networking.service ipvsadm.service apache2.service httpd.service\n'

/**
 * A User Mode Linux that reboots would keep its old cable: it powers off instead, and is
 * started again.
 */
export function systemdMachine(): Tree {
  return {
    'etc/systemd/system/reboot.target': { link: '/lib/systemd/system/poweroff.target' },
  }
}

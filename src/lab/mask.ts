import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Flavor } from './spec.js'

/** Folders of which a host sees only what is named; what else the machine has is its own. */
const KEPT: Record<string, string[]> = {
  '': ['bin', 'sbin', 'lib', 'lib32', 'lib64', 'libx32', 'usr', 'etc', 'var'],
  var: ['lib', 'lock', 'run'],
  'var/lib': ['apache2', 'apt', 'dpkg', 'misc', 'pam', 'python', 'shells.state', 'ucf'],
  'etc/init.d': ['apache2', 'ipvsadm', 'networking', 'procps', 'ssh'],
  'usr/local': [],
}

/** Settings of the machine's that must not show in a host. */
const SETTINGS = [
  'NetworkManager',
  'apache2/ports.conf',
  'apache2/sites-enabled',
  'cron.d',
  'default/ipvsadm',
  'default/networking',
  'default/ssh',
  'docker',
  'fstab',
  'hostname',
  'hosts',
  'ipvsadm.rules',
  'iptables',
  'keepalived',
  'letsencrypt',
  'machine-id',
  'modules',
  'modules-load.d',
  'motd',
  'mtab',
  'netplan',
  'network',
  'nftables.conf',
  'nologin',
  'resolv.conf',
  'ssh',
  'ssl/private',
  'sudoers.d',
  'sysconfig',
  'sysctl.conf',
  'sysctl.d',
  'systemd',
  'tmpfiles.d',
  'udev',
  'update-motd.d',
  ...['0', '1', '2', '3', '4', '5', '6', 'S'].map((level) => `rc${level}.d`),
].map((name) => `etc/${name}`)

/** What shows at once that a host is no EL. */
const DEBIAN = [
  'etc/apt',
  'etc/debian_version',
  'etc/dpkg',
  'etc/init.d',
  'etc/lsb-release',
  'etc/os-release',
  'etc/apache2',
  'usr/lib/os-release',
  'usr/bin/apt',
  'usr/bin/apt-get',
  'usr/bin/dpkg',
  'usr/bin/lsb_release',
  'usr/sbin/apache2ctl',
  'usr/sbin/apachectl',
  'usr/sbin/ifdown',
  'usr/sbin/ifup',
  'usr/sbin/ifquery',
  'usr/sbin/update-rc.d',
  'usr/lib/systemd/system-generators',
  ...[
    'apache2.service',
    'apache2@.service',
    'apache-htcacheclean.service',
    'apache-htcacheclean@.service',
    'ifup@.service',
    'networking.service',
    'procps.service',
    'ssh.service',
    'ssh.socket',
    'ssh@.service',
  ].map((unit) => `usr/lib/systemd/system/${unit}`),
]

/** Paths of the machine's, without the leading slash, that a host must not see. */
export function hidden(flavor: Flavor): string[] {
  const rest = Object.entries(KEPT).flatMap(([folder, kept]) =>
    entries(folder)
      .filter((name) => !kept.includes(name))
      .map((name) => join(folder, name)),
  )
  const named = flavor === 'el' ? [...SETTINGS, ...DEBIAN] : SETTINGS
  return [...rest, ...named.filter((path) => existsSync(join('/', path)))]
}

function entries(folder: string): string[] {
  const path = join('/', folder)
  return existsSync(path) ? readdirSync(path) : []
}

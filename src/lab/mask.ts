import { existsSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Flavor } from './spec.js'

/** Folders of which a host sees only what is named; all else in them is the machine's own. */
const KEPT = {
  '': 'bin sbin lib lib32 lib64 libx32 usr etc var',
  var: 'lib lock run',
  'var/lib': 'apache2 apt dpkg misc pam python shells.state ucf',
  'etc/init.d': 'apache2 ipvsadm networking procps ssh',
  'usr/local': '',
}

/** Settings of the machine's that must not show in a host. */
const SETTINGS = words(`
  NetworkManager apache2/ports.conf apache2/sites-enabled cron.d default/ipvsadm
  default/networking default/ssh docker fstab hostname hosts ipvsadm.rules iptables keepalived
  letsencrypt machine-id modules modules-load.d motd mtab netplan network nftables.conf nologin
  rc0.d rc1.d rc2.d rc3.d rc4.d rc5.d rc6.d rcS.d resolv.conf ssh ssl/private sudoers.d
  sysconfig sysctl.conf sysctl.d systemd tmpfiles.d udev update-motd.d
`).map((name) => `etc/${name}`)

/** What would give away that a host of EL's flavour is a Debian. */
const DEBIAN = words(`
  etc/apache2 etc/apt etc/debian_version etc/dpkg etc/init.d etc/lsb-release etc/os-release
  usr/bin/lsb_release usr/lib/os-release usr/lib/systemd/system-generators usr/sbin/apache2ctl
  usr/sbin/apachectl usr/sbin/ifdown usr/sbin/ifquery usr/sbin/ifup usr/sbin/update-rc.d
`)
const DEBIAN_PROGRAMS = /^(apt|dpkg)(-|$)/
const DEBIAN_UNITS = /^(apache|apt-|dpkg-|ifup|networking|procps|ssh|rescue-ssh)/

/** Paths of the machine's, without the leading slash, that a host must not see. */
export function hidden(flavor: Flavor): string[] {
  const foreign = Object.entries(KEPT).flatMap(([folder, kept]) =>
    list(folder, (name) => !words(kept).includes(name)),
  )
  const named = [...SETTINGS, ...(flavor === 'el' ? debian() : [])]
  return outermost([...foreign, ...named.filter((path) => existsSync(join('/', path)))])
}

/** What hides a folder hides all that is in it. */
function outermost(paths: string[]): string[] {
  const all = new Set(paths)
  return [...all].filter((path) => {
    for (let up = dirname(path); up !== '.'; up = dirname(up)) if (all.has(up)) return false
    return true
  })
}

function debian(): string[] {
  return [
    ...DEBIAN,
    ...list('usr/bin', (name) => DEBIAN_PROGRAMS.test(name)),
    ...list('usr/lib/systemd/system', (name) => DEBIAN_UNITS.test(name)),
  ]
}

function list(folder: string, matches: (name: string) => boolean): string[] {
  const path = join('/', folder)
  if (!existsSync(path)) return []
  return readdirSync(path)
    .filter(matches)
    .map((name) => join(folder, name))
}

function words(text: string): string[] {
  return text.split(/\s+/).filter(Boolean)
}

import { readFileSync } from 'node:fs'
import type { LabHost } from '../spec.js'
import type { Entry, Tree } from '../tree.js'

/** Debian as it is after its packages were installed: Apache and ipvsadm there, but off. */
export function debian(): Tree {
  return {
    'etc/apache2/ports.conf': 'Listen 80\n',
    'etc/apache2/sites-enabled/000-default.conf': link('../sites-available/000-default.conf'),
    'etc/default/ipvsadm': IPVSADM,
    'etc/ipvsadm.rules': '# empty rules file for ipvsadm\n',
    'etc/network/interfaces.d': { dir: 0o755 },
    ...Object.fromEntries(
      ['if-down.d', 'if-post-down.d', 'if-pre-up.d', 'if-up.d'].map((name) => [
        `etc/network/${name}`,
        { dir: 0o755 } as const,
      ]),
    ),
    'var/log/apache2': { dir: 0o755 },
    'var/cache/apache2': { dir: 0o755 },
    'var/www/html/index.html': readFileSync('/usr/share/apache2/default-site/index.html', 'utf8'),
    ...runLevels(),
    'etc/systemd/system/sshd.service': link('/lib/systemd/system/ssh.service'),
    'etc/systemd/system/multi-user.target.wants/ssh.service': link(
      '/lib/systemd/system/ssh.service',
    ),
    'etc/systemd/system/multi-user.target.wants/networking.service': link(
      '/lib/systemd/system/networking.service',
    ),
  }
}

export function debianHost(host: LabHost): Tree {
  return {
    'etc/network/interfaces': `# interfaces(5) file used by ifup(8) and ifdown(8)
source /etc/network/interfaces.d/*

auto lo
iface lo inet loopback

auto eth0
iface eth0 inet static
    address ${host.address}/${host.prefix}
`,
  }
}

const IPVSADM = `# ipvsadm

# if you want to start ipvsadm on boot set this to true
AUTO="false"

# daemon method (none|master|backup)
DAEMON="none"

# use interface (eth0,eth1...)
IFACE="eth0"

# syncid to use
# SYNCID="0"
`

function runLevels(): Tree {
  const on = (name: string) => levels('2345', `S01${name}`, name)
  const off = (name: string) => levels('0123456', `K01${name}`, name)
  return {
    ...levels('S', 'S01procps', 'procps'),
    ...levels('S', 'S01networking', 'networking'),
    ...on('ssh'),
    ...off('apache2'),
    ...off('ipvsadm'),
  }
}

function levels(which: string, name: string, script: string): Tree {
  return Object.fromEntries(
    Array.from(which, (level) => [`etc/rc${level}.d/${name}`, link(`../init.d/${script}`)]),
  )
}

function link(target: string): Entry {
  return { link: target }
}

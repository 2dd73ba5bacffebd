import { readFileSync } from 'node:fs'
import { netmask } from '../../spec.js'
import type { LabHost } from '../../spec.js'
import type { Tree } from '../../tree.js'
import { httpd } from './httpd.js'
import { networkScripts } from './network-scripts.js'
import { packages } from './packages.js'

const UNITS = '/usr/lib/systemd/system'

/** A stand-in for EL7's layout over Debian's programs; Apache and ipvsadm there, but off. */
export function el(): Tree {
  const wanted = (unit: string): Tree => ({
    [`etc/systemd/system/multi-user.target.wants/${unit}`]: { link: `${UNITS}/${unit}` },
  })
  return {
    'etc/redhat-release': RELEASE,
    'etc/centos-release': RELEASE,
    'etc/system-release': { link: 'centos-release' },
    'usr/lib/os-release': OS_RELEASE,
    'etc/os-release': { link: '../usr/lib/os-release' },
    'etc/passwd': withApache('/etc/passwd', 'apache:x:48:48:Apache:/usr/share/httpd:/sbin/nologin'),
    'etc/group': withApache('/etc/group', 'apache:x:48:'),
    'etc/sysconfig/network': '',
    'usr/lib/systemd/system/ipvsadm.service': IPVSADM,
    'usr/lib/systemd/system/sshd.service': SSHD,
    'usr/sbin/arping': { link: '../bin/arping' },
    ...httpd(),
    ...networkScripts(),
    ...packages(),
    ...wanted('network.service'),
    ...wanted('sshd.service'),
  }
}

export function elHost(host: LabHost): Tree {
  const folder = 'etc/sysconfig/network-scripts'
  return {
    [`${folder}/ifcfg-lo`]: `DEVICE=lo
IPADDR=127.0.0.1
NETMASK=255.0.0.0
NETWORK=127.0.0.0
BROADCAST=127.255.255.255
ONBOOT=yes
NAME=loopback
`,
    [`${folder}/ifcfg-eth0`]: `DEVICE=eth0
TYPE=Ethernet
BOOTPROTO=none
IPADDR=${host.address}
NETMASK=${netmask(host.prefix)}
ONBOOT=yes
ARPCHECK=no
`,
  }
}

function withApache(file: string, line: string): string {
  const others = readFileSync(file, 'utf8')
    .split('\n')
    .filter((each) => !each.startsWith('apache:'))
  return [...others.filter(Boolean), line, ''].join('\n')
}

const RELEASE = 'CentOS Linux release 7.9.2009 (Core)\n'

const OS_RELEASE = `NAME="CentOS Linux"
VERSION="7 (Core)"
ID="centos"
ID_LIKE="rhel fedora"
VERSION_ID="7"
PRETTY_NAME="CentOS Linux 7 (Core)"
CPE_NAME="cpe:/o:centos:centos:7"
`

/** As EL's: to stop it, and so to restart it, saves the running table over the file. */
const IPVSADM = `[Unit]
Description=Initialise the Linux Virtual Server
After=network.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/bash -c "exec /sbin/ipvsadm-restore < /etc/sysconfig/ipvsadm"
ExecStop=/bin/bash -c "exec /sbin/ipvsadm-save -n > /etc/sysconfig/ipvsadm"
ExecStop=/sbin/ipvsadm -C

[Install]
WantedBy=multi-user.target
`

const SSHD = `[Unit]
Description=OpenSSH server daemon
After=network.target

[Service]
Type=notify
ExecStart=/usr/sbin/sshd -D
ExecReload=/bin/kill -HUP $MAINPID
KillMode=process
Restart=on-failure
RuntimeDirectory=sshd
RuntimeDirectoryMode=0755

[Install]
WantedBy=multi-user.target
`

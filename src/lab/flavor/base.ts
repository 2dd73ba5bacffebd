import { readFileSync } from 'node:fs'
import type { LabHost } from '../spec.js'
import type { Tree } from '../tree.js'

/** A host's own identity. */
export interface Identity {
  hostKey: { private: string; public: string }
  /** The public key that may log in as root. */
  clientKey: string
  /** 32 hexadecimal digits, as systemd wants it. */
  machineId: string
}

/** What every host starts with, whatever its flavour. */
export function base(): Tree {
  const folders = ['boot', 'dev', 'home', 'media', 'mnt', 'opt', 'proc', 'run', 'srv', 'sys']
  const local = ['bin', 'etc', 'lib', 'sbin', 'share'].map((name) => `usr/local/${name}`)
  const state = ['cache', 'local', 'log', 'mail', 'opt', 'spool'].map((name) => `var/${name}`)
  return {
    ...Object.fromEntries([...folders, ...local, ...state].map((path) => [path, { dir: 0o755 }])),
    tmp: { dir: 0o1777 },
    'var/tmp': { dir: 0o1777 },
    root: { dir: 0o700 },
    'root/.ssh': { dir: 0o700 },
    'root/.bashrc': readFileSync('/etc/skel/.bashrc', 'utf8'),
    'root/.profile': readFileSync('/etc/skel/.profile', 'utf8'),
    'etc/fstab': '',
    'etc/motd': '',
    'etc/mtab': { link: '../proc/self/mounts' },
    'etc/resolv.conf': '',
    'etc/ssh/sshd_config': readFileSync('/usr/share/openssh/sshd_config', 'utf8'),
    'etc/ssh/sshd_config.d': { dir: 0o755 },
    'etc/sysctl.conf': '',
    'etc/sysctl.d': { dir: 0o755 },
    'etc/modules-load.d': { dir: 0o755 },
    'etc/tmpfiles.d': { dir: 0o755 },
  }
}

export function identity(host: LabHost, own: Identity): Tree {
  return {
    'etc/hostname': `${host.name}\n`,
    'etc/hosts': `127.0.0.1 localhost\n127.0.1.1 ${host.name}\n::1 localhost\n`,
    'etc/machine-id': `${own.machineId}\n`,
    'etc/ssh/ssh_host_ed25519_key': { text: own.hostKey.private, mode: 0o600 },
    'etc/ssh/ssh_host_ed25519_key.pub': own.hostKey.public,
    'root/.ssh/authorized_keys': { text: own.clientKey, mode: 0o600 },
  }
}

import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { DrPlayError } from '../core/errors.js'
import { kernelFacts, kernelFor } from './kernel.js'
import { attach } from './process.js'
import type { LabSpec, Plan } from './spec.js'

const PACKAGES = [
  'apache2',
  'curl',
  'ethtool',
  'ifupdown',
  'iproute2',
  'iptables',
  'iputils-arping',
  'iputils-ping',
  'ipvsadm',
  'kmod',
  'nftables',
  'openssh-client',
  'openssh-server',
  'procps',
  'systemd',
  'util-linux',
]

/** Debian packages that a lab needs and the machine does not have. */
export function missingPackages({
  systemd = false,
  kernel = 'uml',
}: Partial<Pick<Plan, 'systemd' | 'kernel'>> = {}): string[] {
  const needed = [
    ...PACKAGES,
    ...(systemd ? ['systemd-container'] : []),
    ...(kernel === 'uml' ? ['user-mode-linux'] : []),
  ]
  const format = '${Package} ${db:Status-Status}\n'
  const query = spawnSync('dpkg-query', ['-W', '-f', format, ...needed], { encoding: 'utf8' })
  const installed = query.error === undefined ? query.stdout.split('\n') : []
  return needed.filter((name) => !installed.includes(`${name} installed`))
}

/** Installs them, without starting their services on the machine itself. @throws DrPlayError */
export async function installPackages(
  packages: readonly string[],
  log: (line: string) => void,
  signal?: AbortSignal,
): Promise<void> {
  if (packages.length === 0) return
  log(`installing Debian packages that the lab needs: ${packages.join(' ')}`)
  const apt = (...args: string[]) =>
    attach(['apt-get', '-qq', '-o', 'Dpkg::Use-Pty=0', ...args], {
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
      signal,
    })
  const install = () => apt('install', '-y', '--no-install-recommends', ...packages)
  const allowStarts = forbidServiceStarts()
  try {
    const known = readdirSync('/var/lib/apt/lists').some((name) => name.includes('_Packages'))
    if (known && (await install()) === 0) return
    log('updating the list of Debian packages first')
    if ((await apt('update')) !== 0 || (await install()) !== 0) {
      throw new DrPlayError(
        `apt-get could not install ${packages.join(' ')}`,
        'install them by hand; what apt-get said is above',
      )
    }
  } finally {
    allowStarts()
  }
}

/** Why no lab can be made on this machine, and the way out, in one sentence. */
export function whyNot(
  { platform, uid }: Machine = thisMachine(),
  wanted?: LabSpec['kernel'],
): string | undefined {
  if (platform !== 'linux') {
    return `The lab is made of Linux namespaces, and this is ${platform}: run it in a Debian 12 or Ubuntu virtual machine.`
  }
  if (uid !== 0) {
    return 'The lab makes network namespaces and mounts, which only root may: run it as root, with sudo.'
  }
  if (!existsSync('/usr/bin/apt-get') && missingPackages({ systemd: true }).length > 0) {
    return 'The lab is made of Debian packages, and this machine has no apt-get: run it on Debian 12 or Ubuntu.'
  }
  const unshared = spawnSync('unshare', ['--mount', '--pid', '--net', '--fork', 'true'])
  if (unshared.status !== 0) {
    return 'This machine lets even root make no namespaces, as an unprivileged container does: use a virtual machine, or a privileged container.'
  }
  const apart = ['/usr', '/etc', '/var'].find((path) => statSync(path).dev !== statSync('/').dev)
  if (apart !== undefined) {
    return `The hosts are made of the machine's root file system, which ${apart} is no part of here: run it where it is.`
  }
  if (!hasOverlay()) {
    return 'This kernel has no overlayfs, of which the hosts are made: load it with "modprobe overlay", or use another kernel.'
  }
  const choice = kernelFor(wanted, kernelFacts())
  return 'reason' in choice ? choice.reason : undefined
}

interface Machine {
  platform: string
  uid: number | undefined
}

function thisMachine(): Machine {
  return { platform: process.platform, uid: process.getuid?.() }
}

function hasOverlay(): boolean {
  const listed = () => /\toverlay$/m.test(readFileSync('/proc/filesystems', 'utf8'))
  return listed() || (spawnSync('modprobe', ['overlay']).status === 0 && listed())
}

/** Packages bring services for the lab's hosts, which the machine did not ask for. */
function forbidServiceStarts(): () => void {
  const policy = '/usr/sbin/policy-rc.d'
  if (existsSync(policy)) return () => undefined
  writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 })
  return () => rmSync(policy, { force: true })
}

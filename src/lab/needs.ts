import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { kernelFacts, kernelFor } from './kernel.js'
import { missingPackages } from './packages.js'
import type { LabSpec } from './spec.js'

/** Why no lab can be made on this machine, and the way out, in one sentence. */
export function whyNot(
  { platform, uid }: Machine = thisMachine(),
  wanted?: LabSpec['kernel'],
): string | undefined {
  if (platform !== 'linux') {
    return `The lab is made of Linux namespaces, and this is ${platform}: run it in a virtual machine with Debian 12, Debian 13 or Ubuntu.`
  }
  if (uid !== 0) {
    return 'The lab makes network namespaces and mounts, which only root may: run it as root, with sudo.'
  }
  if (!existsSync('/usr/bin/apt-get') && missingPackages({ systemd: true }).length > 0) {
    return 'The lab is made of Debian packages, and this machine has no apt-get: run it on Debian 12, Debian 13 or Ubuntu.'
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

import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { DrPlayError } from '../core/errors.js'
import type { DirectorKernel, LabSpec } from './spec.js'

/** IPVS of this machine's own kernel: there, to be had by modprobe, or neither. */
export type Ipvs = 'loaded' | 'loadable' | 'none'

function ipvsHere(): Ipvs {
  if (existsSync('/proc/net/ip_vs')) return 'loaded'
  const { status } = spawnSync('modprobe', ['--dry-run', '--quiet', 'ip_vs'])
  return status === 0 ? 'loadable' : 'none'
}

/** What decides on the directors' kernel. */
export interface KernelFacts {
  ipvs: Ipvs
  /** As Node names it, e.g. x64. */
  arch: string
  /** User Mode Linux is installed. */
  hasUml: boolean
  /** /dev/net/tun is there: a User Mode Linux is plugged in with it. */
  hasTun: boolean
}

/** The directors' kernel, or why there is none in one sentence. */
export function kernelFor(
  wanted: LabSpec['kernel'],
  { ipvs, arch, hasUml, hasTun }: KernelFacts,
): { kernel: DirectorKernel } | { reason: string } {
  if (wanted === 'host' && ipvs === 'none') {
    return {
      reason:
        'This machine\'s kernel has no IPVS, and "modprobe ip_vs" finds none: use --kernel uml, or install the modules of the running kernel.',
    }
  }
  if (wanted !== 'uml' && ipvs !== 'none') return { kernel: 'host' }
  if (!hasUml && !['x64', 'ia32'].includes(arch)) {
    return {
      reason: `The director needs IPVS: this machine's kernel has none ("modprobe ip_vs"), and User Mode Linux does not exist for ${arch}, so use a kernel with IPVS, or an x86 machine.`,
    }
  }
  if (!hasTun) {
    return {
      reason:
        'There is no /dev/net/tun, which the director is plugged in with: load it with "modprobe tun", or hand it to the container.',
    }
  }
  return { kernel: 'uml' }
}

export function kernelFacts(): KernelFacts {
  const hasTun = () => existsSync('/dev/net/tun')
  if (!hasTun()) spawnSync('modprobe', ['tun'])
  return {
    ipvs: ipvsHere(),
    arch: process.arch,
    hasUml: existsSync('/usr/bin/linux.uml'),
    hasTun: hasTun(),
  }
}

/** @throws DrPlayError when no kernel with IPVS can be had */
export function chooseKernel(wanted: LabSpec['kernel']): DirectorKernel {
  const choice = kernelFor(wanted, kernelFacts())
  if ('reason' in choice) throw new DrPlayError(choice.reason)
  return choice.kernel
}

/**
 * Loads IPVS and its schedulers into this machine's kernel: a director in a namespace may not
 * load modules itself.
 *
 * @throws DrPlayError when the kernel refuses
 */
export function loadIpvs(log: (line: string) => void): void {
  if (ipvsHere() === 'loadable') log("loading the module ip_vs into this machine's kernel")
  const { status, stderr } = spawnSync('modprobe', ['ip_vs'], { encoding: 'utf8' })
  if (status !== 0 && !existsSync('/proc/net/ip_vs')) {
    throw new DrPlayError(`the kernel does not load ip_vs: ${stderr.trim()}`, 'use --kernel uml')
  }
  for (const name of SCHEDULERS) spawnSync('modprobe', ['--quiet', `ip_vs_${name}`])
}

const SCHEDULERS = 'rr wrr lc wlc fo ovf lblc lblcr dh sh mh sed nq twos'.split(' ')

import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { DrPlayError, Interrupted } from '../core/errors.js'
import { awaitApt } from './apt-lock.js'
import { INSTALL_STEP, OURS, POLICY } from './install-step.js'
import { attach } from './process.js'
import type { Plan } from './spec.js'

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
  'mount',
  'nftables',
  'openssh-client',
  'openssh-server',
  'procps',
  'systemd',
  'util-linux',
]

/** Packages that are new on this machine. */
export interface Installed {
  asked: string[]
  /** Those that the others depend on. */
  needed: string[]
}

/** Debian packages that a lab needs and the machine does not have. */
export function missingPackages({
  systemd = false,
  kernel = 'uml',
}: Partial<Pick<Plan, 'systemd' | 'kernel'>> = {}): string[] {
  return notInstalled([
    ...PACKAGES,
    ...(systemd ? ['systemd-container'] : []),
    ...(kernel === 'uml' ? ['user-mode-linux'] : []),
  ])
}

export function notInstalled(names: readonly string[]): string[] {
  const here = packagesHere()
  return names.filter((name) => !here.has(name))
}

/** Names of the Debian packages that the machine has. */
export function packagesHere(): Set<string> {
  const format = '${Package} ${db:Status-Status}\n'
  const { stdout } = spawnSync('dpkg-query', ['-W', '-f', format], { encoding: 'utf8' })
  const lines = (stdout as string | null)?.split('\n') ?? []
  return new Set(
    lines.filter((line) => / installed$/.test(line)).map((line) => line.split(' ')[0]!),
  )
}

/** What was installed since then. */
export function newPackages(before: ReadonlySet<string>): Installed {
  const added = [...packagesHere()].filter((name) => !before.has(name))
  if (added.length === 0) return { asked: [], needed: [] }
  const { stdout } = spawnSync('apt-mark', ['showauto', ...added], { encoding: 'utf8' })
  const needed = stdout.split('\n').filter(Boolean)
  return { asked: added.filter((name) => !needed.includes(name)), needed }
}

/**
 * Installs packages, without starting or enabling their services on the machine itself.
 *
 * @throws DrPlayError, Interrupted: what was begun with dpkg is finished before that.
 */
export async function installPackages(
  packages: readonly string[],
  log: (line: string) => void,
  signal?: AbortSignal,
): Promise<void> {
  removeStalePolicy()
  if (packages.length === 0) return
  log(`installing Debian packages that the lab needs: ${packages.join(' ')}`)
  const before = packagesHere()
  await download(packages, log, signal)
  const explain = () => {
    log('interrupted; apt-get finishes first: half of it done would stop the next apt-get')
  }
  signal?.addEventListener('abort', explain)
  await attach(['sh', '-c', INSTALL_STEP, 'sh', ...packages], { env: environment(), apart: true })
  signal?.removeEventListener('abort', explain)
  const added = newPackages(before)
  if (added.asked.length > 0) log(installedText(added))
  if (signal?.aborted) throw new Interrupted()
  const missing = notInstalled(packages)
  if (missing.length > 0) throw failure(missing)
}

/** Brings the packages' files, which may be broken off at any time; with fresh lists if need be. */
async function download(
  packages: readonly string[],
  log: (line: string) => void,
  signal?: AbortSignal,
): Promise<void> {
  const apt = async (...args: string[]) => {
    await awaitApt(log, signal)
    const argv = ['apt-get', '-qq', '-o', 'DPkg::Lock::Timeout=300', ...args]
    const status = await attach(argv, { env: environment(), signal })
    if (signal?.aborted) throw new Interrupted()
    return status === 0
  }
  const bring = () =>
    apt('-y', '--no-install-recommends', '--no-remove', '--download-only', 'install', ...packages)
  const known = readdirSync('/var/lib/apt/lists').some((name) => name.includes('_Packages'))
  if (known && (await bring())) return
  log('updating the list of Debian packages first')
  if (!(await apt('update')) || !(await bring())) throw failure(packages)
}

/** A policy of ours whose process was killed: it forbids nothing any more, and goes. */
function removeStalePolicy(policy = POLICY): void {
  if (!existsSync(policy) || !readFileSync(policy, 'utf8').includes(OURS)) return
  if (spawnSync(policy).status === 0) rmSync(policy, { force: true })
}

/** Which packages were installed, in words. */
export function installedText({ asked, needed }: Installed): string {
  const others = needed.length > 0 ? `, and ${needed.length} more that these need` : ''
  return `installed Debian packages: ${asked.join(' ')}${others}`
}

function environment() {
  return { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
}

function failure(packages: readonly string[]): DrPlayError {
  return new DrPlayError(
    `apt-get could not install ${packages.join(' ')}`,
    'install them by hand; what apt-get said is above',
  )
}

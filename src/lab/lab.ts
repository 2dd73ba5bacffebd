import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import type { Readable } from 'node:stream'
import { DrPlayError } from '../core/errors.js'
import { quote } from '../core/sh.js'
import { removeCgroups } from './cgroup.js'
import { BOUNDED, folderOf, isMachine } from './hosts/boot.js'
import { POWER_OFF, START } from './hosts/supervisor.js'
import { INSIDE, Keeper } from './keeper.js'
import { ownCommand } from './own-command.js'
import { attach, capture, until } from './process.js'
import type { Outcome, RunOptions } from './process.js'
import { awaitSshd } from './ready.js'
import { checkName } from './spec.js'
import type { LabHost, Plan } from './spec.js'
import { load, names, pathsOf, remove } from './state.js'
import { panicIn } from './uml/panic.js'

export interface HostStatus extends LabHost {
  /** How often it was started. */
  boots: number
  /** Its sshd answers. */
  answers: boolean
}

/** What an inventory says of the hosts, and the transport needs to reach them. */
export interface Connection {
  user: string
  privateKeyFile: string
  knownHostsFile: string
}

/** Seconds that a host may take to boot: many, since one that panicked is not waited for. */
const PATIENCE = 180

/** A lab that is up: its hosts, its controller and its client. */
export class Lab {
  constructor(
    readonly plan: Plan,
    private readonly keeper: Keeper,
  ) {}

  get connection(): Connection {
    const { key, knownHosts } = pathsOf(this.plan.name)
    return { user: 'root', privateKeyFile: key, knownHostsFile: knownHosts }
  }

  /** Runs a command in the controller, the machine's own files around it. */
  controller(argv: readonly string[], options?: RunOptions): Promise<Outcome> {
    return capture(this.at('controller', argv), options)
  }

  /** As in the controller, but in the network of the client, from which the VIP is tried. */
  client(argv: readonly string[], options?: RunOptions): Promise<Outcome> {
    return capture(this.at('client', argv), options)
  }

  /** Starts a command in the client's network; who starts it looks after it. */
  startInClient(argv: readonly string[]): ChildProcessByStdio<null, Readable, null> {
    const [command, ...args] = this.at('client', argv)
    return spawn(command!, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  }

  /** As controller and client do, on the user's own terminal; the exit status. */
  attach(where: 'controller' | 'client', argv: readonly string[], options?: RunOptions) {
    return attach(this.at(where, argv), options)
  }

  /** Runs a command on a host, as root, whether its sshd works or not (a director's must). */
  async exec(host: string, argv: readonly string[], options?: RunOptions): Promise<Outcome> {
    return capture(this.into(this.host(host), argv, false), options)
  }

  /** A root shell on a host, or one command there, on the user's own terminal. */
  async shell(host: string, argv: readonly string[] = ['bash', '-l'], options?: RunOptions) {
    return attach(this.into(this.host(host), argv, true), options)
  }

  async status(): Promise<HostStatus[]> {
    const addresses = this.plan.hosts.map((host) => host.address)
    const silent = await awaitSshd(this.keeper, addresses, 2, () => false)
    return this.plan.hosts.map((host) => ({
      ...host,
      boots: this.boots(host),
      answers: !silent.includes(host.address),
    }))
  }

  /** Asks a host to reboot, and waits until it is back. @throws DrPlayError */
  async reboot(name: string, signal?: AbortSignal): Promise<void> {
    const host = this.host(name)
    const before = this.boots(host)
    // The host's network may go first, and then nobody tells ssh that it is over.
    const over = new AbortController()
    const asked = this.exec(name, ['reboot'], { signal: over.signal }).catch(() => undefined)
    const rebooted = await until(() => this.boots(host) > before, 60, signal).finally(async () => {
      over.abort()
      await asked
    })
    if (!rebooted) throw new DrPlayError(`${name} does not reboot`, 'stop it and start it again')
    await this.ready([host], signal)
  }

  /** Ends a host at once, as a power cut does; its files stay. */
  async stopHost(name: string): Promise<void> {
    await this.keeper.inside(POWER_OFF, [folderOf(this.host(name))])
  }

  /** Boots a host that was stopped, or that was never started. */
  async startHost(name: string): Promise<void> {
    const { status } = await this.keeper.inside(START, [
      `${INSIDE}/supervisor`,
      folderOf(this.host(name)),
    ])
    if (status !== 0) throw new DrPlayError(`${name} is running already`)
  }

  /** Waits until the hosts' sshds answer. @throws DrPlayError naming the first that does not */
  async ready(hosts: readonly LabHost[] = this.plan.hosts, signal?: AbortSignal): Promise<void> {
    const waiting = hosts.map((host) => host.address)
    const silent = await awaitSshd(
      this.keeper,
      waiting,
      PATIENCE,
      () => this.isHopeless(hosts),
      signal,
    )
    const dead =
      hosts.find((host) => this.isHopeless([host])) ??
      hosts.find((host) => silent.includes(host.address))
    if (dead === undefined) return
    const panic = panicIn(this.console(dead.name))
    if (panic !== undefined) {
      throw new DrPlayError(`${dead.name} did not come up, its kernel: ${panic.words}`, panic.hint)
    }
    const last = this.console(dead.name).trimEnd().split('\n').slice(-8).join('\n')
    throw new DrPlayError(`${dead.name} did not come up; the last it said:\n${last}`)
  }

  /** What a host printed while it booted. */
  console(name: string): string {
    return this.read(`${folderOf(this.host(name))}/console`)
  }

  /** Ends the lab and removes all that was made for it. */
  async down(): Promise<void> {
    await down(this.plan.name)
  }

  /** argv that runs a command of the machine's in the network of the controller, or the client. */
  at(where: 'controller' | 'client', argv: readonly string[]): string[] {
    return this.keeper.at(where === 'client' ? this.plan.client.name : where, argv)
  }

  private host(name: string): LabHost {
    const found = this.plan.hosts.find((host) => host.name === name)
    if (found !== undefined) return found
    throw new DrPlayError(
      `the lab "${this.plan.name}" has no host "${name}"`,
      `its hosts are ${this.plan.hosts.map((host) => host.name).join(', ')}`,
    )
  }

  /** A host's kernel panicked, or its supervisor gave up: it is not worth waiting for. */
  private isHopeless(hosts: readonly LabHost[]): boolean {
    return hosts.some(
      (host) =>
        this.read(`${folderOf(host)}/given-up`) !== '' ||
        (isMachine(this.plan, host) && panicIn(this.console(host.name)) !== undefined),
    )
  }

  private boots(host: LabHost): number {
    return Number(this.read(`${folderOf(host)}/boots`))
  }

  private read(inside: string): string {
    try {
      return readFileSync(this.keeper.path(inside), 'utf8')
    } catch {
      return ''
    }
  }

  /** The argv that runs a command on a host. */
  private into(host: LabHost, argv: readonly string[], terminal: boolean): string[] {
    if (isMachine(this.plan, host)) return this.overSsh(host, argv, terminal)
    const init = this.keeper.initOf(host.name)
    if (init === undefined) {
      throw new DrPlayError(`${host.name} is down`, 'start it, or see what it printed')
    }
    const term = `TERM=${process.env.TERM ?? 'dumb'}`
    const enter = ['nsenter', '--target', String(init), '--all']
    return [...enter, ...BOUNDED, 'env', '-i', ...ENVIRONMENT, term, ...argv]
  }

  /** A host with a kernel of its own: the network is the only way in. */
  private overSsh(host: LabHost, argv: readonly string[], terminal: boolean): string[] {
    const { privateKeyFile, knownHostsFile, user } = this.connection
    const options = [
      'BatchMode=yes',
      'LogLevel=ERROR',
      'ConnectTimeout=10',
      'IdentitiesOnly=yes',
      // The default post-quantum exchange costs ten times the time on these small machines.
      'KexAlgorithms=curve25519-sha256',
      `UserKnownHostsFile=${knownHostsFile}`,
    ].flatMap((option) => ['-o', option])
    return this.keeper.at('controller', [
      'ssh',
      '-F',
      'none',
      '-i',
      privateKeyFile,
      ...options,
      terminal ? '-tt' : '-T',
      `${user}@${host.address}`,
      '--',
      argv.map(quote).join(' '),
    ])
  }
}

const ENVIRONMENT = [
  'HOME=/root',
  'USER=root',
  'LOGNAME=root',
  'SHELL=/bin/bash',
  'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
]

/** @throws DrPlayError when there is no such lab, or it is not up any more. */
export function open(name: string): Lab {
  checkName(name)
  const state = load(name)
  const keeper = state?.keeper === undefined ? undefined : new Keeper(state.keeper)
  if (state !== undefined && keeper?.alive) return new Lab(state.plan, keeper)
  if (state === undefined && !names().includes(name)) {
    throw new DrPlayError(
      `there is no lab named "${name}"`,
      `start one with "${ownCommand(`lab up --name ${name}`)}"`,
    )
  }
  throw new DrPlayError(
    `the lab "${name}" is not running any more`,
    `clear it away with "${ownCommand(`lab down --name ${name}`)}"`,
  )
}

/**
 * Ends a lab, whole, half-made or crashed, and removes all that was made for it.
 *
 * @returns false when there was none of that name.
 */
export async function down(name: string): Promise<boolean> {
  checkName(name)
  if (!names().includes(name)) return false
  const keeper = load(name)?.keeper
  if (keeper !== undefined) await new Keeper(keeper).end()
  if (!(await until(() => removeCgroups(name), 10))) {
    throw new DrPlayError(`the cgroups of the lab "${name}" are in use`, 'try again')
  }
  remove(name)
  return true
}

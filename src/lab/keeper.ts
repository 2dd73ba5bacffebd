import { spawn } from 'node:child_process'
import { readdirSync, statSync } from 'node:fs'
import { DrPlayError } from '../core/errors.js'
import { sh } from '../core/sh.js'
import { capture, until } from './process.js'
import type { Outcome, RunOptions } from './process.js'
import { identify, isAlive, kill, lineage, processes } from './procfs.js'
import type { ProcessId } from './procfs.js'

/** Where the lab's own files are, as its processes see it: on a /run of their own. */
export const INSIDE = '/run/lab'

/**
 * PID 1 of the lab's own PID and mount namespaces. All hosts, mounts and network namespaces
 * live inside these, so one kill ends the whole lab and nothing of it can be left behind.
 *
 * It waits for a word on stdin first: if who started it is gone before having noted its
 * PID, it ends too.
 */
const KEEPER = sh`
exec 2>>"$1"
read -r go || exit 1
set -e
mount -t tmpfs -o mode=755 dr-play-lab /run
mkdir -p /run/netns ${INSIDE}/layers ${INSIDE}/hosts
cd /
echo ready
exec </dev/null >/dev/null
while :; do sleep 86400 & wait $!; done
`

/** The process whose end is the lab's end, and the ways into the lab. */
export class Keeper {
  constructor(readonly id: ProcessId) {}

  /** @param note is told the keeper's process before that makes anything. */
  static async start(log: string, note: (id: ProcessId) => void): Promise<Keeper> {
    const apart = '--mount --propagation private --pid --fork --kill-child --mount-proc'
    const child = spawn('unshare', [...apart.split(' '), 'sh', '-c', KEEPER.text, 'keeper', log], {
      detached: true,
      stdio: ['pipe', 'pipe', 'ignore'],
      env: { PATH: process.env.PATH },
    })
    const ready = new Promise<boolean>((resolve) => {
      child.stdout.once('data', () => resolve(true))
      child.once('close', () => resolve(false))
      child.once('error', () => resolve(false))
    })
    child.stdin.on('error', () => undefined)
    const id = child.pid === undefined ? undefined : identify(child.pid)
    if (id !== undefined) {
      try {
        note(id)
      } catch (error) {
        child.kill('SIGKILL')
        throw error
      }
      child.stdin.end('go\n')
    }
    const came = await ready
    child.stdout.destroy()
    child.unref()
    if (id === undefined || !came) {
      throw new DrPlayError('the lab could not make its namespaces', `its log: ${log}`)
    }
    return new Keeper(id)
  }

  get alive(): boolean {
    return isAlive(this.id)
  }

  /** A path of the lab's, as seen from outside. */
  path(inside: string): string {
    return `/proc/${this.id.pid}/root${inside}`
  }

  /** Runs sh text inside the lab, as a part of it: it ends with the lab. */
  inside(script: string, args: string[] = [], options: RunOptions = {}): Promise<Outcome> {
    const { pid } = this.id
    const enter = [
      'nsenter',
      `--mount=/proc/${pid}/ns/mnt`,
      `--pid=/proc/${pid}/ns/pid_for_children`,
    ]
    return capture([...enter, 'sh', '-c', `umask 022\n${script}`, 'sh', ...args], options)
  }

  /** argv that runs a command of the machine's in one of the lab's network namespaces. */
  at(netns: string, argv: readonly string[]): string[] {
    return ['nsenter', `--net=${this.path(`/run/netns/${netns}`)}`, '--', ...argv]
  }

  /**
   * PID 1 of a host that lives in a network namespace of the lab, as the machine numbers it;
   * undefined when the host is down.
   */
  initOf(netns: string): number | undefined {
    const net = this.netns(netns)
    return processes().find((one) => one.isInit && one.net === net)?.id.pid
  }

  /** Ends the lab, and what was started in its networks from outside, such as a user's shell. */
  async end(): Promise<void> {
    const all = processes()
    const nets = this.netnses().map((name) => this.netns(name))
    const ours = lineage(all, process.pid)
    const guests = all.filter(
      ({ id, net }) => net !== undefined && nets.includes(net) && !ours.has(id.pid),
    )
    const init = this.alive ? all.find((one) => one.parent === this.id.pid) : undefined
    // The keeper's parent ends when the last process of the PID namespace has.
    kill(init?.id ?? this.id, 'SIGKILL')
    if (!(await until(() => !this.alive, 20))) {
      throw new DrPlayError(`the lab's process ${this.id.pid} does not end`, 'try again')
    }
    for (const guest of guests) kill(guest.id, 'SIGKILL')
  }

  private netnses(): string[] {
    try {
      // Until the keeper has mounted a /run of its own, what is there is the machine's.
      const isOwn = statSync(this.path('/run')).dev !== statSync('/run').dev
      return isOwn ? readdirSync(this.path('/run/netns')) : []
    } catch {
      return []
    }
  }

  private netns(name: string): string | undefined {
    try {
      return `net:[${statSync(this.path(`/run/netns/${name}`)).ino}]`
    } catch {
      return undefined
    }
  }
}

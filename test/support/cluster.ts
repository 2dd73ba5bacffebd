import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { labInventory, readCluster } from '../../src/cli/lab-inventory.js'
import type { Event, Tally, TaskEvent } from '../../src/core/event.js'
import { folderOf } from '../../src/lab/hosts/boot.js'
import { Keeper } from '../../src/lab/keeper.js'
import type { Lab } from '../../src/lab/lab.js'
import { startLoad } from '../../src/lab/load/load.js'
import type { LoadOptions, LoadResult } from '../../src/lab/load/result.js'
import { capture, until } from '../../src/lab/process.js'
import type { Flavor, LabHost } from '../../src/lab/spec.js'
import { load } from '../../src/lab/state.js'
import { up } from '../../src/lab/up.js'
import { builtPackage, MAIN } from './program.js'
import { type Process, QueueSite } from './queue.js'

const EXAMPLE = readFileSync(join(builtPackage, 'inventory.example.ini'), 'utf8')

/** The built program: what the user runs. */
const DR_PLAY = [process.execPath, MAIN]

/** What runs in the client, built, to put a load on the VIP. */
const LOAD = join(builtPackage, 'dist/lab/load/main.js')

/** A load under way. */
export interface Loading {
  /** Ends it, and says what the client saw. */
  end: () => Promise<LoadResult>
}

/** A run of dr-play under way. */
export interface Playing {
  pid: number
  ended: Promise<Played>
}

/** A queue for the hosts of a cluster. */
export interface ClusterQueue {
  /** As `Cluster.play`, by the workers. */
  start: (playbook: string, ...flags: string[]) => Process
  worker: () => Promise<Process>
  down: () => Promise<void>
}

/** How a run of dr-play ended. `events`: what it told under --output json; else none. */
export interface Played {
  exit: number
  stdout: string
  stderr: string
  events: Event[]
}

/** A lab with a folder for the user's own files; dr-play runs in its controller. */
export class Cluster {
  private constructor(
    readonly lab: Lab,
    /** Where inventory.yml and the playbooks of a test are. */
    readonly folder: string,
  ) {}

  /**
   * @param wanted.inventory as a user writes it; without one, the reference cluster's
   * @param wanted.without roles whose hosts are in the inventory, but not built
   */
  static async up(
    name: string,
    wanted: { inventory?: string; flavor?: Flavor; without?: readonly LabHost['role'][] } = {},
  ): Promise<Cluster> {
    const { inventory = EXAMPLE, flavor = 'debian', without = [] } = wanted
    const folder = mkdtempSync(join(tmpdir(), 'dr-play-e2e-'))
    const source = join(folder, 'inventory.ini')
    writeFileSync(source, inventory)
    const cluster = readCluster([source])
    const lab = await up({
      name: `e2e-${name}-${process.pid}`,
      hosts: cluster.hosts.filter(({ role }) => !without.includes(role)),
      flavor,
      systemd: false,
      reserved: cluster.vips,
    }).catch((error: unknown) => {
      rmSync(folder, { recursive: true })
      throw error
    })
    writeFileSync(join(folder, 'inventory.yml'), labInventory(cluster, lab))
    return new Cluster(lab, folder)
  }

  async down(): Promise<void> {
    await this.lab.down()
    rmSync(this.folder, { recursive: true })
  }

  /** Writes a file into the test's folder. */
  write(name: string, text: string): void {
    writeFileSync(join(this.folder, name), text)
  }

  /** The inventory of the lab, as it is now. */
  get inventory(): string {
    return readFileSync(join(this.folder, 'inventory.yml'), 'utf8')
  }

  /** Changes a file of the test's folder. */
  edit(name: string, change: (text: string) => string): void {
    const path = join(this.folder, name)
    writeFileSync(path, change(readFileSync(path, 'utf8')))
  }

  /** dr-play PLAYBOOK -i inventory.yml --output json, and what else is given. */
  play(playbook: string, ...flags: string[]): Promise<Played> {
    return this.run([playbook, '-i', 'inventory.yml', '--output', 'json', ...flags])
  }

  /** dr-play with these arguments alone, in the controller. */
  async run(args: readonly string[]): Promise<Played> {
    const { status, stdout, stderr } = await this.lab.controller([...DR_PLAY, ...args], this.#at())
    return { exit: status, stdout, stderr, events: eventsOf(stdout) }
  }

  /** As `play`, with the process in hand while it runs. */
  async start(playbook: string, ...flags: string[]): Promise<Playing> {
    const pidFile = join(this.folder, 'pid')
    rmSync(pidFile, { force: true })
    const program = [...DR_PLAY, playbook, '-i', 'inventory.yml', '--output', 'json', ...flags]
    const script = 'echo $$ >pid.new; mv pid.new pid; exec "$@"'
    const ended = this.lab
      .controller(['sh', '-c', script, 'sh', ...program], this.#at())
      .then(({ status, stdout, stderr }) => {
        return { exit: status, stdout, stderr, events: eventsOf(stdout) }
      })
    if (!(await until(() => existsSync(pidFile), 30))) throw new Error('dr-play does not start')
    return { pid: Number(readFileSync(pidFile, 'utf8')), ended }
  }

  /** A Redis in the controller, and workers there when asked for. */
  async queue(): Promise<ClusterQueue> {
    const site = await QueueSite.up((argv) => this.lab.at('controller', argv))
    const inventory = join(this.folder, 'inventory.yml')
    const start = (playbook: string, ...flags: string[]) => {
      const own = join(this.folder, playbook)
      const book = existsSync(own) ? own : playbook
      return site.start([book, '-i', inventory, '--output', 'json', ...flags, ...site.queue])
    }
    return { start, worker: () => site.worker(), down: () => site.down() }
  }

  /**
   * Puts a load on the VIP from the client: 200 requests a second and 8 connections that are
   * kept. Resolves once these are there.
   */
  async load(wanted: Partial<LoadOptions> = {}): Promise<Loading> {
    const url = `http://${this.lab.plan.reserved![0]!}/`
    const options = { url, rate: 200, keepalive: 8, seconds: 300, ...wanted }
    const over = new AbortController()
    const { begun, result } = startLoad(this.lab, LOAD, options, over.signal)
    // Who calls end() is told of it; until then nobody has to be.
    result.catch(() => undefined)
    await begun
    return {
      end() {
        over.abort()
        return result
      },
    }
  }

  /** What sh text prints on a host. @throws Error when it fails there */
  async on(host: string, script: string): Promise<string> {
    const { status, stdout, stderr } = await this.lab.exec(host, ['sh', '-c', script])
    if (status !== 0) throw new Error(`${host}: "${script}" exited with ${status}: ${stderr}`)
    return stdout
  }

  /** What sh text prints in the client. */
  async client(script: string): Promise<string> {
    return (await this.lab.client(['sh', '-c', script])).stdout
  }

  /**
   * All that a run could change on a host, in lines: every file the host has written since it
   * was made (content, owner, mode, times), its volatile files, its network, its table, its
   * modules and its processes.
   */
  async observe(host: string): Promise<string[]> {
    return [...(await this.#written(host)), ...(await this.on(host, LIVE)).trimEnd().split('\n')]
  }

  /** The upper layer of the host's file system holds what it wrote, and what it deleted. */
  async #written(host: string): Promise<string[]> {
    const { name, hosts } = this.lab.plan
    const keeper = new Keeper(load(name)!.keeper!)
    const upper = `${keeper.path(folderOf(hosts.find((each) => each.name === host)!))}/upper`
    const script = `cd "$1" && ${FILES('.')} && find . -type f -exec sha256sum {} + | sort -k2`
    const { stdout } = await capture(['sh', '-c', script, 'sh', upper])
    return stdout.trimEnd().split('\n')
  }

  #at() {
    return { cwd: this.folder, env: { PATH: process.env.PATH, HOME: this.folder } }
  }
}

/** A folder's own change time moves when the overlay looks something up in it; a file's does not. */
const FILES = (path: string): string =>
  `find ${path} '(' -type d -printf '%p %y %m %U:%G %T@\\n' ')' -o -printf '%p %y %m %U:%G %s %T@ %C@ %l\\n' | sort`

/**
 * sshd's processes for a login come and go with the one who looks, as do his own; a new IPv6
 * address is tentative until the kernel has found no twin of it.
 */
const LIVE = `
for i in $(seq 50); do
  ip -6 addr | grep -q tentative || break
  sleep 0.1
done
${FILES('/run /tmp /dev/shm')}
ip -o addr | sed 's/ *valid_lft.*//'
ip route show table all
grep -rs '' /proc/sys/net/ipv4 | grep -Ev '/(route/flush|.*_pressure|inet_peer|.*orphan)' | sort
cat /proc/sys/net/netfilter/nf_conntrack_max 2>/dev/null
[ ! -e /proc/net/ip_vs ] || ipvsadm -S -n
[ "$(hostname)" != director ] || cut -d ' ' -f 1 /proc/modules 2>/dev/null | sort
ps -eo comm=,args= | grep -Ev '^(kworker|sshd +sshd: root|sh +sh -c|ps |grep |sort |cat )' | sort`

function eventsOf(stdout: string): Event[] {
  const lines = stdout.split('\n').filter((line) => line.startsWith('{"event":'))
  return lines.map((line) => JSON.parse(line) as Event)
}

export function tasks({ events }: Pick<Played, 'events'>): TaskEvent[] {
  return events.filter((event) => event.event === 'task')
}

/** What was changed, or would be: `rs1 | realserver : the VIP is on lo | ...: add as lo:0`. */
export function changes(played: Pick<Played, 'events'>): string[] {
  return tasks(played)
    .filter(({ status }) => status === 'changed')
    .map(({ host, task, changes: each }) =>
      [host, task, ...each.map(({ summary }) => summary)].join(' | '),
    )
    .sort()
}

/** What went wrong, told of a task or of a host as a whole: `rs1: message`. */
export function failures(played: Pick<Played, 'events'>): string[] {
  return played.events.flatMap((event) => {
    if (event.event === 'host') return [`${event.host}: ${event.message}`]
    if (event.event !== 'task' || event.status !== 'failed') return []
    return [`${event.host}: ${event.message ?? ''}`]
  })
}

/** The table of hosts that every run ends with. */
export function recap({
  events,
  stderr,
}: Pick<Played, 'events' | 'stderr'>): Record<string, Tally> {
  const last = events.at(-1)
  if (last?.event === 'recap') return last.hosts
  throw new Error(`the run ended without a recap: ${stderr}`)
}

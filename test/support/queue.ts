import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { Event, Tally, TaskEvent } from '../../src/core/event.js'
import { freePort } from '../transport/sshd.js'
import { PATH } from './no-lock.js'
import { MAIN } from './program.js'

/** A process of dr-play, and what it says. */
export interface Process {
  child: ChildProcess
  said: () => string
  ended: Promise<{ exit: number | null; stdout: string; stderr: string; events: Event[] }>
}

/**
 * A Redis of the test's own, a folder with a playbook, and workers; hosts are shells here, unless
 * an inventory names others.
 */
export class QueueSite {
  readonly dir = mkdtempSync(join(tmpdir(), 'dr-play-queue-'))
  readonly password = 'the-password-of-redis'
  port = 0
  #redis: ChildProcess | undefined
  /** All that were started, whether they have ended or not. */
  readonly processes: Process[] = []

  /** @param at what makes of a command one that runs elsewhere, in a lab's controller */
  private constructor(private readonly at: (argv: string[]) => string[]) {}

  static async up(at: (argv: string[]) => string[] = (argv) => argv): Promise<QueueSite> {
    const site = new QueueSite(at)
    site.port = await freePort()
    site.write({ key: execFileSync('openssl', ['rand', '-base64', '32'], { encoding: 'utf8' }) })
    await site.#startRedis()
    return site
  }

  async #startRedis(): Promise<void> {
    const args = ['--port', String(this.port), '--bind', '127.0.0.1', '--save', '']
    const more = ['--requirepass', this.password, '--dir', this.dir]
    const [command = '', ...argv] = this.at(['redis-server', ...args, ...more])
    this.#redis = spawn(command, argv, { stdio: 'ignore' })
    while (this.redis('ping') !== 'PONG\n') await setTimeout(50)
  }

  /** Kills Redis, and starts it with what it saved last: by `redis('save')`, or nothing. */
  async restartRedis(): Promise<void> {
    const ended = new Promise((end) => this.#redis!.once('exit', end))
    this.#redis!.kill('SIGKILL')
    await ended
    await this.#startRedis()
  }

  async down(): Promise<void> {
    const left = this.processes.filter(({ child }) => child.exitCode === null)
    for (const { child } of left) child.kill('SIGKILL')
    await Promise.all(left.map(({ ended }) => ended))
    this.#redis?.kill()
    rmSync(this.dir, { recursive: true, force: true })
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`
  }

  path(name: string): string {
    return join(this.dir, name)
  }

  write(files: Readonly<Record<string, string>>): void {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(this.path(name)), { recursive: true })
      writeFileSync(this.path(name), text)
    }
  }

  /** Hosts h1 to hN, and more lines of the inventory. */
  hosts(count: number, more = ''): void {
    const vars = `ansible_connection=local\ndir=${this.dir}\n${more}`
    this.write({ inventory: `h[1:${count}]\n[all:vars]\n${vars}` })
  }

  read(name: string): string {
    return readFileSync(this.path(name), 'utf8')
  }

  /** What redis-cli prints. */
  redis(...args: string[]): string {
    const login = ['-p', String(this.port), '-a', this.password, '--no-auth-warning']
    const [command = '', ...argv] = this.at(['redis-cli', ...login, ...args])
    try {
      return execFileSync(command, argv, { encoding: 'utf8', stdio: 'pipe' })
    } catch {
      return ''
    }
  }

  start(args: readonly string[], env: Readonly<Record<string, string>> = {}, main = MAIN): Process {
    const [command = '', ...argv] = this.at([process.execPath, main, ...args])
    const child = spawn(command, argv, {
      cwd: this.dir,
      env: {
        PATH,
        HOME: this.dir,
        DR_PLAY_QUEUE_PASSWORD: this.password,
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let stdout = ''
    let stderr = ''
    child.stdout.on('data', (bytes: Buffer) => (stdout += bytes.toString()))
    child.stderr.on('data', (bytes: Buffer) => (stderr += bytes.toString()))
    const ended = new Promise<number | null>((end) => child.on('close', end)).then((exit) => {
      return { exit, stdout, stderr, events: eventsOf(stdout) }
    })
    const started = { child, said: () => stdout + stderr, ended }
    this.processes.push(started)
    return started
  }

  /** `--queue` with its key. */
  get queue(): string[] {
    return ['--queue', this.url, '--queue-key-file', this.path('key')]
  }

  /** Resolves when the worker is there. */
  async worker(...more: string[]): Promise<Process> {
    const worker = this.start(['worker', ...this.queue, ...more])
    await says(worker, 'waits for work')
    return worker
  }

  /** A playbook by the workers, or without `queue` from here. */
  play(
    yaml: string,
    { queue = this.queue, flags = [] }: { queue?: string[]; flags?: string[] } = {},
  ) {
    this.write({ 'play.yml': yaml })
    const args = ['play.yml', '-i', 'inventory', '--output', 'json', ...flags]
    return this.start([...args, ...queue])
  }
}

/** Resolves once a process has said something. @throws Error when it ends without */
export async function says({ child, said }: Process, what: string | RegExp): Promise<void> {
  while (!said().match(what)) {
    // A signal that ends it leaves no exit code.
    if (child.exitCode !== null || child.signalCode !== null)
      throw new Error(`it ended without "${String(what)}": ${said()}`)
    await setTimeout(50)
  }
}

function eventsOf(stdout: string): Event[] {
  return stdout
    .split('\n')
    .filter((line) => line.startsWith('{"event":'))
    .map((line) => JSON.parse(line) as Event)
}

export function tasksOf(events: readonly Event[]): TaskEvent[] {
  return events.filter((event) => event.event === 'task')
}

/** The counts of the recap, without what time and trips it took. */
export function countsOf(events: readonly Event[]): Record<string, Partial<Tally>> {
  const recap = events.find((event) => event.event === 'recap')
  if (!recap) throw new Error('the run ended without a recap')
  const untimed = (tally: Tally) => ({ ...tally, trips: undefined, ms: undefined })
  return Object.fromEntries(
    Object.entries(recap.hosts).map(([host, tally]) => [host, untimed(tally)]),
  )
}

/** What was told of each host, in order. */
export function storyOf(events: readonly Event[]): Record<string, Event[]> {
  const story: Record<string, Event[]> = {}
  for (const event of events) if ('host' in event) (story[event.host ?? ''] ??= []).push(event)
  return story
}

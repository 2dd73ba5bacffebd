import { createHash } from 'node:crypto'
import { Interrupted, TaskFailed } from '../core/errors.js'
import type { Sh } from '../core/sh.js'
import { sh } from '../core/sh.js'
import type { Become, Frame, Limits, Mode, ProgressListener, Session } from '../core/transport.js'
import { unlessAborted, within } from './bounds.js'
import { endGroup, endSteps } from './ending.js'
import type { Place } from './greeting.js'
import type { Start } from './pipe.js'
import { Shell } from './shell.js'

/** How a session reaches its host. */
export interface Link {
  /** As messages name it. */
  host: string
  user: string
  start: Start
  /** The same for a further shell: where the link takes no second command, over another link. */
  startBeside: Start
  /** The same when work is to be ended: whatever became of the link. */
  startAside: Start
  close(): void
  /** Milliseconds that a new shell has to answer. */
  patience?: number | undefined
}

/** Milliseconds for ending work on the host, which a host that says nothing more cannot draw out. */
const ENDING = 8000

/** Milliseconds that shells have to be gone: when all is well, and after an interrupt. */
const PARTING = { quiet: 2000, interrupted: 1000 }

/** Shells over a link: one for each user, opened when first needed, kept until the end. */
export class ShellSession implements Session {
  #trips = 0
  readonly #shells = new Map<string, Promise<Shell>>()
  /** The end of the last trip asked for: trips of one session follow one another. */
  #last: Promise<void> = Promise.resolve()

  constructor(
    private readonly link: Link,
    private readonly signal: AbortSignal,
  ) {}

  get trips(): number {
    return this.#trips
  }

  async *run(
    steps: readonly Sh[],
    mode: Mode,
    as?: Become,
    progress?: ProgressListener,
    limits?: Limits,
  ): AsyncGenerator<Frame, void, undefined> {
    const before = this.#last
    let done: () => void = () => undefined
    this.#last = new Promise((resolve) => (done = resolve))
    await before
    try {
      yield* this.#trip(steps, mode, as, progress, limits)
    } finally {
      done()
    }
  }

  async upload(path: string, content: Uint8Array, as?: Become): Promise<void> {
    const hash = createHash('sha256').update(content).digest('hex')
    const text = Buffer.from(content).toString('base64')
    const step = sh`umask 077; set -C
printf %s ${text} | base64 -d >${path} || exit
test "$(sha256sum <${path})" = ${`${hash}  -`} || { rm ${path}; echo 'garbled' >&2; exit 1; }`
    for await (const frame of this.run([step], 'all', as)) {
      if (frame.status === 0) continue
      throw new TaskFailed(`${this.link.host}: ${path} cannot be written: ${frame.stderr.trim()}`)
    }
  }

  /** Waits, a moment at most, for the shells to be gone: the host's lock goes with them. */
  async close(): Promise<void> {
    const gone = [...this.#shells.values()].map(async (shell) => (await shell).close())
    const moment = this.signal.aborted ? PARTING.interrupted : PARTING.quiet
    await within(Promise.allSettled(gone), moment)
    this.link.close()
  }

  /** One trip; an abort ends its remote work first, and then the trip. */
  async *#trip(
    steps: readonly Sh[],
    mode: Mode,
    as: Become | undefined,
    progress: ProgressListener | undefined,
    limits: Limits | undefined,
  ): AsyncGenerator<Frame> {
    const shell = await unlessAborted(this.#shell(as), this.signal)
    this.#trips++
    const endings: Promise<void>[] = []
    const end = (): void => {
      const ended = this.#aside(shell, as, endGroup).finally(() => shell.pipe.close())
      endings.push(ended.finally(() => shell.fail(new Interrupted())))
    }
    this.signal.addEventListener('abort', end, { once: true })
    const endStep = (): Promise<void> => this.#aside(shell, as, endSteps)
    try {
      yield* shell.trip(steps, mode, { progress, limits, endStep })
    } catch (error) {
      if (endings.length === 0) throw error
    } finally {
      this.signal.removeEventListener('abort', end)
      await Promise.all(endings)
    }
    if (endings.length > 0) throw new Interrupted()
  }

  /** The shell of a user, opened when it is first asked for. */
  #shell(as?: Become): Promise<Shell> {
    if (this.signal.aborted) throw new Interrupted()
    const user = as?.user ?? this.link.user
    const known = this.#shells.get(user)
    if (known) return known
    const { start, startBeside } = this.link
    const opened = this.#open(this.#shells.size === 0 ? start : startBeside, as, this.signal)
    this.#shells.set(user, opened)
    return opened
  }

  #open(start: Start, as?: Become, signal?: AbortSignal): Promise<Shell> {
    const { host, patience } = this.link
    const become = as && as.user !== this.link.user ? as : undefined
    return Shell.start({ host, start, become, patience, ...(signal && { signal }) })
  }

  /** Has something done about what a shell is at, from another one; within a bound. */
  async #aside(shell: Shell, as: Become | undefined, script: (place: Place) => Sh): Promise<void> {
    const work = async (): Promise<void> => {
      const [other, place] = await Promise.all([this.#open(this.link.startAside, as), shell.place])
      await other.trip([script(place)], 'all').next()
      await other.close()
    }
    // Where the host is out of reach its sshd ends the shell, after the step under way.
    await within(
      work().catch(() => undefined),
      ENDING,
    )
  }
}

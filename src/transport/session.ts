import { createHash } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { Interrupted, TaskFailed } from '../core/errors.js'
import type { Sh } from '../core/sh.js'
import { sh } from '../core/sh.js'
import type { Become, Frame, Mode, ProgressListener, Session } from '../core/transport.js'
import type { Start } from './pipe.js'
import { Shell } from './shell.js'

/** How a session reaches its host. */
export interface Link {
  /** As messages name it. */
  host: string
  user: string
  start: Start
  /** The same when it has to work: where the link takes no second command, over another. */
  startAside: Start
  close(): void
}

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
  ): AsyncGenerator<Frame, void, undefined> {
    const before = this.#last
    let done: () => void = () => undefined
    this.#last = new Promise((resolve) => (done = resolve))
    await before
    try {
      yield* this.#trip(steps, mode, as, progress)
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
    await Promise.race([Promise.allSettled(gone), setTimeout(2000, undefined, { ref: false })])
    this.link.close()
  }

  /** One trip; an abort ends its remote work first, and then the trip. */
  async *#trip(
    steps: readonly Sh[],
    mode: Mode,
    as: Become | undefined,
    progress: ProgressListener | undefined,
  ): AsyncGenerator<Frame> {
    const shell = await this.#shell(as)
    if (this.signal.aborted) throw new Interrupted()
    this.#trips++
    const endings: Promise<void>[] = []
    const end = (): void => {
      const ended = endWork(shell, () => this.#open(this.link.startAside, as))
      endings.push(ended.finally(() => shell.fail(new Interrupted())))
    }
    this.signal.addEventListener('abort', end, { once: true })
    try {
      yield* shell.trip(steps, mode, progress)
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
    const opened = this.#open(this.link.start, as)
    this.#shells.set(user, opened)
    return opened
  }

  #open(start: Start, as?: Become): Promise<Shell> {
    const become = as && as.user !== this.link.user ? as : undefined
    return Shell.start(this.link.host, start, become)
  }
}

/** Ends all that a shell runs, and the shell: by TERM, and by KILL what is left 5 s later. */
async function endWork(shell: Shell, open: () => Promise<Shell>): Promise<void> {
  try {
    const [other, group] = await Promise.all([open(), shell.group])
    await other.trip([killGroup(group)], 'all').next()
    await other.close()
  } catch {
    // The host is out of reach: its sshd ends the shell after the step under way.
  }
  shell.pipe.close()
}

const killGroup = (group: number): Sh => sh`gone() {
  n=0
  while kill -s 0 -- -${group} 2>/dev/null; do
    n=$((n + 1))
    [ $n -le 50 ] || return 1
    sleep 0.1
  done
}
kill -s TERM -- -${group}
gone || { kill -s KILL -- -${group}; gone; }`

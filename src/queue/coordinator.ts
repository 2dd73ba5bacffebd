import { InputError, type Position } from '../core/errors.js'
import type { Reporter } from '../core/event.js'
import type { Hands } from '../run/hands.js'
import type { HostRun } from '../run/host.js'
import type { PlannedPlay } from '../run/preflight.js'
import { cut } from './cut.js'
import type { Left, Part, Told } from './messages.js'
import { BEAT_MS } from './names.js'
import { Post } from './post.js'
import type { Address } from './redis.js'
import type { Seal } from './seal.js'
import { ToldOfHost } from './told.js'

/** What is to be brought about, and by which means. */
export interface CoordinatorOptions {
  address: Address
  seal: Seal
  version: string
  plays: readonly PlannedPlay[]
  hostNamed: (name: string, at: Position) => HostRun
  /** What workers need, packed. */
  bundle: Buffer
  forks: number
  /** Why the hosts of a play's batch must stay together, if they must. */
  whole: (planned: PlannedPlay) => string | undefined
  report: Reporter
  signal: AbortSignal
}

/** A part that is with the workers. */
interface Pending {
  part: Part
  job: string
  batch: Batch
  /** Whether it was not there any more when that was last asked. */
  missed: boolean
  /** The hosts that are not through. */
  left: Set<string>
  over: () => void
}

interface Batch {
  number: number
  hosts: ReadonlyMap<string, HostRun>
  told: Map<string, ToldOfHost>
  /** A host that fails ends it for all. */
  fatal: boolean
}

const NOWHERE = { file: '--queue', line: 1, col: 1 }

/** So long a run that was interrupted waits for its workers to say that they stopped. */
const STOP_MS = 15_000

/** The hands of a run whose hosts are with the workers of a queue. */
export class Coordinator implements Hands {
  readonly #pending = new Map<string, Pending>()
  /** How a host was known when the workers were last told. */
  readonly #published = new Map<string, string>()
  #parts = 0
  #batches = 0
  #alone = false
  readonly #beat: NodeJS.Timeout
  readonly #stop = () => void this.#interrupt()

  private constructor(
    private readonly options: CoordinatorOptions,
    private readonly post: Post,
  ) {
    this.#beat = setInterval(() => void this.#heartbeat().catch(() => undefined), BEAT_MS)
    options.signal.addEventListener('abort', this.#stop)
    post.listen(
      (told) => this.#hear(told),
      (job, reason) => this.#failed(job, reason),
    )
  }

  /** @throws InputError when the queue cannot be used, or a worker there is not of our kind */
  static async open(options: CoordinatorOptions): Promise<Coordinator> {
    const { address, seal, version } = options
    const post = await Post.open(address, seal, version)
    try {
      for (const worker of await post.workers()) {
        if (worker.version !== version) {
          const message = `the worker ${worker.name} is dr-play ${worker.version}, and this run is ${version}`
          throw new InputError(undefined, message, 'run the same version everywhere')
        }
        if (worker.key !== seal.id) {
          const message = `the worker ${worker.name} has another key than this run`
          throw new InputError(undefined, message, 'give both the same key')
        }
      }
      await post.begin(options.bundle)
    } catch (error) {
      await post.close()
      throw error
    }
    return new Coordinator(options, post)
  }

  async bring(hosts: readonly HostRun[], planned: PlannedPlay): Promise<void> {
    const stay = this.options.whole(planned) !== undefined
    const workers = stay ? 1 : (await this.post.workers()).length
    const parts = stay ? [hosts] : cut(hosts, workers, this.options.forks)
    await this.#hand('bring', hosts, planned, parts, stay)
  }

  async ask(hosts: readonly HostRun[], planned: PlannedPlay): Promise<void> {
    const asked = hosts.filter((host) => !host.failed)
    if (asked.length > 0) await this.#hand('ask', asked, planned, [asked], false)
  }

  /** The run is over. */
  async close(): Promise<void> {
    clearInterval(this.#beat)
    this.options.signal.removeEventListener('abort', this.#stop)
    await this.post.close()
  }

  async #hand(
    kind: Part['kind'],
    hosts: readonly HostRun[],
    planned: PlannedPlay,
    parts: readonly (readonly HostRun[])[],
    whole: boolean,
  ): Promise<void> {
    const { plays, signal } = this.options
    if (signal.aborted) return
    const number = ++this.#batches
    const batch: Batch = {
      number,
      hosts: new Map(hosts.map((host) => [host.name, host])),
      told: new Map(),
      fatal: kind === 'bring' && planned.play.anyErrorsFatal,
    }
    await this.#publish([...new Set(plays.flatMap((each) => each.hosts))])
    const play = plays.indexOf(planned)
    const leader = hosts[0]!.name
    const go = (each: readonly HostRun[]) =>
      new Promise<void>((over) => {
        const names = each.map(({ name }) => name)
        const id = String(++this.#parts)
        const part: Part = { id, kind, play, batch: number, hosts: names, leader, whole }
        void this.#add({ part, job: '', batch, missed: false, left: new Set(names), over })
      })
    await Promise.all(parts.map(go))
  }

  /** Puts a part into the queue; one that was given back without the hosts that are through. */
  async #add(pending: Pending): Promise<void> {
    const { part, left } = pending
    const hosts = part.whole ? part.hosts : part.hosts.filter((name) => left.has(name))
    pending.left = new Set(hosts)
    pending.missed = false
    this.#pending.set(part.id, pending)
    try {
      pending.job = await this.post.add({ ...part, hosts })
      if (this.options.signal.aborted) await this.#interrupt()
    } catch (error) {
      this.#giveUp(pending, `the queue took no work: ${(error as Error).message}`)
    }
  }

  /** Tells the workers what is new of hosts, however it came to be known. */
  async #publish(hosts: readonly HostRun[], part?: string): Promise<void> {
    const news = hosts.flatMap((host): Left[] => {
      const now = `${host.version} ${host.failed ?? ''}`
      if ((this.#published.get(host.name) ?? UNTOUCHED) === now) return []
      this.#published.set(host.name, now)
      return [{ host: host.name, kept: host.keep(), ...(part === undefined ? {} : { part }) }]
    })
    if (news.length > 0) await this.post.tellHosts(news)
  }

  async #hear(message: Told): Promise<void> {
    const pending = this.#pending.get(message.part)
    // Of a worker that was believed to be lost, and went on: another one has told it since.
    if (!pending) return
    const { batch, left, part } = pending
    for (const event of message.events) {
      const host = 'host' in event ? event.host : undefined
      if (host === undefined || toldOf(host, batch).takes(message.attempt, event))
        this.options.report(event)
    }
    const over = message.over.flatMap(({ host: name, kept }) => {
      const host = batch.hosts.get(name)
      if (!host) return []
      const tally = toldOf(name, batch).tally(message.attempt, kept.tally)
      host.restore({ ...kept, tally })
      left.delete(name)
      return [host]
    })
    const also = message.also.map(({ host: name, kept }) => {
      const host = this.options.hostNamed(name, NOWHERE)
      const { failed, tally } = host.keep()
      host.restore({ ...kept, failed, tally })
      return host
    })
    await this.#publish(over, part.id)
    await this.#publish(also)
    if (batch.fatal && over.some((host) => host.failed)) await this.post.end(batch.number)
    if (message.error) this.#giveUp(pending, message.error.message, message.error.hint)
    else if (message.end) await this.#ended(pending)
  }

  async #ended(pending: Pending): Promise<void> {
    this.#pending.delete(pending.part.id)
    if (pending.left.size > 0 && !this.options.signal.aborted) await this.#add(pending)
    else pending.over()
  }

  /** A job that BullMQ says has failed: its worker refused it, or it took too many with it. */
  #failed(job: string, reason: string): void {
    const pending = [...this.#pending.values()].find((each) => each.job === job)
    if (!pending) return
    const refusal = /^refused: (.*)$/s.exec(reason)?.[1]
    if (refusal === undefined) {
      const message = `its workers were lost, one after the other: ${reason}`
      return this.#giveUp(pending, message, 'see what they say, and run it again')
    }
    this.options.report({ event: 'note', message: `${refusal}; another worker is waited for` })
    void this.#add(pending)
  }

  /** Nobody will bring these hosts through. */
  #giveUp({ part, left, batch, over }: Pending, message: string, hint?: string): void {
    this.#pending.delete(part.id)
    for (const name of left) {
      const host = batch.hosts.get(name)!
      host.failed = 'failed'
      host.tally.failed++
      const told = hint === undefined ? {} : { hint }
      this.options.report({ event: 'host', host: name, status: 'failed', message, ...told })
    }
    over()
  }

  /** Takes out of the queue what waits there, and waits for those who are at work to stop. */
  async #interrupt(): Promise<void> {
    await this.post.end('all').catch(() => undefined)
    for (const pending of [...this.#pending.values()]) {
      if (!(await this.post.remove(pending.job))) continue
      this.#pending.delete(pending.part.id)
      pending.over()
    }
    const late = () => {
      for (const { over } of this.#pending.values()) over()
    }
    setTimeout(late, STOP_MS).unref()
  }

  /**
   * A Redis that was killed comes back without what it had not saved, parts included: they are put
   * there anew. What was done has an end that is still on its way, so one miss tells nothing.
   */
  async #seek(): Promise<void> {
    for (const pending of [...this.#pending.values()]) {
      const { part, job, missed } = pending
      if (job === '') continue
      pending.missed = !(await this.post.has(job))
      const isOurs = this.#pending.get(part.id) === pending && pending.job === job
      if (isOurs && missed && pending.missed) await this.#add(pending)
    }
  }

  async #heartbeat(): Promise<void> {
    if (!(await this.post.beat())) {
      const hint = 'was its Redis started anew, or is its memory full?'
      for (const pending of [...this.#pending.values()])
        this.#giveUp(pending, 'the queue has lost the run', hint)
      return
    }
    await this.#seek()
    const alone = this.#pending.size > 0 && (await this.post.workers()).length === 0
    if (alone && !this.#alone) {
      const start = `dr-play worker --queue ${this.options.address.shown}`
      const message = `no worker is there: start one with "${start}"; Ctrl-C ends the run`
      this.options.report({ event: 'note', message })
    }
    this.#alone = alone
  }
}

const UNTOUCHED = '0 '

function toldOf(host: string, { told }: Batch): ToldOfHost {
  const known = told.get(host) ?? new ToldOfHost()
  told.set(host, known)
  return known
}

import { randomBytes } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { Queue, QueueEvents } from 'bullmq'
import type { Redis } from 'ioredis'
import type { JobData, Left, Part, Told } from './messages.js'
import type { WorkerName } from './names.js'
import { ALIVE_MS, KEPT_MS, namesOf, parseWorkerLabel, QUEUE } from './names.js'
import { type Address, connect } from './redis.js'
import type { Seal } from './seal.js'
import { decode, encode } from './wire.js'

/** What a run puts into the queue and takes out of it; all of it is sealed. */
export class Post {
  readonly run = randomBytes(6).toString('hex')
  readonly #names = namesOf(this.run)
  #closed = false
  #reading: Promise<void> = Promise.resolve()

  private constructor(
    private readonly seal: Seal,
    private readonly version: string,
    private readonly redis: Redis,
    private readonly reader: Redis,
    private readonly queue: Queue<JobData>,
    private readonly failures: QueueEvents,
  ) {}

  /** @throws InputError when the queue cannot be used */
  static async open({ options, shown }: Address, seal: Seal, version: string): Promise<Post> {
    const redis = await connect({ options, shown })
    const queue = new Queue<JobData>(QUEUE, { connection: options })
    const failures = new QueueEvents(QUEUE, { connection: options })
    const reader = redis.duplicate()
    queue.on('error', () => undefined)
    failures.on('error', () => undefined)
    reader.on('error', () => undefined)
    await Promise.all([queue.waitUntilReady(), failures.waitUntilReady()])
    return new Post(seal, version, redis, reader, queue, failures)
  }

  /** Lays down what workers need of the run, and that it is there. */
  async begin(bundle: Buffer): Promise<void> {
    const { bundle: key, alive } = this.#names
    await this.redis.set(key, this.seal.close(bundle, key), 'PX', KEPT_MS)
    await this.redis.set(alive, '1', 'PX', ALIVE_MS)
  }

  /** Has what workers tell heard in its order, and which jobs BullMQ says have failed. */
  listen(hear: (told: Told) => Promise<void>, failed: (job: string, reason: string) => void): void {
    this.failures.on('failed', ({ jobId, failedReason }) => failed(jobId, failedReason))
    this.#reading = this.#read(hear)
  }

  /** @returns the job's name */
  async add(part: Part): Promise<string> {
    const job = `${this.run}-${part.id}-${randomBytes(3).toString('hex')}`
    const sealed = this.seal.close(Buffer.from(encode(part)), `${this.run} ${job}`)
    const data = { version: this.version, run: this.run, sealed }
    await this.queue.add('part', data, { jobId: job, removeOnComplete: true, removeOnFail: true })
    return job
  }

  /** @returns whether it was still waiting there */
  async remove(job: string): Promise<boolean> {
    return (await this.queue.remove(job).catch(() => 0)) === 1
  }

  /** Whether it is there: it waits, or a worker has it. */
  async has(job: string): Promise<boolean> {
    return (await this.queue.getJob(job)) !== undefined
  }

  /** Tells the workers how hosts were left. */
  async tellHosts(news: readonly Left[]): Promise<void> {
    const { hosts } = this.#names
    const sealed = this.seal.close(Buffer.from(encode(news)), hosts)
    await this.redis.multi().xadd(hosts, '*', 'd', sealed).pexpire(hosts, KEPT_MS).exec()
  }

  /** Has the workers end a batch, or with 'all' the run. */
  async end(what: number | 'all'): Promise<void> {
    const { ended, channel } = this.#names
    await this.redis.set(ended, String(what), 'PX', KEPT_MS)
    await this.redis.publish(channel, String(what))
  }

  /** Says that the run is there. @returns false when the queue knows nothing of it any more */
  async beat(): Promise<boolean> {
    const { alive, bundle, hosts, told } = this.#names
    if ((await this.redis.set(alive, '1', 'PX', ALIVE_MS, 'XX')) === null) return false
    await Promise.all([bundle, hosts, told].map((key) => this.redis.pexpire(key, KEPT_MS)))
    return true
  }

  async workers(): Promise<WorkerName[]> {
    const clients = await this.queue.getWorkers()
    return clients.flatMap(({ rawname = '' }) => parseWorkerLabel(rawname) ?? [])
  }

  /** Nothing of the run is left in the queue. */
  async close(): Promise<void> {
    this.#closed = true
    this.reader.disconnect()
    await this.#reading
    const { bundle, told, hosts, alive, ended } = this.#names
    await this.redis.del(bundle, told, hosts, alive, ended).catch(() => undefined)
    await Promise.allSettled([this.queue.close(), this.failures.close()])
    this.redis.disconnect()
  }

  async #read(hear: (told: Told) => Promise<void>): Promise<void> {
    const { told } = this.#names
    let last = '0'
    while (!this.#isClosed()) {
      const entries = await this.#next(told, last)
      for (const [id, [, sealed = '']] of entries) {
        last = id
        const bytes = this.seal.open(sealed, told)
        if (bytes) await hear(decode(bytes.toString('utf8')) as Told)
      }
      if (entries.length > 0) await this.redis.xdel(told, ...entries.map(([id]) => id))
    }
  }

  async #next(stream: string, after: string): Promise<[id: string, fields: string[]][]> {
    try {
      const got = await this.reader.xread('COUNT', 200, 'BLOCK', 2000, 'STREAMS', stream, after)
      return got?.[0]?.[1] ?? []
    } catch {
      // Redis is away. When it is back without the run, the next beat says so.
      await setTimeout(this.#closed ? 0 : 500)
      return []
    }
  }

  #isClosed(): boolean {
    return this.#closed
  }
}

import { randomBytes } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import type { Redis } from 'ioredis'
import type { Part, Told } from './messages.js'
import { KEPT_MS, namesOf } from './names.js'
import type { Seal } from './seal.js'
import { encode } from './wire.js'

const OFTEN_MS = 50

/** What a worker tells of a part: gathered for a moment, sealed, in order. */
export class Line {
  readonly #attempt = randomBytes(4).toString('hex')
  #waiting: Partial<Told>[] = []
  #sending: Promise<void> = Promise.resolve()
  /** How many hosts are through. */
  count = 0

  constructor(
    private readonly redis: Redis,
    private readonly seal: Seal,
    private readonly run: string,
    private readonly part: Part,
    private readonly worker: string,
  ) {}

  /** @returns when it is in the queue */
  tell(news: Partial<Told>): Promise<void> {
    this.count += news.over?.length ?? 0
    this.#waiting.push(news)
    if (this.#waiting.length === 1) {
      const urgent = news.end ?? news.error ?? news.over
      this.#sending = this.#sending.then(() => this.#send(urgent ? 0 : OFTEN_MS))
    }
    return this.#sending
  }

  async #send(wait: number): Promise<void> {
    await setTimeout(wait)
    const news = this.#waiting
    this.#waiting = []
    const error = news.find((each) => each.error)?.error
    const told: Told = {
      ...{ part: this.part.id, attempt: this.#attempt, worker: this.worker },
      events: news.flatMap(({ events = [] }) => events),
      over: news.flatMap(({ over = [] }) => over),
      also: news.flatMap(({ also = [] }) => also),
      ...(news.some(({ end }) => end) ? { end: true } : {}),
      ...(error ? { error } : {}),
    }
    const { told: key } = namesOf(this.run)
    const sealed = this.seal.close(Buffer.from(encode(told)), key)
    await this.redis.multi().xadd(key, '*', 'd', sealed).pexpire(key, KEPT_MS).exec()
  }
}

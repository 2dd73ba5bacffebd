import { randomBytes } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import type { Redis } from 'ioredis'
import type { Part, Told } from './messages.js'
import { KEPT_MS, namesOf } from './names.js'
import type { Seal } from './seal.js'
import { encode } from './wire.js'

/** So long news may wait for more, when nobody waits for it. */
const OFTEN_MS = 50

/** What a worker tells of a part: gathered for a moment, sealed, in order. */
export class Line {
  readonly #attempt = randomBytes(4).toString('hex')
  #waiting: Partial<Told>[] = []
  #sending: Promise<void> = Promise.resolve()
  #hurry: () => void = () => undefined
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
      const hurried = new Promise<void>((resolve) => (this.#hurry = resolve))
      const moment = Promise.race([setTimeout(OFTEN_MS), hurried])
      this.#sending = this.#sending.then(() => moment).then(() => this.#send())
    }
    if (news.end ?? news.error ?? news.over?.some(({ kept }) => kept.failed)) this.#hurry()
    return this.#sending
  }

  async #send(): Promise<void> {
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

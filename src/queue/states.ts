import type { Redis } from 'ioredis'
import type { HostRun, Kept } from '../run/host.js'
import type { Left, Part } from './messages.js'
import type { Seal } from './seal.js'
import { decode } from './wire.js'

/** How the hosts of a run were left, as its coordinating process tells the workers. */
export class States {
  readonly #all = new Map<string, Left[]>()
  /** Hosts that are as they are known to have been left. */
  readonly #restored = new Map<HostRun, Kept>()
  #last = '-'

  constructor(
    private readonly seal: Seal,
    private readonly key: string,
  ) {}

  /** Reads what is new. */
  async follow(redis: Redis): Promise<void> {
    for (const [id, [, sealed = '']] of await redis.xrange(this.key, this.#last, '+')) {
      this.#last = `(${id}`
      const bytes = this.seal.open(sealed, this.key)
      if (bytes) this.hear(decode(bytes.toString('utf8')) as Left[])
    }
  }

  hear(news: readonly Left[]): void {
    for (const left of news) {
      const before = this.#all.get(left.host) ?? []
      // The last of each part, and of a batch that is done again the one before it.
      this.#all.set(left.host, [...before.slice(-1), left])
    }
  }

  /** The hosts of which anything is known. */
  get hosts(): Iterable<string> {
    return this.#all.keys()
  }

  /**
   * Makes a host what it was before a part.
   *
   * @param mine whether it will be something else after it
   */
  restore(host: HostRun, part: Pick<Part, 'id'>, mine: boolean): void {
    const kept = this.before(part, host.name)
    if (mine || this.#restored.get(host) !== kept) host.restore(kept)
    if (mine) this.#restored.delete(host)
    else this.#restored.set(host, kept)
  }

  /** How a host was left before a part; nothing is known of one that nobody met. */
  before({ id }: Pick<Part, 'id'>, host: string): Kept {
    return this.#all.get(host)?.findLast(({ part }) => part !== id)?.kept ?? UNKNOWN
  }

  /**
   * The hosts that a part is still to be done for: another worker may have left it, in its midst or
   * when all was done and the queue had yet to hear of it. Hosts that stay together are done again
   * together.
   */
  left({ id, whole, hosts }: Pick<Part, 'id' | 'whole' | 'hosts'>): readonly string[] {
    // A host that is known from a later part is through with this one.
    const isThrough = (host: string) =>
      this.#all.get(host)?.some(({ part }) => Number(part) >= Number(id))
    const left = hosts.filter((host) => !isThrough(host))
    return whole && left.length > 0 ? hosts : left
  }
}

const UNKNOWN: Kept = {
  registered: [],
  tally: {
    ...{ ok: 0, changed: 0, skipped: 0, failed: 0, unreachable: 0 },
    ...{ ignored: 0, rescued: 0, trips: 0, ms: 0 },
  },
}

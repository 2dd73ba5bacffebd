import { Unreachable } from '../core/errors.js'
import type { Frame, Session, Target, Transport } from '../core/transport.js'

/**
 * Connections that outlive those who use them: whoever asks for a host gets the one that is
 * there, and to close it leaves it to the next. One that broke is opened anew when it is next
 * needed. What its shell held, a lock say, went with it: this is for those who only look.
 */
export class KeptConnections implements Transport {
  readonly #kept = new Map<string, Promise<Session>>()

  constructor(private readonly transport: Transport) {}

  async open(target: Target, signal: AbortSignal): Promise<Session> {
    const session = () => this.#session(target, signal)
    const forget = () => this.#kept.delete(keyOf(target))
    let trips = 0
    await session()
    return {
      get trips() {
        return trips
      },
      async *run(...trip): AsyncGenerator<Frame> {
        const own = await session()
        try {
          trips++
          yield* own.run(...trip)
        } catch (error) {
          if (error instanceof Unreachable && forget()) await own.close()
          throw error
        }
      },
      upload: async (...file) => (await session()).upload(...file),
      close: () => Promise.resolve(),
    }
  }

  /** Closes them all. */
  async close(): Promise<void> {
    const closing = [...this.#kept.values()].map(async (session) => (await session).close())
    this.#kept.clear()
    await Promise.allSettled(closing)
  }

  async #session(target: Target, signal: AbortSignal): Promise<Session> {
    const key = keyOf(target)
    const session = this.#kept.get(key) ?? this.transport.open(target, signal)
    this.#kept.set(key, session)
    try {
      return await session
    } catch (error) {
      this.#kept.delete(key)
      throw error
    }
  }
}

function keyOf({ name, connection, address, port, user }: Target): string {
  return JSON.stringify([name, connection, address, port, user])
}

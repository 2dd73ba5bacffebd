import type { Position } from '../core/errors.js'
import type { HostRun } from './host.js'

/**
 * The hosts that one host's tasks are delegated to, each over a connection of its own: the
 * host that is delegated to may be at work for itself at the same time.
 */
export class Delegates {
  readonly #hosts = new Map<string, HostRun>()

  /**
   * @param find a host by its name
   * @param connect gives it a session and its facts
   */
  constructor(
    private readonly find: (name: string, at: Position) => HostRun,
    private readonly connect: (host: HostRun) => Promise<unknown>,
  ) {}

  /** @throws InputError when there is no such host, Unreachable when it does not answer */
  async get(name: string, at: Position): Promise<HostRun> {
    const host = this.#hosts.get(name) ?? this.find(name, at)
    this.#hosts.set(name, host)
    await this.connect(host)
    return host
  }

  async close(): Promise<void> {
    const sessions = [...this.#hosts.values()].flatMap(({ session }) => session ?? [])
    await Promise.allSettled(sessions.map((session) => session.close()))
  }
}

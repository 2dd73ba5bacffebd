import { where } from '../core/errors.js'
import type { Task } from '../site/model.js'

/** Asks whoever started the run. `hidden`: the answer must not be seen. @throws Interrupted */
export type Ask = (question: string, hidden: boolean) => Promise<string>

/** Whether a task is a pause that lasts until somebody answers. */
export function isQuestion({ module, args }: Task): boolean {
  return module === 'pause' && args.seconds === undefined && args.minutes === undefined
}

interface Waiting {
  key: string
  ask: () => Promise<string>
  tell: (answer: Promise<string>) => void
}

/**
 * The questions of a batch. Each is asked once for all of its hosts, and only when none of them
 * is at work: whoever answers has seen how everything before it went.
 */
export class Questions {
  readonly #answers = new Map<string, Promise<string>>()
  readonly #visits = new Map<string, number>()
  readonly #waiting = new Map<string, Waiting>()
  readonly #busy: Set<string>

  /** @param ended whether the play was ended for all: nothing is asked any more */
  constructor(
    private readonly hosts: readonly string[],
    private readonly ended: () => boolean,
  ) {
    this.#busy = new Set(hosts)
  }

  /** The answer to a question of a task; where a host comes to that again, it is asked again. */
  put(host: string, { at, name }: Task, kind: string, ask: Waiting['ask']): Promise<string> {
    const place = `${kind} ${where(at)} ${name}`
    const visit = (this.#visits.get(`${host} ${place}`) ?? 0) + 1
    this.#visits.set(`${host} ${place}`, visit)
    const key = `${place} ${visit}`
    return (
      this.#answers.get(key) ??
      new Promise((tell) => {
        this.#waiting.set(host, { key, ask, tell })
        this.rest(host)
      })
    )
  }

  /** A host is through, or waits for what another one does. */
  rest(host: string): void {
    this.#busy.delete(host)
    this.#next()
  }

  /** It goes on. */
  resume(host: string): void {
    this.#busy.add(host)
  }

  #next(): void {
    if (this.#busy.size > 0) return
    // In the batch's order, whoever came first: the question may name the host.
    const first = this.hosts.find((host) => this.#waiting.has(host))
    if (first === undefined) return
    const { key, ask } = this.#waiting.get(first)!
    const same = [...this.#waiting].filter(([, waiting]) => waiting.key === key)
    for (const [host] of same) {
      this.#waiting.delete(host)
      this.#busy.add(host)
    }
    const answer = this.ended() ? Promise.resolve('') : ask()
    this.#answers.set(key, answer)
    for (const [, { tell }] of same) tell(answer)
  }
}

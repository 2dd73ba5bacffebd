import { where } from '../core/errors.js'
import type { Result } from '../core/resource.js'
import type { Task } from '../site/model.js'

/** How a run_once task went: what it registered; undefined when it failed. */
export type Verdict = { value: Result } | undefined

/**
 * The run_once tasks of a batch: its first host does them, the others wait for what it
 * registers.
 */
export class Once {
  readonly #verdicts = new Map<
    string,
    { verdict: Promise<Verdict>; tell: (verdict: Verdict) => void }
  >()
  #over = false

  constructor(readonly leader: string) {}

  /** Waits for the first host. */
  verdict(task: Task): Promise<Verdict> {
    return this.#of(task).verdict
  }

  tell(task: Task, verdict: Verdict): void {
    this.#of(task).tell(verdict)
  }

  /** The first host is through: what it did not do by now, nobody does. */
  end(): void {
    this.#over = true
    for (const { tell } of this.#verdicts.values()) tell(undefined)
  }

  #of(task: Task) {
    const key = `${where(task.at)} ${task.name}`
    let entry = this.#verdicts.get(key)
    if (!entry) {
      let tell: (verdict: Verdict) => void = () => undefined
      const verdict = new Promise<Verdict>((resolve) => {
        tell = resolve
      })
      entry = { verdict, tell }
      this.#verdicts.set(key, entry)
      if (this.#over) tell(undefined)
    }
    return entry
  }
}

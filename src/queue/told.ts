import type { Event, Status, Tally } from '../core/event.js'

/**
 * What was told of one host in one play. A worker that is lost has told a part of it, and the
 * next one tells all of it again: what is said twice is shown once, and what was changed stays
 * changed, though the second found it so.
 */
export class ToldOfHost {
  /** Of each attempt, how each task ended; the nth time that it came up is the nth of it. */
  readonly #attempts = new Map<string, Map<string, Status>>()

  /** @returns whether it is news */
  takes(attempt: string, event: Event): boolean {
    if (event.event !== 'task') return true
    const own = this.#attempts.get(attempt) ?? new Map<string, Status>()
    this.#attempts.set(attempt, own)
    const key = keyOf(event, own)
    const before = this.#others(attempt).flatMap((other) => other.get(key) ?? [])
    own.set(key, event.status)
    if (event.status === 'failed' || event.status === 'unreachable') return true
    if (event.status === 'changed') return !before.includes('changed')
    return before.length === 0
  }

  /** The host's count after an attempt, with what earlier ones changed. */
  tally(attempt: string, tally: Tally): Tally {
    const own = this.#attempts.get(attempt) ?? new Map<string, Status>()
    const changed = new Set(this.#others(attempt).flatMap(changedIn))
    const sum = { ...tally }
    for (const key of changed) {
      const status = own.get(key)
      if (status === 'changed' || status === 'failed' || status === 'unreachable') continue
      if (status !== undefined) sum[status]--
      sum.changed++
    }
    return sum
  }

  #others(attempt: string): Map<string, Status>[] {
    return [...this.#attempts].filter(([name]) => name !== attempt).map(([, told]) => told)
  }
}

function keyOf({ id, item }: Extract<Event, { event: 'task' }>, own: ReadonlyMap<string, Status>) {
  for (let n = 1; ; n++) {
    const key = `${id}\0${item ?? ''}\0${n}`
    if (!own.has(key)) return key
  }
}

function changedIn(told: ReadonlyMap<string, Status>): string[] {
  return [...told].filter(([, status]) => status === 'changed').map(([key]) => key)
}

import { ask } from './ask.js'
import { count, type LoadResult } from './result.js'

/** How often it is looked whether requests are due, in milliseconds. */
const TICK = 5
/** What was missed while this process did not get to run is made up for, but not all at once. */
const MOST_AT_ONCE = 10

export type Fresh = Omit<LoadResult, 'keepalive'>

/** So many requests a second, each on a connection of its own, until the signal aborts. */
export async function fresh(url: string, rate: number, signal: AbortSignal): Promise<Fresh> {
  const result: Fresh = {
    ...{ seconds: 0, rate: 0, sent: 0, ok: 0, failed: 0, slowest: 0 },
    ...{ reasons: {}, pages: {} },
  }
  const flying = new Set<Promise<void>>()
  const send = async () => {
    const sent = performance.now()
    try {
      count(result.pages, (await ask(url, false)).page)
      result.ok++
    } catch (error) {
      count(result.reasons, (error as Error).message)
      result.failed++
    }
    result.slowest = Math.max(result.slowest, Math.round(performance.now() - sent))
  }
  const begin = performance.now()
  const elapsed = () => (performance.now() - begin) / 1000
  const tick = () => {
    for (let i = 0; i < MOST_AT_ONCE && result.sent < elapsed() * rate; i++) {
      const one = send().finally(() => flying.delete(one))
      flying.add(one)
      result.sent++
    }
  }
  const timer = setInterval(tick, TICK)
  await new Promise((resolve) => signal.addEventListener('abort', resolve))
  clearInterval(timer)
  result.seconds = Math.round(elapsed() * 10) / 10
  result.rate = Math.round((result.sent / elapsed()) * 10) / 10
  await Promise.all(flying)
  return result
}

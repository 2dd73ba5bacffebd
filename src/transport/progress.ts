import type { ProgressListener } from '../core/transport.js'

/** So many at once, and so many a second. */
const AT_ONCE = 20
const A_SECOND = 10

/** Hears of a step's progress no more often than can be read: the rest is left out. */
export function sparing(listener: ProgressListener = () => undefined): ProgressListener {
  let left = AT_ONCE
  let last = Date.now()
  return (step, message) => {
    const now = Date.now()
    left = Math.min(AT_ONCE, left + ((now - last) / 1000) * A_SECOND)
    last = now
    if (left < 1) return
    left--
    listener(step, message)
  }
}

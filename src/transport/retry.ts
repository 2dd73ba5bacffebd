import { setTimeout } from 'node:timers/promises'
import { Interrupted } from '../core/errors.js'

/** Milliseconds after which no new attempt begins: a host may take its time to drop each. */
const LASTING = 30_000

/**
 * Tries again while an attempt fails with what may pass, a few seconds in all. The pauses
 * grow, and differ from host to host: a busy sshd drops connections that come all at once.
 *
 * @throws the last failure, or Interrupted
 */
export async function retry<T>(
  attempt: () => Promise<T>,
  mayPass: (error: unknown) => boolean,
  signal: AbortSignal,
  attempts = 7,
): Promise<T> {
  const last = Date.now() + LASTING
  for (let n = 1; ; n++) {
    try {
      return await attempt()
    } catch (error) {
      if (n >= attempts || Date.now() > last || signal.aborted || !mayPass(error)) throw error
      const pause = Math.min(200 * 2 ** (n - 1), 3000) * (0.5 + Math.random())
      await setTimeout(pause, undefined, { signal }).catch(() => {
        throw new Interrupted()
      })
    }
  }
}

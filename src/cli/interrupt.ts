import { Interrupted } from '../core/errors.js'

/**
 * A signal that aborts on Ctrl-C, SIGTERM or SIGHUP, or by `interrupt`. Call `release` when the
 * work is over.
 *
 * @param again what a second Ctrl-C does; it ends the process at once when left out
 */
export function onInterrupt(again: () => void = () => process.exit(130)): {
  signal: AbortSignal
  interrupt: () => void
  release: () => void
} {
  const controller = new AbortController()
  const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  const stop = () => {
    if (controller.signal.aborted) again()
    else controller.abort(new Interrupted())
  }
  for (const name of names) process.on(name, stop)
  const release = () => {
    for (const name of names) process.off(name, stop)
  }
  const interrupt = () => controller.abort(new Interrupted())
  return { signal: controller.signal, interrupt, release }
}

/**
 * Work that must not be left half done: it is asked once to end, and clears up after itself. What
 * else comes in the meantime is answered with a line.
 */
export async function clearingUp<T>(
  work: (signal: AbortSignal) => Promise<T>,
  say: (line: string) => void,
): Promise<T> {
  const { signal, release } = onInterrupt(() => say('ending as soon as nothing is left half done'))
  try {
    return await work(signal)
  } finally {
    release()
  }
}

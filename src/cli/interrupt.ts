import { Interrupted } from '../core/errors.js'

/**
 * A signal that aborts on Ctrl-C, SIGTERM or SIGHUP, or by `interrupt`. A second Ctrl-C ends the
 * process at once. Call `release` when the work is over.
 */
export function onInterrupt(): {
  signal: AbortSignal
  interrupt: () => void
  release: () => void
} {
  const controller = new AbortController()
  const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  const stop = () => {
    if (controller.signal.aborted) process.exit(130)
    controller.abort(new Interrupted())
  }
  for (const name of names) process.on(name, stop)
  const release = () => {
    for (const name of names) process.off(name, stop)
  }
  const interrupt = () => controller.abort(new Interrupted())
  return { signal: controller.signal, interrupt, release }
}

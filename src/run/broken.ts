import { DrPlayError, Interrupted, Unreachable } from '../core/errors.js'
import type { Reporter } from '../core/event.js'
import type { Play } from '../site/model.js'
import type { HostRun } from './host.js'

/** Tells that a host broke off. Whatever happened to it concerns it alone. */
export function tellBroken(
  host: HostRun,
  error: unknown,
  play: Pick<Play, 'ignoreUnreachable'>,
  { report }: { report: Reporter },
): void {
  if (error instanceof Interrupted) return
  const status = error instanceof Unreachable ? 'unreachable' : 'failed'
  const left = status === 'unreachable' && play.ignoreUnreachable
  if (left) {
    host.tally.ignored++
    host.lose()
  } else {
    host.failed = status
    host.tally[status]++
  }
  const known = error instanceof DrPlayError
  const message = known
    ? error.message
    : `internal error: ${(error as Error).stack ?? String(error)}`
  const hint = known ? error.hint : 'this is a defect of dr-play; please report it'
  report({
    event: 'host',
    host: host.name,
    status,
    message,
    ...(left ? { ignored: true } : {}),
    ...(hint === undefined ? {} : { hint }),
  })
}

import { TaskFailed } from '../core/errors.js'
import type { Sh } from '../core/sh.js'
import type { Become, Frame, Mode, Session } from '../core/transport.js'

/** A step of a trip, and who reads what it printed. A step that was not run is not read. */
export interface Part {
  script: Sh
  read(frame: Frame & { status: number }): void
  /** Hears how far it is, while it goes on. */
  progress?: (message: string) => void
}

/** A step of our own, without which nothing may go on. */
export function must(script: Sh, purpose: string, then: () => void = () => undefined): Part {
  return {
    script,
    read({ status, stderr }) {
      if (status === 0) return then()
      throw new TaskFailed(`cannot ${purpose}: ${stderr.trim() || `exit status ${status}`}`)
    },
  }
}

/** Sends all parts in one round trip, and has each one's outcome read as it comes in. */
export async function trip(
  session: Session,
  parts: readonly Part[],
  mode: Mode,
  as?: Become,
): Promise<void> {
  const needed = parts.filter((part) => part.script.text !== '')
  if (needed.length === 0) return
  const scripts = needed.map((part) => part.script)
  const progress = (step: number, message: string) => needed[step]?.progress?.(message)
  for await (const frame of session.run(scripts, mode, as, progress)) {
    const { status } = frame
    if (status !== 'skipped') needed[frame.step]!.read({ ...frame, status })
  }
}

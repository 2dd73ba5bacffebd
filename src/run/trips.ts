import type { Reporter } from '../core/event.js'
import type { Change } from '../core/resource.js'
import { lines, Sh, sh } from '../core/sh.js'
import type { Frame, Mode } from '../core/transport.js'
import type { Act } from './act.js'
import type { Handlers } from './handlers.js'
import type { HostRun } from './host.js'
import { probeParts, type Seen, settledWant } from './observe.js'
import { isReal, type Planned } from './plan.js'
import { type Part, trip } from './trip.js'

/** What a trip that applied something brought back. */
export interface Applied {
  /** How each change ended that was come to. */
  frames: ReadonlyMap<Change, Frame>
  /** The applied acts as they are now, and those that come after. */
  seen: Seen
}

export interface TripsOptions {
  /** Connects to the host itself, where that was not done yet. */
  greet: () => Promise<unknown>
  report: Reporter
}

/** The round trips of one host in a play. All acts of a trip are done on one host. */
export class Trips {
  constructor(
    private readonly host: HostRun,
    private readonly handlers: Handlers,
    private readonly options: TripsOptions,
  ) {}

  /** Looks at acts, where that was not done yet. */
  async look(acts: readonly Act[], seen: Seen): Promise<void> {
    const unseen = acts.filter((act) => !seen.has(act))
    await this.#go(probeParts(unseen, seen, wantOf), 'all', acts[0]!)
  }

  /** Applies what is planned, looks at it again, and at the rest, all in one trip. */
  async apply(planned: readonly Planned[], rest: readonly Act[]): Promise<Applied> {
    const due = planned.filter(({ act, changes }) => changes.length > 0 && !act.check)
    const seen: Seen = new Map()
    const frames = new Map<Change, Frame>()
    const [first] = due
    if (!first) return { frames, seen }
    await this.#upload(due)
    const again = due.map(({ act }) => act)
    const parts = [
      ...due.flatMap((plan) => this.#changeParts(plan, frames)),
      ...probeParts(again, seen, settledWant),
      ...probeParts(rest, seen, wantOf),
    ]
    try {
      await this.#go(parts, 'until-failure', first.act)
    } finally {
      this.handlers.settle()
    }
    await this.#removeUploads(due, frames)
    return { frames, seen }
  }

  /** An act's changes, between the notes of what they will owe and have done. */
  #changeParts({ act, changes }: Planned, frames: Map<Change, Frame>): Part[] {
    // The list of owed handlers is the host's own; a delegate keeps none for it.
    const own = act.on === this.host
    return [
      ...(own && changes.some(isReal) ? this.handlers.oweParts(act) : []),
      ...changes.map((change) => ({
        script: withEnvironment(act, change.run),
        read: (frame: Frame) => void frames.set(change, change.sealed ? silenced(frame) : frame),
        progress: (message: string) => this.#tellProgress(act, message),
      })),
      ...(own ? this.handlers.strikeParts(act) : []),
    ]
  }

  #tellProgress({ id, name, task, item }: Act, message: string): void {
    if (task.noLog) return
    const event = { event: 'progress', host: this.host.name, id, task: name, message } as const
    this.options.report(item === undefined ? event : { ...event, item })
  }

  async #upload(due: readonly Planned[]): Promise<void> {
    for (const { act, changes } of due) {
      for (const { upload } of changes) {
        if (upload) await act.on.session!.upload(upload.path, upload.content, act.as)
      }
    }
  }

  /** What was brought for changes that were not come to, because one before them failed. */
  async #removeUploads(due: readonly Planned[], frames: ReadonlyMap<Change, Frame>): Promise<void> {
    const left = due.flatMap(({ changes }) => changes.filter((change) => !frames.has(change)))
    const paths = left.flatMap(({ upload }) => upload?.path ?? [])
    if (paths.length === 0) return
    await this.#go([{ script: sh`rm -f ${paths}`, read: () => undefined }], 'all', due[0]!.act)
  }

  async #go(parts: readonly Part[], mode: Mode, { on, as }: Act): Promise<void> {
    if (parts.every(({ script }) => script.text === '')) return
    if (on === this.host) await this.options.greet()
    if (on === this.host) {
      const all = [...this.host.pendingParts(as), ...parts]
      await this.host.locked(all, mode, as, this.options.report)
    } else await trip(on.session!, parts, mode, as)
    this.handlers.recall()
  }
}

const wantOf = (act: Act): unknown => act.want

function withEnvironment({ environment }: Act, script: Sh): Sh {
  const exports = Object.entries(environment).map(
    ([name, value]) => sh`export ${Sh.trusted(name)}=${value}`,
  )
  return lines([...exports, script])
}

function silenced(frame: Frame): Frame {
  return { ...frame, stdout: '', stderr: frame.status === 0 ? '' : 'what it says is not shown' }
}

import pLimit from 'p-limit'
import { Interrupted, Unreachable } from '../core/errors.js'
import type { Sh } from '../core/sh.js'
import type { Become, Frame, Transport } from '../core/transport.js'
import type { HostRun } from './host.js'

/** A host to look at, and the user to look as. */
export interface Subject {
  host: HostRun
  as: Become | undefined
}

/** What a host's scripts printed, in their order; or why it could not be asked. */
export type Answer = { frames: readonly Frame[] } | { unreachable: Unreachable }

export interface SurveyOptions {
  transport: Transport
  signal: AbortSignal
  /** Hosts at once. */
  forks: number
}

/**
 * Asks hosts read-only scripts, all at once. Takes no lock, so it never stands in the way of a
 * run, nor a run in its. A host that is out of reach is an answer like any other, and the next
 * look tries it again.
 */
export class Survey {
  constructor(
    private readonly subjects: readonly Subject[],
    private readonly options: SurveyOptions,
  ) {}

  /**
   * One round trip to every host that there are scripts for; each script runs, whatever became
   * of the one before it.
   *
   * @returns the answers by the host's name, in the order of the subjects
   * @throws Interrupted when the signal aborts
   */
  async ask(scripts: (host: HostRun) => readonly Sh[]): Promise<Map<string, Answer>> {
    const limit = pLimit(this.options.forks)
    const asked = this.subjects
      .map((subject) => ({ subject, steps: scripts(subject.host) }))
      .filter(({ steps }) => steps.length > 0)
    const answers = await Promise.all(
      asked.map(({ subject, steps }) => limit(() => this.#answer(subject, steps))),
    )
    if (this.options.signal.aborted) throw new Interrupted()
    return new Map(asked.map(({ subject }, i) => [subject.host.name, answers[i]!]))
  }

  async close(): Promise<void> {
    const sessions = this.subjects.flatMap(({ host }) => host.session ?? [])
    await Promise.allSettled(sessions.map((session) => session.close()))
  }

  async #answer({ host, as }: Subject, steps: readonly Sh[]): Promise<Answer> {
    const frames: Frame[] = []
    try {
      host.session ??= await this.options.transport.open(host.target, this.options.signal)
      for await (const frame of host.session.run(steps, 'all', as)) frames.push(frame)
      return { frames }
    } catch (error) {
      if (error instanceof Interrupted) return { frames }
      if (!(error instanceof Unreachable)) throw error
      await host.session?.close()
      host.session = undefined
      return { unreachable: error }
    }
  }
}

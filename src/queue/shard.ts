import type { Reporter } from '../core/event.js'
import type { HostRun } from '../run/host.js'
import { askAll } from '../run/ready.js'
import { bring, type PartOptions, type RunOptions } from '../run/run.js'
import type { Line } from './line.js'
import type { Left, Part } from './messages.js'
import type { States } from './states.js'

/** What a worker does parts of a run with. */
export interface Site extends Omit<RunOptions, 'report' | 'signal' | 'hands' | 'step'> {
  /** Keeps what was sealed out of what is told. */
  hiding: (report: Reporter) => Reporter
}

export interface ShardOptions {
  /** Aborts when the run is interrupted. */
  stopped: AbortSignal
  /** Aborts when another worker has the part. */
  lost: AbortSignal
  /** Aborts when no further host is to begin. */
  leaving: AbortSignal
  /** Whether the batch was ended for all. */
  ended: () => boolean
  line: Pick<Line, 'tell'>
}

const NOWHERE = { file: '--queue', line: 1, col: 1 }

/** A part of a batch, done here. */
export class Shard {
  readonly #hosts: HostRun[]
  /** The other hosts of the run, and how much was known of them before. */
  readonly #others = new Map<HostRun, number>()

  constructor(
    private readonly part: Part,
    private readonly site: Site,
    states: States,
    private readonly options: ShardOptions,
  ) {
    const { plays } = site
    const of = plays[part.play]!
    const mine = new Set(states.left(part))
    const all = new Set(plays.flatMap(({ hosts, factsFrom }) => [...hosts, ...factsFrom]))
    for (const name of states.hosts) all.add(site.hostNamed(name, NOWHERE))
    for (const host of all) states.restore(host, part, mine.has(host.name))
    this.#hosts = (part.kind === 'ask' ? of.factsFrom : of.hosts).filter(({ name }) =>
      mine.has(name),
    )
    for (const host of all) if (!mine.has(host.name)) this.#others.set(host, host.version)
  }

  async run(): Promise<void> {
    const { part, site } = this
    const { stopped, lost, leaving, ended, line } = this.options
    const planned = site.plays[part.play]!
    const over = (host: HostRun) => {
      // It was cut off, and is not through.
      if (!lost.aborted) void this.#tellOver(host)
    }
    const options: PartOptions = {
      ...site,
      ...{ signal: AbortSignal.any([stopped, lost]), leader: part.leader, ended, over },
      report: site.hiding((event) => void line.tell({ events: [event] })),
      // A batch that stays together is done to its end.
      begins: () => !leaving.aborted || part.whole,
    }
    if (this.#hosts.length === 0) return
    if (part.kind === 'bring') await bring(this.#hosts, planned, options)
    else await askAll(this.#hosts, planned, options)
    if (part.kind === 'ask') for (const host of this.#hosts) over(host)
    await Promise.allSettled(this.#hosts.flatMap(({ session }) => session?.close() ?? []))
    const also = [...this.#others].filter(([host, version]) => host.version !== version)
    void line.tell({ also: also.map(([host]) => leftOf(host)) })
  }

  #tellOver(host: HostRun): Promise<void> {
    const { session } = host
    host.tally.trips += session?.trips ?? 0
    const told = this.options.line.tell({ over: [leftOf(host)] })
    return Promise.all([told, session?.close().catch(() => undefined)]).then(() => undefined)
  }
}

function leftOf(host: HostRun): Left {
  return { host: host.name, kept: host.keep() }
}

/** The queue of all runs, as BullMQ calls it. */
export const QUEUE = 'dr-play'

/** The keys and the channel of one run in Redis. */
export function namesOf(run: string) {
  const name = (part: string) => `dr-play:${run}:${part}`
  return {
    /** What the run needs, sealed. */
    bundle: name('bundle'),
    /** A stream of what workers tell. */
    told: name('told'),
    /** A stream of how hosts were left, and what is known of them. */
    hosts: name('hosts'),
    /** There as long as the run's own process is. */
    alive: name('alive'),
    /** The number of the batch that was ended for all, or of the run. */
    ended: name('ended'),
    /** Where workers hear of that. */
    channel: name('say'),
  }
}

/** Sealed things of a run are kept for so long after it was last heard of. */
export const KEPT_MS = 120_000

/** How often a run says that it is there, and how long that is believed. */
export const BEAT_MS = 5_000
export const ALIVE_MS = 30_000

/** How Redis knows a worker: who, where, what version, which key. It can hold no space. */
export interface WorkerName {
  name: string
  version: string
  key: string
}

export function workerLabel({ name, version, key }: WorkerName): string {
  return `${name.replace(/[^\w.-]/g, '_')}@${version}@${key}`
}

/** @returns undefined for one that is no worker of ours */
export function parseWorkerLabel(label: string): WorkerName | undefined {
  const [, name, version, key] = /([\w.-]+)@([^@]+)@([0-9a-f]{8})$/.exec(label) ?? []
  return name && version && key ? { name, version, key } : undefined
}

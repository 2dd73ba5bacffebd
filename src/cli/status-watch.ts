import { setTimeout } from 'node:timers/promises'
import { InputError, InputErrors } from '../core/errors.js'
import type { ClusterLook } from './status-look.js'
import type { StatusSite } from './status-site.js'

export interface WatchOptions {
  /** Between two looks. */
  seconds: number
  /** Seconds from one check run to the next; undefined: there are none. */
  checkEvery: number | undefined
  /** The cluster as its files say now. @throws InputError, InputErrors */
  fresh: () => Promise<StatusSite>
  /** Shows what is known. @param note something else that has to be said */
  show: (note: string | undefined) => void
  /** Also while a check run is under way. */
  early: boolean
  signal: AbortSignal
}

/** Looks at a cluster until the signal aborts, and now and then checks it by its files. */
export async function watch(
  look: Pick<ClusterLook, 'look' | 'check'>,
  options: WatchOptions,
): Promise<never> {
  const { seconds, checkEvery, fresh, show, early, signal } = options
  let cluster: (() => Promise<StatusSite>) | undefined
  let due = checkEvery === undefined ? Infinity : Date.now()
  let note: string | undefined
  for (;;) {
    await look.look()
    if (Date.now() >= due) {
      if (early) show(note)
      note = await checked(look, cluster)
      cluster = fresh
      due = Date.now() + (checkEvery ?? 0) * 1000
    }
    show(note)
    await setTimeout(seconds * 1000, undefined, { signal })
  }
}

/** Files that are just being edited end nothing. @returns what has to be said of that */
async function checked(
  look: Pick<ClusterLook, 'check'>,
  cluster: (() => Promise<StatusSite>) | undefined,
): Promise<string | undefined> {
  try {
    await look.check(await cluster?.())
    return undefined
  } catch (error) {
    if (!(error instanceof InputError || error instanceof InputErrors)) throw error
    return `the files are wrong now, so this is by what they were: ${error.message}`
  }
}

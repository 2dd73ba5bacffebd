import type { Event } from '../core/event.js'
import type { Kept } from '../run/host.js'

/** What waits in the queue: which run, and a part of it, sealed. */
export interface JobData {
  version: string
  run: string
  sealed: string
}

/** A part of a batch of a play. */
export interface Part {
  /** Of all parts of the run. */
  id: string
  kind: 'bring' | 'ask'
  /** The number of the play, from 0, and of the batch in the run. */
  play: number
  batch: number
  hosts: string[]
  /** The first host of the whole batch. */
  leader: string
  /** All of it is done again, should a worker leave it half done. */
  whole: boolean
}

/** What a worker tells of a part, again and again until the end. */
export interface Told {
  part: string
  attempt: string
  worker: string
  events: Event[]
  /** The hosts that are through, or have failed. */
  over: Left[]
  /** Others of which something was learnt. */
  also: Left[]
  /** It is over: done, or given back with the hosts that are not through. */
  end?: true
  /** Why it could not even begin. */
  error?: { message: string; hint?: string | undefined }
}

/** How a host was left; in which part. */
export interface Left {
  host: string
  kept: Kept
  part?: string
}

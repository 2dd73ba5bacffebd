import type { Position } from './errors.js'
import type { Diff } from './resource.js'

export type Status = 'ok' | 'changed' | 'skipped' | 'failed' | 'unreachable'

/** How many tasks of a host ended how; `trips` on its channel after the handshake. */
export interface Tally {
  ok: number
  changed: number
  skipped: number
  failed: number
  unreachable: number
  ignored: number
  rescued: number
  trips: number
  ms: number
}

/** A task of a play, as the output lists them; `id` is its place in the files. */
export interface TaskRow {
  id: string
  name: string
  handler: boolean
}

export interface TaskEvent {
  event: 'task'
  host: string
  /** The row it belongs to; the name is the same, rendered for this host. */
  id: string
  task: string
  module: string
  status: Status
  /** Whether this host only checked: `changed` then means: would change. */
  check: boolean
  changes: { summary: string; diff?: Diff }[]
  message?: string
  hint?: string
  at?: Position
  /** The item of a loop. */
  item?: string
  ignored?: boolean
  rescued?: boolean
}

/** Everything a run tells. Reporters subscribe to these and to nothing else. */
export type Event =
  | {
      event: 'run'
      playbook: string
      check: boolean
      hosts: string[]
      plays: { play: string; tasks: TaskRow[] }[]
    }
  | { event: 'play'; play: string; hosts: string[] }
  | { event: 'batch'; hosts: string[] }
  | { event: 'start'; host: string; id: string; task: string }
  /** How far a long change is. */
  | { event: 'progress'; host: string; id: string; task: string; message: string; item?: string }
  | TaskEvent
  | {
      event: 'host'
      host: string
      status: 'failed' | 'unreachable'
      message: string
      /** Left out of the play, under ignore_unreachable. */
      ignored?: boolean
      hint?: string
    }
  | { event: 'note'; message: string; host?: string }
  | {
      event: 'recap'
      hosts: Record<string, Tally>
      /** Whether all hosts only checked. */
      check: boolean
      /** The hosts that only checked: what they count as changed would change. */
      checked: string[]
      exit: number
      ms: number
    }

export type Reporter = (event: Event) => void

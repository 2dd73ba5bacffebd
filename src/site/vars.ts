import type { Position } from '../core/errors.js'

/** A value as it was written (its templates not rendered), and where. */
export interface Var {
  value: unknown
  at: Position
  /** What comes from a host or a rendered list is never searched for templates. */
  data?: boolean
}

export type Vars = ReadonlyMap<string, Var>

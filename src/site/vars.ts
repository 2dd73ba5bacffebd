import type { Position } from '../core/errors.js'

/** A value as it was written (its templates not rendered), and where. */
export interface Var {
  value: unknown
  at: Position
}

export type Vars = ReadonlyMap<string, Var>

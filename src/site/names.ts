import type { Position } from '../core/errors.js'

/** Variables by name, as an expression or a template sees them. */
export interface Names {
  /** @throws when the name has no value; what exactly is thrown is the implementer's. */
  get(name: string): unknown
  has(name: string): boolean
  names(): Iterable<string>
  /** Where the name is set, for those that can tell. */
  find?(name: string): { at: Position } | undefined
}

import { BadValue, isMap, typeName } from './python-values.js'

/**
 * `params` name the arguments in their order; with `*` among them any number of plain ones is
 * taken, and those written `name=value` come in `named`.
 */
export interface Filter {
  params: readonly string[]
  run: (value: unknown, args: readonly unknown[], named: ReadonlyMap<string, unknown>) => unknown
}

export type Filters = Readonly<Record<string, Filter>>

export function withArgs(params: readonly string[], run: Filter['run']): Filter {
  return { params, run }
}

export function plain(run: (value: unknown) => unknown): Filter {
  return withArgs([], (value) => run(value))
}

/** The items of a list, the keys of a map, the characters of a text. @throws BadValue */
export function itemsOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value
  if (typeof value === 'string') return Array.from(value)
  if (isMap(value)) return Object.keys(value)
  throw new BadValue(`this must be a list, and is ${typeName(value)}`)
}

export function mustBeText(value: unknown): string {
  if (typeof value === 'string') return value
  throw new BadValue(`this must be text, and is ${typeName(value)}`)
}

export function mustBeNumber(value: unknown): number {
  if (typeof value === 'number' || typeof value === 'boolean') return Number(value)
  throw new BadValue(`this must be a number, and is ${typeName(value)}`)
}

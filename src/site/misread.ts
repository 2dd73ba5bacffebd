import { InputError, type Position } from '../core/errors.js'
import type { Schema } from '../core/resource.js'
import type { Path } from './yaml.js'

/** Where a value stands, and what stands there. */
interface Source {
  at(path: Path): Position
  written(path: Path): string | undefined
}

/**
 * What YAML made of a text that nobody quoted, where that is no more what is written: `yes`,
 * 0644, 1.10, 12:30. Undefined where the two are alike.
 */
export function misread(
  what: string,
  value: unknown,
  path: Path,
  source: Source,
): InputError | undefined {
  if (typeof value !== 'boolean' && typeof value !== 'number') return undefined
  const text = source.written(path)
  if (text === undefined || text === String(value)) return undefined
  return new InputError(
    source.at(path),
    `${what} is text, and YAML reads ${text} as ${value}`,
    `put it in quotes: "${text}"`,
  )
}

/** The same for all that a schema wants to be text. */
export function misreadArgs(
  schema: Schema,
  data: unknown,
  what: string,
  source: Source,
  path: Path = [],
): InputError[] {
  const name = path.length > 0 ? `"${path.join('.')}" of ${what}` : what
  if (isText(schema) && !schema.quoted) return [misread(name, data, path, source) ?? []].flat()
  const inner = (key: string | number, of: unknown, value: unknown) =>
    isSchema(of) ? misreadArgs(of, value, what, source, [...path, key]) : []
  if (Array.isArray(data)) return data.flatMap((item, i) => inner(i, schema.items, item))
  if (!isSchema(data)) return []
  const properties = isSchema(schema.properties) ? schema.properties : {}
  return Object.entries(data).flatMap(([key, value]) => inner(key, properties[key], value))
}

/** Of alternatives, those that are neither text nor a list of it would take the value as it is. */
function isText({ type, anyOf, oneOf }: Schema): boolean {
  if (type !== undefined) return type === 'string'
  const branches = (anyOf ?? oneOf) as readonly Schema[] | undefined
  return (
    branches !== undefined &&
    branches.some((branch) => branch.type === 'string') &&
    branches.every((branch) => branch.type === 'string' || branch.type === 'array')
  )
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** How Python compares, prints and judges plain values: what a `when:` means by them. */

/** A value that an operation cannot work on. */
export class BadValue extends Error {}

export type PlainMap = Record<string, unknown>

export function isMap(value: unknown): value is PlainMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The name of a value's type, for messages. */
export function typeName(value: unknown): string {
  if (value === null || value === undefined) return 'none'
  if (Array.isArray(value)) return 'a list'
  const names: Record<string, string> = { string: 'text', number: 'a number', boolean: 'a boolean' }
  return names[typeof value] ?? 'a map'
}

/** Empty text, lists and maps are false, and so are 0 and none. */
export function isTrue(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0
  return isMap(value) ? Object.keys(value).length > 0 : Boolean(value)
}

/** As the filter bool reads a value, and Ansible every variable that turns something on. */
export function toBool(value: unknown): boolean | null {
  if (value === null || typeof value === 'boolean') return value
  if (typeof value === 'string') return ['yes', 'on', '1', 'true'].includes(value.toLowerCase())
  return value === 1
}

/** Typed: 5 is not "5"; but true is 1. */
export function equals(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, index) => equals(item, b[index]))
  }
  if (isMap(a) && isMap(b)) {
    const keys = Object.keys(a)
    return (
      keys.length === Object.keys(b).length &&
      keys.every((key) => Object.hasOwn(b, key) && equals(a[key], b[key]))
    )
  }
  return asNumber(a) === asNumber(b)
}

function asNumber(value: unknown): unknown {
  return typeof value === 'boolean' ? Number(value) : (value ?? null)
}

/** Below zero when a comes first. @throws BadValue for values that have no order. */
export function compare(a: unknown, b: unknown): number {
  const [x, y] = [asNumber(a), asNumber(b)]
  if (typeof x === 'number' && typeof y === 'number') return x - y
  if (typeof x === 'string' && typeof y === 'string') return x < y ? -1 : x > y ? 1 : 0
  if (Array.isArray(x) && Array.isArray(y)) return compareLists(x, y)
  throw new BadValue(`${typeName(a)} and ${typeName(b)} have no order: convert one of them`)
}

function compareLists(a: readonly unknown[], b: readonly unknown[]): number {
  const place = a.findIndex((item, index) => index >= b.length || !equals(item, b[index]))
  if (place === -1) return a.length - b.length
  return place >= b.length ? 1 : compare(a[place], b[place])
}

/** An item of a list, a part of a text, a key of a map. */
export function contains(container: unknown, wanted: unknown): boolean {
  if (Array.isArray(container)) return container.some((item) => equals(item, wanted))
  if (isMap(container)) return Object.hasOwn(container, toText(wanted))
  if (typeof container === 'string') {
    if (typeof wanted === 'string') return container.includes(wanted)
    throw new BadValue(`text cannot hold ${typeName(wanted)}: use | string`)
  }
  throw new BadValue(`"in" needs a list, a map or text, and this is ${typeName(container)}`)
}

/** What Python's str() says. */
export function toText(value: unknown): string {
  return typeof value === 'string' ? value : represent(value)
}

function represent(value: unknown): string {
  if (value === null || value === undefined) return 'None'
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (typeof value === 'string') return quoted(value)
  if (Array.isArray(value)) return `[${value.map(represent).join(', ')}]`
  if (isMap(value)) {
    const entries = Object.entries(value).map(([key, item]) => `${quoted(key)}: ${represent(item)}`)
    return `{${entries.join(', ')}}`
  }
  return `${value as number | bigint}`
}

/** JSON with the blanks and the escapes of Python's json module. */
export function toJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(toJson).join(', ')}]`
  if (isMap(value)) {
    const entries = Object.entries(value).map(([key, item]) => `${toJson(key)}: ${toJson(item)}`)
    return `{${entries.join(', ')}}`
  }
  return JSON.stringify(value).replace(
    /[\u007f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

function quoted(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'"
  const body = text
    .replaceAll('\\', '\\\\')
    .replaceAll('\n', '\\n')
    .replaceAll('\t', '\\t')
    .replaceAll('\r', '\\r')
  return `${quote}${quote === "'" ? body.replaceAll("'", "\\'") : body}${quote}`
}

import { Secret } from '../core/sh.js'
import { NotYet } from '../site/scope.js'
import { Unsafe } from '../site/unsafe.js'

/** What is no JSON travels as `{"$": [KIND, ...]}`; so does a map with a key `$`. */
type Tagged = { $: [string, ...unknown[]] }

/** A value as text, with what a run has beside JSON: secrets, unsafe texts, what is not known yet. */
export function encode(value: unknown): string {
  return JSON.stringify(toWire(value))
}

export function decode(text: string): unknown {
  return fromWire(JSON.parse(text))
}

function toWire(value: unknown): unknown {
  if (value === undefined) return tagged('undefined')
  if (value === null || typeof value !== 'object') return value
  if (value instanceof Secret) return tagged('secret', value.reveal())
  if (value instanceof Unsafe) return tagged('unsafe', value.text)
  if (Array.isArray(value)) return value.map(toWire)
  const entries = Object.getOwnPropertyNames(value).map((name) => [name, member(value, name)])
  const isPlain = !Object.hasOwn(value, '$')
  return isPlain ? (Object.fromEntries(entries) as object) : tagged('map', entries)
}

/** What a check only planned has members that say NotYet when they are read. */
function member(value: object, name: string): unknown {
  try {
    return toWire((value as Record<string, unknown>)[name])
  } catch (error) {
    if (error instanceof NotYet) return tagged('not yet', error.variable)
    throw error
  }
}

function tagged(...words: Tagged['$']): Tagged {
  return { $: words }
}

function fromWire(value: unknown): unknown {
  if (value === null || typeof value !== 'object') return value
  if (Array.isArray(value)) return value.map(fromWire)
  if (Object.hasOwn(value, '$')) return untagged(value as Tagged)
  return build(Object.entries(value))
}

function untagged({ $: [kind, rest] }: Tagged): unknown {
  switch (kind) {
    case 'secret':
      return new Secret(String(rest))
    case 'unsafe':
      return new Unsafe(String(rest))
    case 'map':
      return build(rest as [string, unknown][])
    default:
      return undefined
  }
}

function build(entries: readonly [string, unknown][]): object {
  const built = {}
  for (const [name, value] of entries) {
    const variable = pendingIn(value)
    if (variable === undefined) {
      const own = { value: fromWire(value), enumerable: true, writable: true, configurable: true }
      Object.defineProperty(built, name, own)
    } else {
      const get = () => {
        throw new NotYet(variable)
      }
      Object.defineProperty(built, name, { get })
    }
  }
  return built
}

function pendingIn(value: unknown): string | undefined {
  if (value === null || typeof value !== 'object' || !Object.hasOwn(value, '$')) return undefined
  const [kind, variable] = (value as Tagged).$
  return kind === 'not yet' ? String(variable) : undefined
}

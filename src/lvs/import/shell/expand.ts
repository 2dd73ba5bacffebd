import { globRegex } from '../../../core/glob.js'
import { type Segment, segments } from './segments.js'

/** What a script's names stand for; undefined: it is set, but to what only a run can tell. */
export type Env = Map<string, readonly string[] | undefined>

/** A word after expansion; undefined when a part of it is not known. */
export type Field = string | undefined

/** The fields that a word as written becomes, by braces, names, quotes and word splitting. */
export function expand(raw: string, env: Env): Field[] {
  return braces(raw).flatMap((word) => fieldsOf(word, env))
}

/** The same as one field, without word splitting: what is assigned, or compared. */
export function expandOne(raw: string, env: Env): Field {
  const parts = segments(raw).map((segment) => valuesOf(segment, env)?.join(' '))
  return parts.every((part) => part !== undefined) ? parts.join('') : undefined
}

function fieldsOf(word: string, env: Env): Field[] {
  const fields: Field[] = []
  let open = false
  for (const segment of segments(word)) {
    const values = valuesOf(segment, env)
    const pieces = values === undefined ? [undefined] : split(segment, values)
    pieces.forEach((piece, i) => {
      if (open && i === 0) {
        const before = fields.pop()
        fields.push(before === undefined || piece === undefined ? undefined : before + piece)
      } else fields.push(piece)
    })
    open ||= pieces.length > 0
  }
  return fields
}

function split({ kind, text, quoted }: Segment, values: readonly string[]): string[] {
  if (kind === 'text') return [...values]
  const isList = /^@$|\[@\]$/.test(text)
  if (quoted) return isList ? [...values] : [values.join(' ')]
  return values.flatMap((value) => value.split(/\s+/)).filter((value) => value !== '')
}

function valuesOf({ kind, text }: Segment, env: Env): readonly string[] | undefined {
  if (kind === 'text') return [text]
  if (kind === 'name') return parameter(text, env)
  if (kind === 'command') return substitution(text, env)
  const number = arithmetic(text, env)
  return number === undefined ? undefined : [String(number)]
}

/** What stands in `${ }`: a name, perhaps with an index, a default, or an end to cut off. */
function parameter(text: string, env: Env): readonly string[] | undefined {
  const [, count, name = '', index, operator = '', word = ''] =
    /^(#?)(\w+|[@*#])(?:\[([^\]]*)\])?(?:(:?[-=]|##?|%%?)(.*))?$/s.exec(text) ?? []
  const all = env.get(name)
  if (/^:?[-=]$/.test(operator) && !env.has(name)) return [expandOne(word, env)].filter(isKnown)
  if (all === undefined) return undefined
  if (count) return [String(all.length)]
  if (operator === '#' || operator === '##') return all.map((value) => cut(value, operator, word))
  if (operator === '%' || operator === '%%') return all.map((value) => cut(value, operator, word))
  if (index === undefined) return name === '@' || name === '*' ? all : all.slice(0, 1)
  if (index === '@' || index === '*') return all
  const value = all[arithmetic(index, env) ?? -1]
  return value === undefined ? undefined : [value]
}

/** `${VIP##*.}`: the value without what a pattern matches at one of its ends. */
function cut(value: string, operator: string, pattern: string): string {
  const ends = Array.from({ length: value.length + 1 }, (_, i) => i)
  const isStart = operator.startsWith('#')
  const matcher = globRegex(pattern)
  // From the shortest match to the longest; the doubled operator takes the longest.
  const lengths = operator.length === 2 ? ends.reverse() : ends
  const length = lengths.find((n) =>
    matcher?.test(isStart ? value.slice(0, n) : value.slice(value.length - n)),
  )
  if (length === undefined) return value
  return isStart ? value.slice(length) : value.slice(0, value.length - length)
}

/** Of commands those alone that do nothing but count: seq, expr, echo. */
function substitution(text: string, env: Env): readonly string[] | undefined {
  const words = text
    .trim()
    .split(/\s+/)
    .flatMap((word) => expand(word, env))
  if (!words.every(isKnown)) return undefined
  const [command, ...args] = words
  if (command === 'echo') return args
  if (command === 'expr') return known(arithmetic(args.join(' '), env))
  if (command !== 'seq' || !args.every((arg) => /^\d+$/.test(arg))) return undefined
  const [first = 1, last = 0] = args.length === 1 ? [1, Number(args[0])] : args.map(Number)
  return args.length > 2 ? undefined : range(first, last)
}

/** Whole numbers and names, added and subtracted from left to right. */
export function arithmetic(text: string, env: Env): number | undefined {
  const terms = text.replaceAll(/\s|\$|[{}]/g, '').match(/[-+]?\w+/g) ?? []
  if (terms.length === 0 || terms.join('') !== text.replaceAll(/\s|\$|[{}]/g, '')) return undefined
  return terms.reduce((sum: number | undefined, term) => {
    const name = term.replace(/^[-+]/, '')
    const value = /^\d+$/.test(name) ? name : env.get(name)?.[0]
    if (sum === undefined || value === undefined || !/^-?\d+$/.test(value)) return undefined
    return sum + (term.startsWith('-') ? -Number(value) : Number(value))
  }, 0)
}

/** `10.0.0.{2,3}` and `10.0.0.{2..4}`. */
function braces(word: string): string[] {
  const [all, before = '', inside = '', after = ''] =
    /^((?:[^{]|\$\{[^}]*\})*?)(?<!\$)\{([^{}]*(?:,|\.\.)[^{}]*)\}(.*)$/s.exec(word) ?? []
  if (all === undefined || /['"]/.test(word)) return [word]
  const [, from, to] = /^(\d+)\.\.(\d+)$/.exec(inside) ?? []
  const choices = from === undefined ? inside.split(',') : range(Number(from), Number(to))
  return choices.flatMap((choice) => braces(`${before}${choice}${after}`))
}

function range(from: number, to: number): string[] {
  const count = Math.min(Math.max(0, to - from + 1), 65536)
  return Array.from({ length: count }, (_, i) => String(from + i))
}

function known(number: number | undefined): string[] | undefined {
  return number === undefined ? undefined : [String(number)]
}

function isKnown<T>(value: T | undefined): value is T {
  return value !== undefined
}

import { basename, dirname } from 'node:path/posix'
import { type Filter, type Filters, mustBeNumber, mustBeText, plain, withArgs } from './filter.js'
import { pythonRegex, type RegexOptions, replacement } from './python-regex.js'
import { BadValue, isTrue, toJson, toText, toBool } from './python-values.js'

const onText = (run: (text: string) => unknown): Filter => plain((value) => run(toText(value)))

const defaulting = withArgs(['default_value', 'boolean'], (value, [fallback = '', always]) =>
  value === undefined || (isTrue(always) && !isTrue(value)) ? fallback : value,
)

/** Filters over one value; `default` alone takes an undefined one. */
export const valueFilters: Filters = {
  default: defaulting,
  d: defaulting,
  string: plain(toText),
  lower: onText((text) => text.toLowerCase()),
  upper: onText((text) => text.toUpperCase()),
  capitalize: onText((text) => `${text.charAt(0).toUpperCase()}${text.slice(1).toLowerCase()}`),
  trim: onText((text) => text.trim()),
  basename: onText((text) => (text.endsWith('/') ? '' : basename(text))),
  dirname: onText((text) => (text.endsWith('/') ? text.replace(/\/+$/, '') : dirnameOf(text))),
  int: withArgs(['default', 'base'], toInt),
  float: withArgs(['default'], (value, [fallback = 0]) => number(value) ?? fallback),
  bool: plain(toBool),
  abs: plain((value) => Math.abs(mustBeNumber(value))),
  round: withArgs(['precision', 'method'], round),
  ternary: withArgs(['true_val', 'false_val', 'none_val'], (value, [yes, no, none]) =>
    value === null && none !== undefined ? none : isTrue(value) ? yes : no,
  ),
  split: withArgs(['sep'], (value, [separator]) =>
    separator === undefined || separator === null
      ? toText(value)
          .split(/\s+/)
          .filter((part) => part !== '')
      : mustBeText(value).split(mustBeText(separator)),
  ),
  replace: withArgs(['old', 'new', 'count'], (value, [old, by, count]) =>
    replaceText(toText(value), toText(old), toText(by), count),
  ),
  regex_search: withArgs(['pattern', '*', 'ignorecase', 'multiline'], regexSearch),
  regex_replace: withArgs(['pattern', 'replacement', 'ignorecase', 'multiline'], (value, args) => {
    const [pattern = '', by = '', ignorecase, multiline] = args
    const regex = pythonRegex(toText(pattern), regexOptions(ignorecase, multiline), 'g')
    return toText(value).replace(regex, replacement(toText(by)))
  }),
  to_json: plain(toJson),
  from_json: plain((value) => {
    try {
      return JSON.parse(mustBeText(value)) as unknown
    } catch (error) {
      throw new BadValue(`not JSON: ${(error as Error).message}`)
    }
  }),
}

function dirnameOf(path: string): string {
  return path.includes('/') ? dirname(path) : ''
}

/** A number as Python's float() would read it. */
function number(value: unknown): number | undefined {
  if (typeof value === 'number' || typeof value === 'boolean') return Number(value)
  const text = typeof value === 'string' ? value.trim() : ''
  return /^[+-]?(\d[\d_]*\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)
    ? Number(text.replaceAll('_', ''))
    : undefined
}

function toInt(value: unknown, [fallback = 0, base = 10]: readonly unknown[]): unknown {
  if (typeof value === 'string' && base !== 10) {
    const digits = value.trim().replace(/^0[xob]/i, '')
    const parsed = parseInt(digits, Number(base))
    return parsed.toString(Number(base)) === digits.toLowerCase() ? parsed : fallback
  }
  const parsed = number(value)
  return parsed === undefined ? fallback : Math.trunc(parsed)
}

function round(value: unknown, [precision = 0, method = 'common']: readonly unknown[]): number {
  const scale = 10 ** mustBeNumber(precision)
  const scaled = mustBeNumber(value) * scale
  const way = new Map([
    ['common', halfToEven],
    ['ceil', Math.ceil],
    ['floor', Math.floor],
  ]).get(mustBeText(method))
  if (way === undefined) throw new BadValue('round takes "common", "ceil" or "floor"')
  return way(scaled) / scale
}

function halfToEven(value: number): number {
  const floor = Math.floor(value)
  return value - floor === 0.5 ? floor + (floor % 2 === 0 ? 0 : 1) : Math.round(value)
}

function replaceText(text: string, old: string, by: string, count: unknown): string {
  if (typeof count !== 'number') return text.replaceAll(old, () => by)
  const parts = text.split(old)
  return [parts.slice(0, count + 1).join(by), ...parts.slice(count + 1)].join(old)
}

/** The match as text, or the groups asked for (`\\1`, `\\g<name>`) as a list; none without a match. */
function regexSearch(
  value: unknown,
  [pattern, ...groups]: readonly unknown[],
  named: ReadonlyMap<string, unknown>,
): unknown {
  const options = regexOptions(named.get('ignorecase'), named.get('multiline'))
  const found = pythonRegex(toText(pattern), options).exec(toText(value))
  if (found === null) return null
  if (groups.length === 0) return found[0]
  return groups.map((group) => {
    const [, digits, name] = /^\\(?:(\d+)|g<(\w+)>)$/.exec(toText(group)) ?? []
    if (digits !== undefined) return found[Number(digits)] ?? null
    if (name !== undefined) return found.groups?.[name] ?? null
    throw new BadValue(`"${toText(group)}" is no group: write '\\\\1' or '\\\\g<name>'`)
  })
}

function regexOptions(ignorecase: unknown, multiline: unknown): RegexOptions {
  return { ignorecase: isTrue(ignorecase), multiline: isTrue(multiline) }
}

import { InputError, type Position } from '../core/errors.js'
import { globRegex } from '../core/glob.js'
import { didYouMean } from '../core/suggest.js'
import { parseAddress } from './host-range.js'
import { findHost, hostsOf, type Inventory } from './inventory.js'
import { pythonRegex } from './python-regex.js'
import { BadValue } from './python-values.js'

/** One part of a pattern; `sign` says whether it adds, keeps (&) or takes away (!). */
interface Part {
  sign: '' | '&' | '!'
  text: string
  at: Position | undefined
}

/**
 * The hosts that a pattern of `hosts:` means, each once: `web:&prod:!web[0]`, `web*,db1`,
 * `~web\d+`. Unions come first, then `&`, then `!`, wherever they stand.
 * @throws InputError for a name that is neither a host nor a group, or a pattern that is wrong
 */
export function matchPattern(
  pattern: string | readonly string[],
  inventory: Inventory,
  at?: Position,
): string[] {
  const parts = [pattern].flat().flatMap((one) => split(one, at))
  if (parts.length === 0)
    throw new InputError(at, 'the host pattern is empty', 'write "all" for all hosts')
  return combine(parts, inventory)
}

/**
 * The hosts among `hosts` that --limit leaves; `@file` in it stands for the lines of the file.
 * @throws InputError as matchPattern does
 */
export function applyLimit(
  hosts: readonly string[],
  limit: string,
  inventory: Inventory,
  readFile: (path: string) => string,
): string[] {
  const at = { file: '--limit', line: 1, col: 1 }
  const parts = split(limit, at).flatMap((part) =>
    part.text.startsWith('@') ? linesOf(part.text.slice(1), readFile) : [part],
  )
  if (parts.length === 0)
    throw new InputError(at, 'the limit is empty', 'leave --limit out to mean all hosts')
  const kept = new Set(combine(parts, inventory))
  return hosts.filter((host) => kept.has(host))
}

function linesOf(file: string, readFile: (path: string) => string): Part[] {
  return readFile(file)
    .split('\n')
    .map((line, index) => toPart(line.trim(), { file, line: index + 1, col: 1 }))
    .filter(({ text, sign }) => sign + text !== '')
}

/** At commas when there are any; else, unless the whole is one address, at colons. */
function split(pattern: string, at: Position | undefined): Part[] {
  const separate = pattern.includes(',')
    ? /[^,]+/g
    : parseAddress(pattern.trim())
      ? /.+/g
      : /(?:[^\s:[\]]|\[[^\]]*\])+/g
  return [...pattern.matchAll(separate)]
    .filter(([text]) => text.trim() !== '')
    .map(({ 0: text, index }) => {
      const start = index + text.length - text.trimStart().length
      return toPart(text.trim(), at && { ...at, col: at.col + start })
    })
}

function toPart(text: string, at: Position | undefined): Part {
  const sign = text.startsWith('&') ? '&' : text.startsWith('!') ? '!' : ''
  return { sign, text: text.slice(sign.length), at }
}

function combine(parts: readonly Part[], inventory: Inventory): string[] {
  const matched = parts.map((part) => ({ ...part, hosts: new Set(match(part, inventory)) }))
  const of = (sign: Part['sign']): Set<string>[] =>
    matched.filter((part) => part.sign === sign).map(({ hosts }) => hosts)
  const added = of('')
  const start = added.length > 0 ? added.flatMap((hosts) => [...hosts]) : hostsOf(inventory, 'all')
  const kept = of('&')
  const taken = of('!')
  return [...new Set(start)].filter(
    (host) => kept.every((hosts) => hosts.has(host)) && !taken.some((hosts) => hosts.has(host)),
  )
}

const SLICE = /^(?<base>.+)\[(?:(?<only>-?\d+)|(?<from>\d+)[:-](?<to>\d*))\]$/

const MARKS = '&NAME keeps only its hosts, !NAME leaves them out'

function match(part: Part, inventory: Inventory): string[] {
  const { text, sign, at } = part
  if (text === '') throw new InputError(at, `nothing follows the "${sign}"`, MARKS)
  const exact = findHost(inventory, text)
  if (exact !== undefined && inventory.hosts.has(text)) return [exact.name]
  const slice = text.startsWith('~') ? undefined : SLICE.exec(text)?.groups
  if (slice === undefined) return named(text, inventory, at)
  return sliced(named(slice['base']!, inventory, at), slice, text, at)
}

/** Both ends of a slice count; an index beyond the last host is an error. */
function sliced(
  hosts: readonly string[],
  { only, from, to }: Record<string, string | undefined>,
  text: string,
  at: Position | undefined,
): string[] {
  if (only === undefined) return hosts.slice(Number(from), to ? Number(to) + 1 : undefined)
  const host = hosts.at(Number(only))
  if (host !== undefined) return [host]
  const hint = `it has ${hosts.length}, and [0] is the first`
  throw new InputError(at, `"${text}": there is no such host in the list`, hint)
}

/**
 * The hosts of the groups that match, and where the text has wildcards those that match
 * themselves. A host may come twice, and slices count it twice, as they do in Ansible.
 */
function named(text: string, inventory: Inventory, at: Position | undefined): string[] {
  const wild = /^~|[.?*[]/.test(text)
  const matches = matcher(text, at)
  const groups = [...inventory.groups.keys()].filter(matches)
  const hosts = groups.length === 0 || wild ? [...inventory.hosts.keys()].filter(matches) : []
  const found = [...groups.flatMap((group) => hostsOf(inventory, group)), ...hosts]
  if (found.length > 0 || groups.length > 0) return found
  const local = findHost(inventory, text)
  if (local !== undefined) return [local.name]
  if (/^~|[?*[]/.test(text)) return []
  const known = [...inventory.groups.keys(), ...inventory.hosts.keys()]
  const hint = didYouMean(
    text,
    known,
    'the inventory knows neither a host nor a group of that name',
  )
  throw new InputError(at, `"${text}" is no host and no group`, hint)
}

function matcher(text: string, at: Position | undefined): (name: string) => boolean {
  const regex = text.startsWith('~') ? startRegex(text.slice(1), at) : globRegex(text)
  if (regex === undefined) {
    const hint = 'in brackets stand letters, or a range of them from the lower one: rs[1-3]'
    throw new InputError(at, `"${text}" is not a pattern`, hint)
  }
  return (name) => {
    regex.lastIndex = 0
    return regex.test(name)
  }
}

function startRegex(pattern: string, at: Position | undefined): RegExp {
  try {
    return pythonRegex(pattern, {}, 'y')
  } catch (error) {
    if (!(error instanceof BadValue)) throw error
    const hint = 'in a regular expression, a colon separates patterns: use commas outside of it'
    throw new InputError(at, error.message, hint)
  }
}

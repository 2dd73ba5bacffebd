import type { Schema } from '../core/resource.js'

/** How a module may be written on one line: what its text stands for, and what else is in it. */
export interface FreeForm {
  schema: Schema
  /** The argument that the line itself is. */
  shorthand?: string
  /** Arguments that may stand in that line as NAME=VALUE: `command: touch x creates=x`. */
  inline?: readonly string[]
}

/** A line that gives no arguments; the message says why. */
export class BadLine extends Error {
  constructor(
    message: string,
    readonly hint: string,
  ) {
    super(message)
  }
}

/**
 * The arguments of a module in Ansible's form of one line: `name=httpd state=started`, or the
 * text that is its shorthand.
 *
 * @throws BadLine
 */
export function parseFreeForm(line: string, form: FreeForm): Record<string, unknown> {
  const words = wordsOf(line)
  const names = Object.keys(form.schema.properties ?? {})
  const isPair = ({ key }: Word, allowed: readonly string[]) =>
    key !== undefined && allowed.includes(key)

  const { shorthand, inline = [] } = form
  const isText = shorthand !== undefined && !(words[0] && isPair(words[0], names))
  if (!isText && inline.length === 0) {
    return Object.fromEntries(words.map((word) => pairOf(word, form)))
  }
  const pairs = words.filter((word) => isPair(word, inline))
  const text = pairs.reduceRight(
    (rest, { start, end }) => rest.slice(0, start) + rest.slice(end),
    line,
  )
  const options = Object.fromEntries(pairs.map((word) => pairOf(word, form)))
  return { [shorthand!]: pairs.length > 0 ? text.trim() : line, ...options }
}

interface Word {
  text: string
  /** What stands before its first equals sign, when that could be a name. */
  key: string | undefined
  /** Where it is in the line, with the blanks before it. */
  start: number
  end: number
}

// Quotes, templates and escapes hold a word together; a quote that nothing closes is itself.
const WORD = /\s*((?:\{\{[^]*?\}\}|'[^']*'|"(?:\\[^]|[^"\\])*"|\\[^]|\S)+)/g

function wordsOf(line: string): Word[] {
  return Array.from(line.matchAll(WORD), (match) => ({
    text: match[1]!,
    key: /^(\w+)=/.exec(match[1]!)?.[1],
    start: match.index,
    end: match.index + match[0].length,
  }))
}

function pairOf({ text, key }: Word, { schema }: FreeForm): [string, unknown] {
  if (key === undefined) {
    throw new BadLine(
      `"${text}" is no NAME=VALUE`,
      'quote a value with blanks in it: name="a b"; or write NAME: VALUE lines below the module',
    )
  }
  const raw = text.slice(key.length + 1)
  const [quote] = /^['"]/.exec(raw) ?? []
  if (quote !== undefined && (raw.length === 1 || !raw.endsWith(quote))) {
    throw new BadLine(`the quote of ${key} is not closed`, `end the value with ${quote}`)
  }
  const value = quote === undefined ? raw : raw.slice(1, -1).replaceAll(`\\${quote}`, quote)
  const properties = (schema.properties ?? {}) as Readonly<Record<string, Schema>>
  return [
    key,
    properties[key]?.type === 'boolean' ? (yesNo.get(value.toLowerCase()) ?? value) : value,
  ]
}

const yesNo = new Map([
  ...['yes', 'on', 'true', '1'].map((word) => [word, true] as const),
  ...['no', 'off', 'false', '0'].map((word) => [word, false] as const),
])

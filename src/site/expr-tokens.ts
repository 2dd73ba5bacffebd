import { unescapePython } from './python-escapes.js'

type TokenKind = 'name' | 'number' | 'string' | 'symbol' | 'end'

/** `text` is what was written; `start` counts characters from 0. */
export interface Token {
  kind: TokenKind
  text: string
  value: string | number
  start: number
}

/** What is wrong with an expression, and at which character of it. */
export class BadExpression extends Error {
  constructor(
    message: string,
    readonly start: number,
    readonly hint?: string,
  ) {
    super(message)
  }
}

const TOKEN = new RegExp(
  [
    String.raw`\s*(?:`,
    String.raw`(?<name>[A-Za-z_]\w*)|`,
    String.raw`(?<number>0[xX][\da-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+|\d[\d_]*(?:\.\d[\d_]*)?(?:[eE][+-]?\d+)?)|`,
    String.raw`'(?<single>(?:\\[^]|[^'\\])*)'|"(?<double>(?:\\[^]|[^"\\])*)"|`,
    String.raw`(?<symbol>\*\*|//|==|!=|<=|>=|[-+*/%~<>=()[\]{},.:|])`,
    String.raw`)`,
  ].join(''),
  'y',
)

/** @throws BadExpression at the first character that begins nothing. */
export function tokenize(source: string): Token[] {
  const tokens: Token[] = []
  const end = source.trimEnd().length
  TOKEN.lastIndex = 0
  while (TOKEN.lastIndex < end) {
    const from = TOKEN.lastIndex
    const found = TOKEN.exec(source)
    if (found === null) throw refuse(source, from)
    const text = found[0].trimStart()
    tokens.push(toToken(found, text, TOKEN.lastIndex - text.length))
  }
  tokens.push({ kind: 'end', text: 'the end', value: '', start: end })
  return tokens
}

function toToken({ groups = {} }: RegExpExecArray, text: string, start: number): Token {
  const { name, number, single, double } = groups
  if (name !== undefined) return { kind: 'name', text, value: name, start }
  if (number !== undefined) {
    return { kind: 'number', text, value: Number(number.replaceAll('_', '')), start }
  }
  const body = single ?? double
  if (body === undefined) return { kind: 'symbol', text, value: text, start }
  const value = unescapePython(body)
  if (value === undefined) throw new BadExpression(`broken escape in ${text}`, start)
  return { kind: 'string', text, value, start }
}

function refuse(source: string, from: number): BadExpression {
  const start = from + source.slice(from).search(/\S/)
  const character = source.charAt(start)
  if (character === "'" || character === '"') {
    return new BadExpression(`the quote ${character} is never closed`, start)
  }
  const hints: Readonly<Record<string, string>> = {
    '&': 'write "and"',
    '!': 'write "not"',
    $: 'a variable is written as its bare name',
  }
  return new BadExpression(`unexpected "${character}"`, start, hints[character])
}

import { unescapePython } from './python-escapes.js'

/**
 * The value of a Python literal (`5`, `True`, `[1, 'a']`, `80,443`, `{'k': None}`), which is
 * how Ansible types what an INI inventory says; any other text is itself, a string. So are
 * sets, complex numbers and whole numbers too long for a JavaScript number: no type here
 * keeps them as they are.
 */
export function literalOrText(text: string): unknown {
  try {
    return new Literal(text).whole()
  } catch (error) {
    if (error instanceof NotALiteral) return text
    throw error
  }
}

class NotALiteral extends Error {}

const NUMBER =
  /(?:0[xX](?:_?[0-9a-fA-F])+|0[oO](?:_?[0-7])+|0[bB](?:_?[01])+|(?:\d(?:_?\d)*)?\.\d(?:_?\d)*(?:[eE][+-]?\d(?:_?\d)*)?|\d(?:_?\d)*\.?(?:[eE][+-]?\d(?:_?\d)*)?)(?![\w.])/y
const STRING =
  /(?<prefix>[rR]?[bB]|[bB][rR]|[uUrR])?(?:'''(?<a>(?:\\[^]|[^\\])*?)'''|"""(?<b>(?:\\[^]|[^\\])*?)"""|'(?<c>(?:\\[^]|[^'\\\n])*)'|"(?<d>(?:\\[^]|[^"\\\n])*)")/y
const WORD = /(True|False|None)(?!\w)/y
const WORDS: Readonly<Record<string, unknown>> = { True: true, False: false, None: null }
/** Reads one literal from left to right; throws NotALiteral at the first thing that is none. */
class Literal {
  readonly #text: string
  #next = 0

  constructor(text: string) {
    this.#text = text
  }

  whole(): unknown {
    const value = this.#tuple('')
    if (this.#next < this.#text.length) throw new NotALiteral()
    return value
  }

  /** `1` is itself, while `1,` and `1, 2` are lists, up to the closing character given. */
  #tuple(close: string): unknown {
    const first = this.#value()
    if (!this.#take(',')) return first
    return [first, ...this.#items(close)]
  }

  #items(close: string): unknown[] {
    const items: unknown[] = []
    while (!this.#ends(close)) {
      items.push(this.#value())
      if (!this.#take(',')) break
    }
    return items
  }

  #value(): unknown {
    if (this.#take('[')) return this.#closed(']', this.#items(']'))
    if (this.#take('(')) return this.#take(')') ? [] : this.#closed(')', this.#tuple(')'))
    if (this.#take('{')) return this.#dictionary()
    if (this.#take('-')) return 0 - this.#number()
    if (this.#take('+')) return this.#number()
    const word = this.#match(WORD)?.[0]
    return word === undefined ? (this.#string() ?? this.#number()) : WORDS[word]
  }

  #dictionary(): unknown {
    const entries: [string, unknown][] = []
    while (!this.#ends('}')) {
      const key = this.#value()
      if (typeof key === 'object' && key !== null) throw new NotALiteral()
      if (!this.#take(':')) throw new NotALiteral()
      entries.push([`${key as string | number | boolean | null}`, this.#value()])
      if (!this.#take(',')) break
    }
    return this.#closed('}', Object.fromEntries(entries))
  }

  #number(): number {
    if (this.#take('(')) return this.#closed(')', this.#number())
    const text = this.#match(NUMBER)?.[0].replaceAll('_', '')
    if (text === undefined || /^0\d*[1-9]\d*$/.test(text)) throw new NotALiteral()
    const value = Number(text)
    const whole = /^(\d+|0[xob].*)$/i.test(text)
    if (whole ? !Number.isSafeInteger(value) : !Number.isFinite(value)) throw new NotALiteral()
    return value
  }

  /** Neighbouring strings are one string. */
  #string(): string | undefined {
    let value: string | undefined
    let bytes: boolean | undefined
    for (let found = this.#match(STRING); found !== undefined; found = this.#match(STRING)) {
      const { prefix = '', a, b, c, d } = found.groups ?? {}
      const body = a ?? b ?? c ?? d ?? ''
      const isBytes = /b/i.test(prefix)
      if (bytes !== undefined && bytes !== isBytes) throw new NotALiteral()
      bytes = isBytes
      value = (value ?? '') + (/r/i.test(prefix) ? body : unescape(body))
    }
    return value
  }

  #closed<T>(close: string, value: T): T {
    if (!this.#take(close)) throw new NotALiteral()
    return value
  }

  #ends(close: string): boolean {
    this.#blanks()
    return (
      this.#next >= this.#text.length || (this.#text.startsWith(close, this.#next) && close !== '')
    )
  }

  #take(symbol: string): boolean {
    this.#blanks()
    const found = this.#text.startsWith(symbol, this.#next)
    if (found) this.#next += symbol.length
    this.#blanks()
    return found
  }

  #match(pattern: RegExp): RegExpExecArray | undefined {
    this.#blanks()
    pattern.lastIndex = this.#next
    const found = pattern.exec(this.#text) ?? undefined
    this.#next += found?.[0].length ?? 0
    this.#blanks()
    return found
  }

  /** A `#` outside of a string is a comment up to the end. */
  #blanks(): void {
    while (/[ \t\f]/.test(this.#text.charAt(this.#next))) this.#next++
    if (this.#text[this.#next] === '#') this.#next = this.#text.length
  }
}

function unescape(body: string): string {
  const text = unescapePython(body)
  if (text === undefined) throw new NotALiteral()
  return text
}

import { InputError, type Position } from '../../../core/errors.js'

/** A piece of a script. A word is as it was written, with its quotes. */
export interface Token {
  kind: 'word' | 'operator' | 'newline' | 'end'
  text: string
  at: Position
  /** What a here-document holds, of the operators << and <<-. */
  document?: Document
}

export interface Document {
  text: string
  /** The line it begins in. */
  line: number
}

const OPERATORS = ['<<-', '<<<', '&>>', ';;&', ';;', ';&', '&&', '||', '>>', '<<', '<&', '>&', '&>']
const SINGLE = ';&|()<>'

/**
 * Cuts a shell script into words and operators. Nothing is expanded or run.
 *
 * @throws InputError for quotes and here-documents that do not end
 */
export function shellTokens(text: string, file: string): Token[] {
  return new Lexer(text, file).tokens()
}

class Lexer {
  #at = 0
  #line = 1
  #lineStart = 0
  /** Here-documents that begin after this line: where their text is to go, and their end. */
  #awaited: { token: Token; end: string; tabs: boolean }[] = []
  readonly #tokens: Token[] = []

  constructor(
    readonly text: string,
    readonly file: string,
  ) {}

  tokens(): Token[] {
    while (this.#at < this.text.length) this.#next()
    return [...this.#tokens, { kind: 'end', text: '', at: this.#place() }]
  }

  #next(): void {
    const char = this.text[this.#at]!
    if (char === '\n') this.#newline()
    else if (/\s/.test(char)) this.#at++
    else if (this.text.startsWith('\\\n', this.#at)) this.#skipTo(this.#at + 2)
    else if (char === '#') this.#skipTo(this.#endOfLine())
    else if (!this.#operator()) this.#word()
  }

  #newline(): void {
    this.#push('newline', '\n')
    for (const { token, end, tabs } of this.#awaited) {
      const line = this.#line
      const start = this.#at
      for (;;) {
        if (this.#at >= this.text.length) throw this.#unended(token.at, `<<${end}`)
        const from = this.#at
        const raw = this.text.slice(from, this.#endOfLine())
        this.#skipTo(Math.min(this.#endOfLine() + 1, this.text.length))
        if ((tabs ? raw.replace(/^\t+/, '') : raw) !== end) continue
        token.document = { text: this.text.slice(start, from), line }
        break
      }
    }
    this.#awaited = []
  }

  #operator(): boolean {
    const rest = this.text.slice(this.#at, this.#at + 3)
    const operator =
      OPERATORS.find((each) => rest.startsWith(each)) ??
      (SINGLE.includes(rest[0]!) ? rest[0]! : undefined)
    if (operator === undefined) return false
    this.#push('operator', operator)
    return true
  }

  #word(): void {
    const at = this.#place()
    const start = this.#at
    while (this.#at < this.text.length && !/[\s;&|()<>]/.test(this.text[this.#at]!)) this.#piece(at)
    // `A=(a b c)`: an array is one word.
    if (this.text[this.#at] === '(' && this.text[this.#at - 1] === '=') this.#to(')', at)
    const token: Token = { kind: 'word', text: this.text.slice(start, this.#at), at }
    const before = this.#tokens.at(-1)
    if (before && /^<<-?$/.test(before.text)) {
      const end = token.text.replaceAll(/['"\\]/g, '')
      this.#awaited.push({ token: before, end, tabs: before.text === '<<-' })
    }
    this.#tokens.push(token)
  }

  /** One character of a word, or all of a quoted or bracketed piece of it. */
  #piece(at: Position): void {
    const rest = this.text.slice(this.#at, this.#at + 2)
    if (rest[0] === '\\') this.#skipTo(Math.min(this.#at + 2, this.text.length))
    else if (rest[0] === "'") this.#quoted("'", at)
    else if (rest[0] === '`') this.#quoted('`', at)
    else if (rest[0] === '"') this.#double(at)
    else if (rest === '$(') this.#bracket(')', at)
    else if (rest === '${') this.#bracket('}', at)
    else this.#at++
  }

  #quoted(quote: string, at: Position): void {
    const end = this.text.indexOf(quote, this.#at + 1)
    if (end < 0) throw this.#unended(at, quote)
    this.#skipTo(end + 1)
  }

  #double(at: Position): void {
    this.#at++
    while (this.text[this.#at] !== '"') {
      if (this.#at >= this.text.length) throw this.#unended(at, '"')
      if (this.text[this.#at] === "'") this.#at++
      else if (this.text[this.#at] === '\n') this.#skipTo(this.#at + 1)
      else this.#piece(at)
    }
    this.#at++
  }

  #bracket(close: string, at: Position): void {
    this.#at++
    this.#to(close, at)
  }

  /** From an opening bracket to the one that closes it. */
  #to(close: string, at: Position): void {
    const open = this.text[this.#at]
    this.#at++
    while (this.text[this.#at] !== close) {
      if (this.#at >= this.text.length) throw this.#unended(at, String(open))
      if (this.text[this.#at] === open) this.#to(close, at)
      else if (this.text[this.#at] === '\n') this.#skipTo(this.#at + 1)
      else this.#piece(at)
    }
    this.#at++
  }

  #push(kind: Token['kind'], text: string): void {
    this.#tokens.push({ kind, text, at: this.#place() })
    this.#skipTo(this.#at + text.length)
  }

  /** Moves on, and counts the lines on the way. */
  #skipTo(end: number): void {
    for (let i = this.text.indexOf('\n', this.#at); i >= 0 && i < end;) {
      this.#line++
      this.#lineStart = i + 1
      i = this.text.indexOf('\n', i + 1)
    }
    this.#at = end
  }

  #endOfLine(): number {
    const end = this.text.indexOf('\n', this.#at)
    return end < 0 ? this.text.length : end
  }

  #place(): Position {
    return { file: this.file, line: this.#line, col: this.#at - this.#lineStart + 1 }
  }

  #unended(at: Position, what: string): InputError {
    return new InputError(
      at,
      `${what} has no end`,
      'is this a shell script? sh -n FILE says what is wrong with it',
    )
  }
}

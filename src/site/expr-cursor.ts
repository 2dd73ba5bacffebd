import { BadExpression, type Token } from './expr-tokens.js'

/** A place among tokens, and what a parser asks and does there. */
export class Cursor {
  #next = 0

  constructor(readonly tokens: readonly Token[]) {}

  /** The token to read next; the last one is always the end. */
  get token(): Token {
    return this.tokens[this.#next]!
  }

  /** The text of the token after that one. */
  get following(): string | undefined {
    return this.tokens[this.#next + 1]?.text
  }

  advance(by = 1): void {
    this.#next += by
  }

  atEnd(): boolean {
    return this.token.kind === 'end'
  }

  is(text: string): boolean {
    const { kind } = this.token
    return this.token.text === text && (kind === 'symbol' || kind === 'name')
  }

  /** Steps over the token if it is this one. */
  take(text: string): boolean {
    const taken = this.is(text)
    if (taken) this.advance()
    return taken
  }

  expect(text: string): void {
    if (!this.take(text)) throw this.unexpected(`"${text}"`)
  }

  unexpected(wanted = ''): BadExpression {
    const { kind, text } = this.token
    const hint = text === '=' ? 'to compare, write ==' : wanted && `expected ${wanted}`
    const what = kind === 'string' ? text : `"${text}"`
    const message = kind === 'end' ? 'the expression ends too early' : `unexpected ${what}`
    return this.fail(message, hint || undefined)
  }

  fail(message: string, hint?: string): BadExpression {
    return new BadExpression(message, this.token.start, hint)
  }
}

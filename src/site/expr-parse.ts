import { didYouMean } from '../core/suggest.js'
import type { Args, Comparison, MathOperator, Node } from './expr-nodes.js'
import { Cursor } from './expr-cursor.js'
import { BadExpression, type Token, tokenize } from './expr-tokens.js'

/** The parameters of every filter and every test, by name. */
export interface Vocabulary {
  filters: Signatures
  tests: Signatures
}

type Signatures = ReadonlyMap<string, readonly string[]>

const NO_ARGS: Args = { args: [], named: new Map() }

const CONSTANTS = new Map<string, boolean | null>([
  ['true', true],
  ['True', true],
  ['false', false],
  ['False', false],
  ['none', null],
  ['None', null],
])
const KEYWORDS = new Set(['and', 'or', 'not', 'in', 'is', 'if', 'else'])
const COMPARISONS = ['==', '!=', '<', '<=', '>', '>='] as const
// From the loosest to the tightest, each from left to right, as in Jinja.
const MATH: readonly (readonly MathOperator[])[] = [
  ['+', '-'],
  ['~'],
  ['*', '/', '//', '%'],
  ['**'],
]

/**
 * Reads an expression of Jinja's language.
 * @throws BadExpression for a syntax error, an unknown filter or an unknown test
 */
export function parse(source: string, vocabulary: Vocabulary): Node {
  return new Parser(tokenize(source), vocabulary).whole()
}

class Parser extends Cursor {
  constructor(
    tokens: readonly Token[],
    readonly vocabulary: Vocabulary,
  ) {
    super(tokens)
  }

  whole(): Node {
    if (this.atEnd()) throw this.fail('an expression is missing')
    const node = this.#expression()
    if (!this.atEnd()) throw this.unexpected()
    return node
  }

  #expression(): Node {
    const { start } = this.token
    let node = this.#or()
    while (this.take('if')) {
      const test = this.#or()
      const otherwise = this.take('else') ? this.#expression() : undefined
      node = { kind: 'if', start, test, then: node, ...(otherwise && { otherwise }) }
    }
    return node
  }

  #or(): Node {
    let left = this.#and()
    while (this.take('or')) left = { kind: 'or', start: left.start, left, right: this.#and() }
    return left
  }

  #and(): Node {
    let left = this.#not()
    while (this.take('and')) left = { kind: 'and', start: left.start, left, right: this.#not() }
    return left
  }

  #not(): Node {
    const { start } = this.token
    return this.take('not') ? { kind: 'not', start, operand: this.#not() } : this.#comparison()
  }

  #comparison(): Node {
    const first = this.#math(0)
    const rest: { operator: Comparison; right: Node }[] = []
    for (let operator = this.#comparator(); operator; operator = this.#comparator()) {
      rest.push({ operator, right: this.#math(0) })
    }
    return rest.length === 0 ? first : { kind: 'compare', start: first.start, first, rest }
  }

  #comparator(): Comparison | undefined {
    if (this.is('not') && this.following === 'in') {
      this.advance(2)
      return 'not in'
    }
    if (this.take('in')) return 'in'
    return COMPARISONS.find((operator) => this.take(operator))
  }

  #math(level: number): Node {
    const operators = MATH[level]
    if (operators === undefined) return this.#filtered(this.#unary())
    let left = this.#math(level + 1)
    for (;;) {
      const operator = operators.find((one) => this.take(one))
      if (operator === undefined) return left
      left = { kind: 'math', start: left.start, operator, left, right: this.#math(level + 1) }
    }
  }

  #unary(): Node {
    const { start } = this.token
    const operator = (['-', '+'] as const).find((one) => this.take(one))
    if (operator !== undefined) return { kind: 'sign', start, operator, operand: this.#unary() }
    return this.#members(this.#primary())
  }

  #primary(): Node {
    const token = this.token
    const { start, kind, text, value } = token
    if (this.take('(')) return this.#parenthesis(start)
    if (this.take('[')) return { kind: 'list', start, items: this.#list(']') }
    if (this.take('{')) return { kind: 'map', start, entries: this.#entries() }
    if (kind === 'end' || kind === 'symbol' || KEYWORDS.has(text)) throw this.unexpected()
    this.advance()
    if (kind === 'number') return { kind: 'value', start, value }
    if (kind === 'string') return { kind: 'value', start, value: `${value}${this.#moreText()}` }
    const constant = CONSTANTS.get(text)
    return constant === undefined
      ? { kind: 'name', start, name: text }
      : { kind: 'value', start, value: constant }
  }

  /** Neighbouring strings are one string. */
  #moreText(): string {
    if (this.token.kind !== 'string') return ''
    const { value } = this.token
    this.advance()
    return `${value}${this.#moreText()}`
  }

  /** `(a)` is a; `(a,)`, `(a, b)` and `()` are lists. */
  #parenthesis(start: number): Node {
    if (this.take(')')) return { kind: 'list', start, items: [] }
    const first = this.#expression()
    if (!this.is(',')) {
      this.expect(')')
      return first
    }
    this.advance()
    return { kind: 'list', start, items: [first, ...this.#list(')')] }
  }

  #list(close: string): Node[] {
    const items: Node[] = []
    while (!this.take(close)) {
      items.push(this.#expression())
      if (!this.is(close)) this.expect(',')
    }
    return items
  }

  #entries(): (readonly [Node, Node])[] {
    const entries: (readonly [Node, Node])[] = []
    while (!this.take('}')) {
      const key = this.#expression()
      this.expect(':')
      entries.push([key, this.#expression()])
      if (!this.is('}')) this.expect(',')
    }
    return entries
  }

  /** What follows a value directly: `.name`, `.0`, `[key]`, `[from:to]`. */
  #members(object: Node): Node {
    const { start } = object
    if (this.take('.')) {
      const { kind, value } = this.token
      if (kind !== 'name' && !Number.isInteger(value)) throw this.unexpected()
      const key: Node = { kind: 'value', start: this.token.start, value }
      this.advance()
      return this.#members({ kind: 'item', start, object, key })
    }
    if (this.take('[')) return this.#members(this.#brackets(object))
    if (this.is('(')) throw this.fail('functions and methods cannot be called here', CALL_HINT)
    return object
  }

  #brackets(object: Node): Node {
    const { start } = object
    const bounds: (Node | undefined)[] = [this.#bound()]
    while (bounds.length < 3 && this.take(':')) bounds.push(this.#bound())
    this.expect(']')
    const [from, to, step] = bounds
    if (bounds.length > 1) {
      return {
        kind: 'slice',
        start,
        object,
        ...(from && { from }),
        ...(to && { to }),
        ...(step && { step }),
      }
    }
    if (from === undefined) throw this.fail('an index is missing')
    return { kind: 'item', start, object, key: from }
  }

  #bound(): Node | undefined {
    return this.is(':') || this.is(']') ? undefined : this.#expression()
  }

  /** Filters and tests bind alike, from left to right. */
  #filtered(operand: Node): Node {
    if (this.take('|')) return this.#filtered(this.#filter(operand))
    if (this.take('is')) return this.#filtered(this.#test(operand))
    return operand
  }

  #filter(operand: Node): Node {
    const { name, params } = this.#word('filter', this.vocabulary.filters)
    const args = this.take('(') ? this.#args(name, params) : NO_ARGS
    this.#checkNamesIn(name, args)
    return { kind: 'filter', start: operand.start, name, operand, ...args }
  }

  #test(operand: Node): Node {
    const negated = this.take('not')
    const { name, params } = this.#word('test', this.vocabulary.tests)
    const args = this.#testArgs(name, params)
    return { kind: 'test', start: operand.start, name, negated, operand, ...args }
  }

  /** `is match("x")`, and for one plain argument also `is divisibleby 3`. */
  #testArgs(name: string, params: readonly string[]): Args {
    if (this.take('(')) return this.#args(name, params)
    const { kind, text } = this.token
    const begins = kind === 'symbol' ? text === '[' || text === '{' : kind !== 'end'
    if (!begins || KEYWORDS.has(text)) return NO_ARGS
    if (params.length === 0) throw this.unexpected()
    return { ...NO_ARGS, args: [this.#members(this.#primary())] }
  }

  /** `map("trim")` and `select("match", ...)` name a filter or a test in their arguments. */
  #checkNamesIn(filter: string, { args }: Args): void {
    const place = ['selectattr', 'rejectattr'].includes(filter) ? 1 : 0
    const node = args[place]
    if (node?.kind !== 'value' || typeof node.value !== 'string') return
    const { filters, tests } = this.vocabulary
    if (filter === 'map') this.#check('filter', node.value, filters, node.start)
    else if (/^(select|reject)/.test(filter) && /\w/.test(node.value)) {
      this.#check('test', node.value, tests, node.start)
    }
  }

  #word(what: string, known: Signatures): { name: string; params: readonly string[] } {
    const { text: name, kind, start } = this.token
    if (kind !== 'name') throw this.unexpected(`the name of a ${what}`)
    const params = this.#check(what, name, known, start)
    this.advance()
    return { name, params }
  }

  #check(what: string, name: string, known: Signatures, start: number): readonly string[] {
    const params = known.get(name)
    if (params !== undefined) return params
    const all = `there are: ${[...known.keys()].sort().join(', ')}`
    throw new BadExpression(`unknown ${what} "${name}"`, start, didYouMean(name, known.keys(), all))
  }

  #args(owner: string, params: readonly string[]): Args {
    const args: Node[] = []
    const named = new Map<string, Node>()
    const most = params.includes('*') ? Infinity : params.length
    while (!this.take(')')) {
      const { text, start } = this.token
      if (this.following === '=') {
        if (!params.includes(text)) {
          throw this.fail(`"${owner}" has no argument "${text}"`, didYouMean(text, params))
        }
        if (named.has(text) || params.slice(0, args.length).includes(text)) {
          throw this.fail(`"${text}" is given twice`)
        }
        this.advance(2)
        named.set(text, this.#expression())
      } else {
        if (named.size > 0) throw this.fail('a plain argument cannot follow a named one')
        if (args.length >= most) throw new BadExpression(`too many arguments for "${owner}"`, start)
        args.push(this.#expression())
      }
      if (!this.is(')')) this.expect(',')
    }
    return { args, named }
  }
}

const CALL_HINT = 'use a filter: "a,b" | split(","), or a test: x is match("re")'

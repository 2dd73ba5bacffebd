import { InputError, type Position } from '../../../core/errors.js'
import { type Document, shellTokens, type Token } from './tokens.js'

/** A command with its words as they were written. */
export interface Simple {
  kind: 'simple'
  at: Position
  /** `NAME=value` before the command, or by themselves. */
  assignments: readonly string[]
  words: readonly string[]
  redirects: readonly Redirect[]
  /** After a `!`. */
  negated?: true
}

export interface Redirect {
  operator: string
  target: string
  document?: Document
}

export type Node =
  | Simple
  | { kind: 'for'; at: Position; name: string; words: readonly string[] | undefined; body: Node[] }
  | { kind: 'case'; at: Position; word: string; arms: { patterns: string[]; body: Node[] }[] }
  | { kind: 'if'; at: Position; arms: { test: Node[]; body: Node[] }[]; otherwise: Node[] }
  | { kind: 'loop'; at: Position; body: Node[] }
  | { kind: 'function'; at: Position; name: string; body: Node[] }

/**
 * Reads a shell script into its commands, loops and branches: as much of the language as
 * start scripts use. What connects commands (`&&`, `|`) is passed over.
 *
 * @throws InputError for what does not fit together
 */
export function shellTree(text: string, file: string): Node[] {
  return new Parser(shellTokens(text, file)).script()
}

const ENDS = ['then', 'else', 'elif', 'fi', 'do', 'done', 'esac', '}', ')', ';;', ';&', ';;&']
const BETWEEN = [';', '&', '&&', '||', '|', '\n']

class Parser {
  #next = 0

  constructor(readonly tokens: readonly Token[]) {}

  script(): Node[] {
    const nodes = this.#list()
    if (this.#peek().kind !== 'end') throw this.#unexpected()
    return nodes
  }

  #list(): Node[] {
    const nodes: Node[] = []
    for (;;) {
      while (BETWEEN.includes(this.#peek().text)) this.#next++
      const { kind, text } = this.#peek()
      if (kind === 'end' || ENDS.includes(text)) return nodes
      nodes.push(...this.#command())
    }
  }

  #command(): Node[] {
    const { text, at } = this.#peek()
    if (text === '!') return this.#skipping(1, () => this.#command()).map(negated)
    if (text === 'for') return [this.#for(at)]
    if (text === 'case') return [this.#case(at)]
    if (text === 'if') return [this.#if(at)]
    if (text === 'while' || text === 'until') return [this.#loop(at)]
    if (text === 'function') return this.#skipping(1, () => [this.#function(at)])
    if (text === '{') return this.#skipping(1, () => this.#until('}'))
    if (text === '(' && this.#peek(1).text === '(') return this.#arithmetic(at)
    if (text === '(') return this.#skipping(1, () => this.#until(')'))
    if (this.#peek(1).text === '(' && this.#peek(2).text === ')') return [this.#function(at)]
    return [this.#simple(at)]
  }

  #for(at: Position): Node {
    if (this.#peek(1).text === '(') return this.#counted(at)
    const name = this.#peek(1).text
    this.#next += 2
    const words: string[] = []
    this.#newlines()
    const isIn = this.#peek().text === 'in'
    if (isIn) this.#next++
    while (isIn && this.#peek().kind === 'word') words.push(this.#take().text)
    while (this.#peek().text === ';' || this.#peek().kind === 'newline') this.#next++
    this.#expect('do')
    return { kind: 'for', at, name, words: isIn ? words : undefined, body: this.#until('done') }
  }

  /** `for ((i = 0; i < 3; i++))`: how often is not worked out. */
  #counted(at: Position): Node {
    while (this.#peek().text !== 'do') {
      if (this.#take().kind === 'end') throw this.#unexpected('do')
    }
    this.#next++
    return { kind: 'loop', at, body: this.#until('done') }
  }

  #case(at: Position): Node {
    const word = this.#peek(1).text
    this.#next += 2
    this.#newlines()
    this.#expect('in')
    const arms: { patterns: string[]; body: Node[] }[] = []
    this.#newlines()
    while (this.#peek().text !== 'esac') {
      if (this.#peek().text === '(') this.#next++
      const patterns: string[] = []
      while (this.#peek().text !== ')') {
        const { kind, text } = this.#take()
        if (kind === 'end') throw this.#unexpected()
        if (kind === 'word') patterns.push(text)
      }
      this.#next++
      arms.push({ patterns, body: this.#list() })
      if (this.#peek().text.startsWith(';')) this.#next++
      this.#newlines()
    }
    this.#next++
    return { kind: 'case', at, word, arms }
  }

  #if(at: Position): Node {
    const arms: { test: Node[]; body: Node[] }[] = []
    do {
      this.#next++
      const test = this.#until('then')
      arms.push({ test, body: this.#list() })
    } while (this.#peek().text === 'elif')
    const hasElse = this.#peek().text === 'else'
    if (hasElse) this.#next++
    const otherwise = hasElse ? this.#list() : []
    this.#expect('fi')
    return { kind: 'if', at, arms, otherwise }
  }

  #loop(at: Position): Node {
    this.#next++
    const test = this.#until('do')
    return { kind: 'loop', at, body: [...test, ...this.#until('done')] }
  }

  #function(at: Position): Node {
    const name = this.#take().text
    if (this.#peek().text === '(') this.#next += 2
    this.#newlines()
    this.#expect('{')
    return { kind: 'function', at, name, body: this.#until('}') }
  }

  /** `((i++))` is handed on as `let i++`. */
  #arithmetic(at: Position): Node[] {
    this.#next += 2
    let text = ''
    while (this.#peek().text !== ')') {
      if (this.#peek().kind === 'end') throw this.#unexpected('))')
      text += this.#take().text
    }
    this.#next += 2
    return [{ kind: 'simple', at, assignments: [], words: ['let', text], redirects: [] }]
  }

  #simple(at: Position): Simple {
    const assignments: string[] = []
    const words: string[] = []
    const redirects: Redirect[] = []
    if (this.#peek().text === '[[') return { ...this.#bracketed(at), assignments, redirects }
    for (;;) {
      const token = this.#peek()
      const { text } = token
      if (/^(&?>>?|<<?-?|<<<|[<>]&)$/.test(text)) {
        this.#next++
        const document = token.document ? { document: token.document } : {}
        redirects.push({ operator: text, target: this.#take().text, ...document })
      } else if (token.kind !== 'word') break
      else {
        this.#next++
        const isNumber = /^\d$/.test(text) && touches(token, this.#peek())
        if (words.length === 0 && /^\w+(\[[^\]]*\])?\+?=/.test(text)) assignments.push(text)
        else if (!isNumber || !/^[<>]/.test(this.#peek().text)) words.push(text)
      }
    }
    if (assignments.length + words.length + redirects.length === 0) throw this.#unexpected()
    return { kind: 'simple', at, assignments, words, redirects }
  }

  /** `[[ a && b ]]` is one command. */
  #bracketed(at: Position) {
    const words: string[] = []
    while (words.at(-1) !== ']]') {
      if (this.#peek().kind === 'end') throw this.#unexpected(']]')
      words.push(this.#take().text)
    }
    return { kind: 'simple' as const, at, words }
  }

  #until(end: string): Node[] {
    const nodes = this.#list()
    this.#expect(end)
    return nodes
  }

  #skipping<T>(tokens: number, read: () => T): T {
    this.#next += tokens
    return read()
  }

  #newlines(): void {
    while (this.#peek().kind === 'newline') this.#next++
  }

  #expect(text: string): void {
    if (this.#peek().text !== text) throw this.#unexpected(text)
    this.#next++
  }

  #take(): Token {
    const token = this.#peek()
    this.#next++
    return token
  }

  #peek(ahead = 0): Token {
    return this.tokens[this.#next + ahead] ?? this.tokens.at(-1)!
  }

  #unexpected(wanted?: string): InputError {
    const { kind, text, at } = this.#peek()
    const found =
      kind === 'end' ? 'the script ends' : `"${kind === 'newline' ? 'a new line' : text}"`
    const message =
      wanted === undefined ? `${found} does not belong here` : `${found} where ${wanted} is to be`
    return new InputError(at, message, 'sh -n FILE says what is wrong; or import ipvsadm -S -n')
  }
}

function negated(node: Node): Node {
  return node.kind === 'simple' ? { ...node, negated: true } : node
}

/** Whether no blank is between them: `2>file` names a stream, `2 >file` is a word. */
function touches(token: Token, next: Token): boolean {
  return next.at.line === token.at.line && next.at.col === token.at.col + token.text.length
}

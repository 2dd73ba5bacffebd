import { InputError, type Position } from '../core/errors.js'
import { didYouMean } from '../core/suggest.js'
import { calculate, matches, slice } from './expr-operators.js'
import type { Args, Node } from './expr-nodes.js'
import { parse } from './expr-parse.js'
import { BadExpression } from './expr-tokens.js'
import { DEFAULTING, FILTERS } from './filters.js'
import type { Names } from './names.js'
import { BadValue, isMap, isTrue, toText } from './python-values.js'
import { ASKING, TESTS } from './value-tests.js'

export type Scope = Names

/** A name, a key or an index that an expression used and that is not there. */
export class UndefinedName extends InputError {}

const paramsOf = (all: ReadonlyMap<string, { params: readonly string[] }>) =>
  new Map([...all].map(([name, { params }]) => [name, params]))
const VOCABULARY = { filters: paramsOf(FILTERS), tests: paramsOf(TESTS) }

/**
 * Reads an expression of the language of `when:`. `at` is where its first character stands.
 * @throws InputError for a syntax error, an unknown filter or an unknown test
 */
export function parseExpression(source: string, at: Position): Node {
  try {
    return parse(source, VOCABULARY)
  } catch (error) {
    if (!(error instanceof BadExpression)) throw error
    throw new InputError(within(at, source, error.start), error.message, error.hint)
  }
}

/**
 * The value of an expression; what counts as true is isTrue's to say. Whatever `scope.get`
 * throws goes through as it is.
 * @throws UndefinedName, or InputError for values that an operation cannot work on
 */
export function evaluate(source: string, scope: Scope, at: Position): unknown {
  return new Evaluation(source, scope, at).value(parseExpression(source, at))
}

/** Whether the expression holds, as `when:` asks. */
export function holds(source: string, scope: Scope, at: Position): boolean {
  return isTrue(evaluate(source, scope, at))
}

/** The error to throw if somebody needs the value after all; `default` does not. */
class Missing {
  constructor(readonly error: () => UndefinedName) {}
}

class Evaluation {
  constructor(
    readonly source: string,
    readonly scope: Scope,
    readonly at: Position,
  ) {}

  value(node: Node): unknown {
    const found = this.#look(node)
    if (found instanceof Missing) throw found.error()
    return found
  }

  #look(node: Node): unknown {
    try {
      return this.#visit(node) ?? null
    } catch (error) {
      if (!(error instanceof BadValue)) throw error
      throw new InputError(within(this.at, this.source, node.start), error.message)
    }
  }

  #visit(node: Node): unknown {
    switch (node.kind) {
      case 'value':
        return node.value
      case 'name':
        return this.#name(node.name, node)
      case 'list':
        return node.items.map((item) => this.value(item))
      case 'map':
        return Object.fromEntries(
          node.entries.map(([key, item]) => [toText(this.value(key)), this.value(item)]),
        )
      case 'item':
        return this.#item(node, this.#look(node.object), this.value(node.key))
      case 'slice':
        return slice(
          this.value(node.object),
          this.#maybe(node.from),
          this.#maybe(node.to),
          this.#maybe(node.step),
        )
      case 'sign':
        return calculate(node.operator, 0, this.value(node.operand))
      case 'not':
        return !isTrue(this.value(node.operand))
      case 'and':
      case 'or': {
        const left = this.value(node.left)
        return isTrue(left) === (node.kind === 'or') ? left : this.value(node.right)
      }
      case 'math':
        return calculate(node.operator, this.value(node.left), this.value(node.right))
      case 'compare':
        return this.#compare(node)
      case 'if':
        return this.#if(node)
      case 'filter':
        return this.#filter(node)
      case 'test':
        return this.#test(node)
    }
  }

  #maybe(node: Node | undefined): unknown {
    return node && this.value(node)
  }

  #name(name: string, node: Node): unknown {
    if (this.scope.has(name)) return this.scope.get(name)
    const hint = () => didYouMean(name, this.scope.names())
    return this.#missing(node, `"${name}" is not defined`, hint)
  }

  /** Attributes and indexes alike; a part of something undefined is undefined, too. */
  #item(node: Node & { kind: 'item' }, object: unknown, key: unknown): unknown {
    if (object instanceof Missing) return object
    const wanted = toText(key)
    const what = this.source.slice(node.object.start, node.key.start).replace(/\s*[.[]\s*$/, '')
    if (isMap(object)) {
      if (Object.hasOwn(object, wanted)) return object[wanted]
      const hint = () => didYouMean(wanted, Object.keys(object))
      return this.#missing(node.key, `"${what}" has no "${wanted}"`, hint)
    }
    if (Array.isArray(object) || typeof object === 'string') {
      const item: unknown = Number.isInteger(key)
        ? Array.from<unknown>(object).at(key as number)
        : undefined
      if (item !== undefined) return item
    }
    return this.#missing(node.key, `"${what}" has no "${wanted}"`)
  }

  #compare({ first, rest }: Node & { kind: 'compare' }): boolean {
    let left = this.value(first)
    return rest.every(({ operator, right }) => {
      const next = this.value(right)
      const holds = matches(operator, left, next)
      left = next
      return holds
    })
  }

  #if(node: Node & { kind: 'if' }): unknown {
    if (isTrue(this.value(node.test))) return this.#look(node.then)
    if (node.otherwise) return this.#look(node.otherwise)
    return this.#missing(node, 'the "if" does not hold, and there is no "else"')
  }

  #filter(node: Node & { kind: 'filter' }): unknown {
    const { params, run } = FILTERS.get(node.name)!
    const operand = DEFAULTING.has(node.name) ? this.#look(node.operand) : this.value(node.operand)
    const { args, named } = this.#args(params, node)
    const result = run(operand instanceof Missing ? undefined : operand, args, named)
    return result ?? this.#nothing(node, result)
  }

  #nothing(node: Node & { kind: 'filter' }, result: undefined | null): unknown {
    return result === null
      ? null
      : this.#missing(node, `"${node.name}" finds nothing in an empty list`)
  }

  #test(node: Node & { kind: 'test' }): boolean {
    const { params, check } = TESTS.get(node.name)!
    const operand = ASKING.has(node.name) ? this.#look(node.operand) : this.value(node.operand)
    const { args } = this.#args(params, node)
    return check(operand instanceof Missing ? undefined : operand, args) !== node.negated
  }

  /** Named arguments take the places of their parameters, unless any number is taken. */
  #args(
    params: readonly string[],
    node: Args,
  ): { args: unknown[]; named: ReadonlyMap<string, unknown> } {
    const args = node.args.map((arg) => this.value(arg))
    const named = new Map([...node.named].map(([name, arg]) => [name, this.value(arg)]))
    if (!params.includes('*')) for (const [name, arg] of named) args[params.indexOf(name)] = arg
    return { args, named }
  }

  #missing(node: Node, message: string, hint = () => ''): Missing {
    const at = within(this.at, this.source, node.start)
    return new Missing(() => new UndefinedName(at, message, hint() || undefined))
  }
}

/** Where a character of an expression stands in its file. */
function within(at: Position, source: string, start: number): Position {
  const lines = source.slice(0, start).split('\n')
  const col = lines.length === 1 ? at.col + start : (lines.at(-1) ?? '').length + 1
  return { ...at, line: at.line + lines.length - 1, col }
}

import Handlebars from 'handlebars'
import { InputError, type Position } from '../core/errors.js'
import { didYouMean } from '../core/suggest.js'
import { engine, plain } from './engines.js'
import { helpers } from './helpers.js'
import { handlebarsFor } from './jinja-hint.js'
import type { Names } from './names.js'
import { joined, lookUp, plainParts } from './plain-template.js'
import { Missing, NotText, rootView, unview } from './view.js'

const CAPTURE = 'native value of'
// Handlebars' own words for a name that its context, or one that is no object, lacks.
const NOT_DEFINED = /^"(.+?)" not defined in |search for '(.+?)' in /
/** A statement or a comment of Jinja; `{{#if}}` is neither. */
export const JINJA = /(?<!\{)\{%.*?%\}|(?<!\{)\{#.*?#\}/s
/** What most likely was meant, by what is in a template that does not parse. */
const HINTS: readonly (readonly [trap: RegExp, hint: string])[] = [
  [
    /\{\{[^}]*\b(lookup|query|q)\(/,
    'Ansible has lookup plugins, dr-play has not: copy and template take a file as src',
  ],
  [
    /\{\{[^}]*\|/,
    'Jinja has filters, Handlebars has helpers: {{join LIST ", "}}, {{#if (defined "NAME")}}',
  ],
  [/\{\{[^}]*\[/, 'write {{a.b}} for a["b"], and {{lookup a b}} for a[b]'],
  [/^/, 'templates are Handlebars: {{NAME}}, {{#if NAME}} {{/if}}; see docs/playbooks.md'],
]
const known = ['if', 'unless', 'each', 'with', 'lookup', ...Object.keys(helpers)]

type Expression = hbs.AST.MustacheStatement | hbs.AST.BlockStatement | hbs.AST.SubExpression

/**
 * A Handlebars text, parsed once. Output is never HTML-escaped; a variable, property or
 * helper that does not exist is an error, with its place.
 */
export class Template {
  readonly #ast: hbs.AST.Program
  readonly #engine: typeof Handlebars
  readonly #plain: ReturnType<typeof plainParts>
  #text: Handlebars.TemplateDelegate | undefined
  #native: Handlebars.TemplateDelegate | undefined

  private constructor(
    text: string,
    readonly at: Position,
    /** Whether `at` is where the text begins in its file (a template file), so that lines count. */
    private readonly wholeFile: boolean,
  ) {
    this.#refuseJinja(text)
    try {
      this.#ast = Handlebars.parse(text)
    } catch (error) {
      throw this.#syntaxError(error as Error, text)
    }
    const all = [...expressions(this.#ast)]
    for (const expression of all) this.#checkHelper(expression)
    this.#engine = all.some(isCall) ? engine : plain
    this.#plain = plainParts(this.#ast)
  }

  /** @throws InputError when it does not parse, or calls a helper that does not exist. */
  static inline(text: string, at: Position): Template {
    return new Template(text, at, false)
  }

  static file(text: string, file: string): Template {
    return new Template(text, { file, line: 1, col: 1 }, true)
  }

  /** @throws InputError for an undefined variable, unless `names.get` threw something of its own. */
  render(names: Names): string {
    const parts = this.#plain
    const simple = parts && this.#guard(names, () => joined(parts, names))
    if (simple !== undefined) return simple
    this.#text ??= this.#engine.compile(this.#ast, { noEscape: true, strict: true })
    const text = this.#text
    return this.#guard(names, () => text(rootView(names), { data: { names } }))
  }

  /**
   * The value a text stands for: one that is a single `{{ expression }}` keeps its type
   * (a number stays a number, a list a list); any other is its rendered text.
   */
  value(names: Names): unknown {
    const [only, ...others] = this.#ast.body
    if (only?.type !== 'MustacheStatement' || others.length > 0) return this.render(names)
    const path = this.#plain?.[0]
    const found = typeof path === 'object' && this.#guard(names, () => lookUp(path, names))
    if (found) return found.value
    this.#native ??= this.#engine.compile(capturing(only as hbs.AST.MustacheStatement), {
      strict: true,
    })
    const native = this.#native
    let value: unknown
    this.#guard(names, () =>
      native(rootView(names), {
        data: { names },
        helpers: {
          [CAPTURE]: (captured: unknown) => {
            value = unview(captured)
          },
        },
      }),
    )
    return value
  }

  #guard<T>(names: Names, act: () => T): T {
    try {
      return act()
    } catch (error) {
      if (error instanceof Missing) {
        const hint = didYouMean(
          error.key,
          [...error.among, ...names.names()],
          'set it, or give it a default',
        )
        throw new InputError(this.#find(error.key), `"${error.key}" is not defined`, hint)
      }
      if (error instanceof NotText || isSymbolAsText(error)) {
        throw new InputError(
          this.at,
          error instanceof NotText ? error.message : 'all variables together are no text',
          'name one element of it, or use {{join LIST ", "}}',
        )
      }
      const [, strict, primitive] = NOT_DEFINED.exec((error as Error).message) ?? []
      const key = strict ?? primitive
      if (key === undefined) throw error
      throw new InputError(
        this.#find(key),
        `"${key}" is not defined here`,
        'in a block, ../NAME reaches outside of it',
      )
    }
  }

  /** Where a name is used first. */
  #find(key: string): Position {
    for (const path of paths(this.#ast)) {
      if (path.parts.includes(key)) return this.#position(path.loc)
    }
    return this.at
  }

  #position(loc: hbs.AST.SourceLocation): Position {
    if (!this.wholeFile) return this.at
    return { file: this.at.file, line: loc.start.line, col: loc.start.column + 1 }
  }

  #checkHelper(expression: Expression): void {
    const name = (expression.path as hbs.AST.PathExpression).original
    if (!isCall(expression) || known.includes(name)) return
    throw new InputError(
      this.#position(expression.loc),
      `unknown template helper "${name}"`,
      didYouMean(name, known, `there are: ${known.join(', ')}`),
    )
  }

  /** To Handlebars, the statements and comments of Jinja are text like any other. */
  #refuseJinja(text: string): void {
    const found = JINJA.exec(text)
    if (!found) return
    const [statement] = found
    const lines = text.slice(0, found.index).split('\n')
    const inFile = { ...this.at, line: lines.length, col: lines.at(-1)!.length + 1 }
    throw new InputError(
      this.wholeFile ? inFile : this.at,
      `"${statement.slice(0, 2)}" is Jinja; templates are Handlebars here`,
      statement.startsWith('{#')
        ? 'a comment is {{! text }}'
        : 'write {{#if NAME}} {{else}} {{/if}}, {{#each LIST}} {{this}} {{/each}}',
    )
  }

  #syntaxError(error: Error, text: string): InputError {
    const [, line] = /on line (\d+)/.exec(error.message) ?? []
    const at = this.wholeFile && line ? { ...this.at, line: Number(line) } : this.at
    const instead = handlebarsFor(text)
    if (instead !== undefined) {
      return new InputError(at, 'this is Jinja; templates are Handlebars here', `write ${instead}`)
    }
    const detail = error.message.split('\n').at(-1) ?? ''
    const message = `template: ${detail.charAt(0).toLowerCase()}${detail.slice(1)}`
    const [, hint] = HINTS.find(([trap]) => trap.test(text))!
    return new InputError(at, message, hint)
  }
}

/** Whether it calls a helper: all but the plain `{{NAME}}`. */
function isCall(expression: Expression): boolean {
  return expression.type !== 'MustacheStatement' || expression.params.length > 0
}

/** What comes of a template that prints `{{this}}` outside of any block. */
function isSymbolAsText(error: unknown): boolean {
  return error instanceof TypeError && error.message.includes('Symbol')
}

/** A program that hands the value of an expression to the capturing helper. */
function capturing(statement: hbs.AST.MustacheStatement): hbs.AST.Program {
  const { path, params, hash, loc } = statement
  const argument = params.length > 0 ? { type: 'SubExpression', path, params, hash, loc } : path
  const [template] = Handlebars.parse(`{{[${CAPTURE}] 0}}`).body
  const call = {
    ...(template as hbs.AST.MustacheStatement),
    params: [argument],
  }
  return { type: 'Program', body: [call], blockParams: [], loc }
}

/** Every node of a syntax tree, by walking whatever has a `type`. */
function* nodes(node: unknown): Generator<hbs.AST.Node> {
  if (node === null || typeof node !== 'object') return
  if (Array.isArray(node)) {
    for (const item of node) yield* nodes(item)
    return
  }
  if ('type' in node) yield node as hbs.AST.Node
  for (const [key, child] of Object.entries(node)) if (key !== 'loc') yield* nodes(child)
}

function* expressions(ast: hbs.AST.Program): Generator<Expression> {
  for (const node of nodes(ast)) {
    if (['MustacheStatement', 'BlockStatement', 'SubExpression'].includes(node.type)) {
      yield node as Expression
    }
  }
}

function* paths(ast: hbs.AST.Program): Generator<hbs.AST.PathExpression> {
  for (const node of nodes(ast)) {
    if (node.type === 'PathExpression') yield node as hbs.AST.PathExpression
  }
}

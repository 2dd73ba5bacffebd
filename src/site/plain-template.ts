import type { Names } from './names.js'
import { unview } from './view.js'

/** A text as it is, or the path of a variable: `{{a.b}}`. */
type Part = string | readonly string[]

/** What a path leads to; undefined where it does not lead on: Handlebars has the words for that. */
interface Found {
  value: unknown
}

/**
 * The parts of a template that has nothing but text and variables, as most have: to put these
 * together takes a fraction of what a program of Handlebars' does, and need not be compiled.
 */
export function plainParts({ body }: hbs.AST.Program): Part[] | undefined {
  const parts = body.map((statement) =>
    statement.type === 'ContentStatement'
      ? (statement as hbs.AST.ContentStatement).value
      : pathOf(statement),
  )
  return parts.every((part) => part !== undefined) ? parts : undefined
}

/** The path of a lone `{{a.b}}`. */
function pathOf(statement: hbs.AST.Statement): string[] | undefined {
  if (statement.type !== 'MustacheStatement') return undefined
  const { path, params, hash } = statement as hbs.AST.MustacheStatement
  const isLone = path.type === 'PathExpression' && params.length === 0 && !(hash as unknown)
  if (!isLone) return undefined
  // @data, ../, ./ and this are not for here.
  const { data, depth, original, parts } = path as hbs.AST.PathExpression
  const isPlain = !data && depth === 0 && parts.length > 0 && !/^(this\b|\.)/.test(original)
  return isPlain ? parts : undefined
}

/** @throws what the names throw */
export function lookUp([name, ...rest]: readonly string[], names: Names): Found | undefined {
  let value = names.get(name!)
  for (const key of rest) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined
    value = (value as Record<string, unknown>)[key]
  }
  return { value: unview(value) }
}

/** The text of it all; undefined where a value is none that can be written as it is. */
export function joined(parts: readonly Part[], names: Names): string | undefined {
  let text = ''
  for (const part of parts) {
    const value = typeof part === 'string' ? part : lookUp(part, names)?.value
    if (typeof value !== 'string' && typeof value !== 'number') return undefined
    text += String(value)
  }
  return text
}

import { parseExpression } from './expr.js'
import type { Node } from './expr-nodes.js'

const nowhere = { file: '', line: 1, col: 1 }

/**
 * What an expression of Jinja is in Handlebars, as far as there is such a thing: the first
 * `{{ }}` of a text that Handlebars would not take as it is. Undefined when there is none.
 */
export function handlebarsFor(text: string): string | undefined {
  for (const [whole, inner = ''] of text.matchAll(/\{\{(?![#/!>{&^])(.*?)\}\}/gs)) {
    const translated = translate(inner.trim())
    if (
      translated !== undefined &&
      translated.replaceAll(/\s/g, '') !== whole.replaceAll(/\s/g, '')
    )
      return translated
  }
  return undefined
}

function translate(source: string): string | undefined {
  try {
    return statement(parseExpression(source, nowhere))
  } catch {
    return undefined // Neither.
  }
}

/** What stands alone: there are blocks for it. */
function statement(node: Node): string | undefined {
  if (node.kind === 'if') {
    const [test, then, otherwise] = [node.test, node.then, node.otherwise].map(
      (each) => each && value(each),
    )
    if (test === undefined || then === undefined) return undefined
    const rest = otherwise === undefined ? '' : `{{else}}${shown(otherwise)}`
    return `{{#if ${test}}}${shown(then)}${rest}{{/if}}`
  }
  if (node.kind === 'filter' && ['default', 'd'].includes(node.name)) {
    const { operand, args } = node
    const other = args[0] && value(args[0])
    if (operand.kind !== 'name' || other === undefined) return undefined
    const name = operand.name
    return `{{#if (defined "${name}")}}{{${name}}}{{else}}${shown(other)}{{/if}}`
  }
  const inner = value(node)
  return inner === undefined ? undefined : `{{${inner.replace(/^\((.*)\)$/s, '$1')}}}`
}

/** A literal text stands in a block as it is. */
function shown(inner: string): string {
  if (inner.startsWith('"')) return inner.slice(1, -1)
  return /^(-?[\d.]+|true|false|null)$/.test(inner) ? inner : `{{${inner}}}`
}

/** What may be an argument: a path, a literal, or a call in parentheses. */
function value(node: Node): string | undefined {
  switch (node.kind) {
    case 'value':
      return typeof node.value === 'string' ? `"${node.value}"` : String(node.value)
    case 'name':
      return node.name
    case 'item':
      return item(node.object, node.key)
    case 'not':
      return call('not', node.operand)
    case 'and':
    case 'or':
      return call(node.kind, node.left, node.right)
    case 'math':
      return node.operator === '+' ? call('add', node.left, node.right) : undefined
    case 'compare':
      return compare(node.first, node.rest)
    case 'filter':
      return filter(node.name, node.operand, node.args)
    case 'if':
    case 'list':
    case 'map':
    case 'sign':
    case 'slice':
    case 'test':
      return undefined
  }
}

const helperOf: Readonly<Record<string, string>> = {
  count: 'length',
  length: 'length',
  join: 'join',
  lower: 'lower',
  to_json: 'json',
  upper: 'upper',
}

function filter(name: string, operand: Node, args: readonly Node[]): string | undefined {
  if (name === 'first') return item(operand, { kind: 'value', value: 0, start: 0 })
  const helper = Object.hasOwn(helperOf, name) ? helperOf[name] : undefined
  if (helper === undefined) return undefined
  const text: Node = { kind: 'value', value: '', start: 0 }
  return helper === 'join' ? call(helper, operand, args[0] ?? text) : call(helper, operand)
}

function compare(
  first: Node,
  rest: readonly { operator: string; right: Node }[],
): string | undefined {
  const [only, ...others] = rest
  const helper = { '==': 'eq', '!=': 'ne' }[only?.operator ?? '']
  if (!only || others.length > 0 || helper === undefined) return undefined
  return call(helper, first, only.right)
}

function item(object: Node, key: Node): string | undefined {
  const of = value(object)
  if (of === undefined) return undefined
  const isPath = !of.startsWith('(') && !of.startsWith('"')
  if (isPath && key.kind === 'value' && key.value !== null) {
    const plain = typeof key.value === 'string' && /^[A-Za-z_]\w*$/.test(key.value)
    return `${of}.${plain ? String(key.value) : `[${key.value}]`}`
  }
  return call('lookup', object, key)
}

function call(helper: string, ...args: readonly Node[]): string | undefined {
  const values = args.map(value)
  return values.includes(undefined) ? undefined : `(${[helper, ...values].join(' ')})`
}

import type { Comparison, MathOperator } from './expr-nodes.js'
import { BadValue, compare, contains, equals, toText, typeName } from './python-values.js'

export function matches(operator: Comparison, a: unknown, b: unknown): boolean {
  switch (operator) {
    case '==':
      return equals(a, b)
    case '!=':
      return !equals(a, b)
    case 'in':
      return contains(b, a)
    case 'not in':
      return !contains(b, a)
    case '<':
      return compare(a, b) < 0
    case '<=':
      return compare(a, b) <= 0
    case '>':
      return compare(a, b) > 0
    case '>=':
      return compare(a, b) >= 0
  }
}

/** @throws BadValue unless both are numbers, or text or lists where those make sense. */
export function calculate(operator: MathOperator, a: unknown, b: unknown): unknown {
  if (operator === '~') return toText(a) + toText(b)
  if (operator === '+' && typeof a === 'string' && typeof b === 'string') return a + b
  if (operator === '+' && Array.isArray(a) && Array.isArray(b))
    return [...(a as unknown[]), ...(b as unknown[])]
  if (!isNumber(a) || !isNumber(b)) {
    const hint = operator === '+' ? ': use ~ to join text' : ''
    throw new BadValue(`"${operator}" cannot work on ${typeName(a)} and ${typeName(b)}${hint}`)
  }
  return arithmetic(operator, Number(a), Number(b))
}

function isNumber(value: unknown): boolean {
  return typeof value === 'number' || typeof value === 'boolean'
}

/** As in Python: `//` rounds down, and `%` has the sign of its right side. */
function arithmetic(operator: Exclude<MathOperator, '~'>, a: number, b: number): number {
  if (b === 0 && ['/', '//', '%'].includes(operator)) throw new BadValue('division by zero')
  switch (operator) {
    case '+':
      return a + b
    case '-':
      return a - b
    case '*':
      return a * b
    case '/':
      return a / b
    case '//':
      return Math.floor(a / b)
    case '%':
      return a - b * Math.floor(a / b)
    case '**':
      return a ** b
  }
}

/** `value[from:to:step]` of a list or a text. */
export function slice(value: unknown, from: unknown, to: unknown, step: unknown): unknown {
  if (typeof value === 'string') return take(Array.from(value), from, to, step).join('')
  if (Array.isArray(value)) return take(value, from, to, step)
  throw new BadValue(`only lists and text can be sliced, and this is ${typeName(value)}`)
}

function take<T>(items: readonly T[], from: unknown, to: unknown, step: unknown): T[] {
  const by = bound(step) ?? 1
  if (by === 0) throw new BadValue('the step of a slice cannot be 0')
  const [least, most] = by > 0 ? [0, items.length] : [-1, items.length - 1]
  const place = (index: number | undefined, otherwise: number): number =>
    index === undefined
      ? otherwise
      : Math.min(Math.max(index < 0 ? index + items.length : index, least), most)
  const [first, end] = [
    place(bound(from), by > 0 ? least : most),
    place(bound(to), by > 0 ? most : least),
  ]
  const taken: T[] = []
  for (let index = first; by > 0 ? index < end : index > end; index += by) taken.push(items[index]!)
  return taken
}

function bound(value: unknown): number | undefined {
  if (value === undefined || value === null) return undefined
  if (Number.isInteger(value)) return value as number
  throw new BadValue('the bounds of a slice are whole numbers')
}

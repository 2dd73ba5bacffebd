import { itemsOf } from './filter.js'
import { pythonRegex } from './python-regex.js'
import {
  BadValue,
  compare,
  contains,
  equals,
  isMap,
  isTrue,
  toText,
  typeName,
} from './python-values.js'

/** What may follow `is`: params name the arguments, `check` gets the value and the arguments. */
export interface ValueTest {
  params: readonly string[]
  check: (value: unknown, args: readonly unknown[]) => boolean
}

const plain = (check: (value: unknown) => boolean): ValueTest => ({ params: [], check })
const against = (check: (value: unknown, other: unknown) => boolean): ValueTest => ({
  params: ['other'],
  check: (value, [other]) => check(value, other),
})
const regex = (name: string, flags: '' | 'y'): ValueTest => ({
  params: ['pattern', 'ignorecase', 'multiline'],
  check: (value, [pattern, ignorecase, multiline]) => {
    if (typeof value !== 'string') {
      throw new BadValue(`"is ${name}" needs text, and this is ${typeName(value)}`)
    }
    const options = { ignorecase: isTrue(ignorecase), multiline: isTrue(multiline) }
    return pythonRegex(toText(pattern), options, flags).test(value)
  },
})
const outcome = (name: string, check: (result: Record<string, unknown>) => boolean): ValueTest =>
  plain((value) => {
    if (isMap(value)) return check(value)
    throw new BadValue(`"is ${name}" needs a registered result, and this is ${typeName(value)}`)
  })
const holds = (result: Record<string, unknown>, flag: string): boolean =>
  isTrue(result[flag]) ||
  (result[flag] === undefined &&
    Array.isArray(result['results']) &&
    result['results'].some((one) => isMap(one) && isTrue(one[flag])))

const changed = outcome('changed', (result) => holds(result, 'changed'))
const failed = outcome('failed', (result) => isTrue(result['failed']))
const skipped = outcome('skipped', (result) => isTrue(result['skipped']))
const succeeded = outcome('succeeded', (result) => !isTrue(result['failed']))
const isNumber = (value: unknown): boolean =>
  typeof value === 'number' || typeof value === 'boolean'
const remainder = (value: unknown, by: unknown): number => {
  if (typeof value !== 'number' || typeof by !== 'number') throw new BadValue('this needs a number')
  return value % by
}

/** Tests whose value may be undefined. */
export const ASKING: ReadonlySet<string> = new Set(['defined', 'undefined'])

export const TESTS: ReadonlyMap<string, ValueTest> = new Map(
  Object.entries({
    defined: plain((value) => value !== undefined),
    undefined: plain((value) => value === undefined),
    none: plain((value) => value === null),
    string: plain((value) => typeof value === 'string'),
    number: plain(isNumber),
    integer: plain((value) => Number.isInteger(value)),
    boolean: plain((value) => typeof value === 'boolean'),
    mapping: plain(isMap),
    iterable: plain(
      (value) => typeof value === 'string' || (typeof value === 'object' && value !== null),
    ),
    sequence: plain(
      (value) => typeof value === 'string' || (typeof value === 'object' && value !== null),
    ),
    true: plain((value) => value === true),
    false: plain((value) => value === false),
    truthy: plain(isTrue),
    falsy: plain((value) => !isTrue(value)),
    even: plain((value) => remainder(value, 2) === 0),
    odd: plain((value) => remainder(value, 2) !== 0),
    divisibleby: against((value, by) => remainder(value, by) === 0),
    lower: plain((value) => toText(value) === toText(value).toLowerCase()),
    upper: plain((value) => toText(value) === toText(value).toUpperCase()),
    in: against((value, list) => contains(list, value)),
    contains: against(contains),
    subset: against((value, all) => itemsOf(value).every((item) => contains(all, item))),
    superset: against((value, some) => itemsOf(some).every((item) => contains(value, item))),
    eq: against(equals),
    equalto: against(equals),
    ne: against((a, b) => !equals(a, b)),
    lt: against((a, b) => compare(a, b) < 0),
    le: against((a, b) => compare(a, b) <= 0),
    gt: against((a, b) => compare(a, b) > 0),
    ge: against((a, b) => compare(a, b) >= 0),
    match: regex('match', 'y'),
    search: regex('search', ''),
    regex: regex('regex', ''),
    changed,
    change: changed,
    failed,
    failure: failed,
    skipped,
    skip: skipped,
    unreachable: outcome('unreachable', (result) => isTrue(result.unreachable)),
    succeeded,
    success: succeeded,
    successful: succeeded,
  }),
)

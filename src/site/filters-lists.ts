import { type Filter, type Filters, itemsOf, mustBeNumber, withArgs } from './filter.js'
import {
  BadValue,
  compare,
  equals,
  isMap,
  isTrue,
  type PlainMap,
  toText,
  typeName,
} from './python-values.js'

const onItems = (run: (items: readonly unknown[]) => unknown): Filter =>
  withArgs([], (value) => run(itemsOf(value)))
const length = withArgs([], (value) => {
  if (typeof value === 'number' || typeof value === 'boolean' || value === null) {
    throw new BadValue(`${typeName(value)} has no length`)
  }
  return itemsOf(value).length
})
const most = (sign: 1 | -1): Filter =>
  withArgs(['case_sensitive', 'attribute'], (value, [sensitive, attribute]) => {
    const key = (item: unknown): unknown => fold(pick(item, attribute), sensitive)
    const better = (a: unknown, b: unknown): unknown => (sign * compare(key(b), key(a)) > 0 ? b : a)
    const items = itemsOf(value)
    return items.length === 0 ? undefined : items.reduce(better)
  })
const twoLists = (keep: (a: readonly unknown[], b: readonly unknown[]) => unknown[]): Filter =>
  withArgs(['other'], (value, [other]) => distinct(keep(itemsOf(value), itemsOf(other)), true))

/** Filters over lists; `first`, `last`, `min` and `max` of nothing are undefined. */
export const listFilters: Filters = {
  length,
  count: length,
  list: onItems((items) => [...items]),
  first: onItems((items) => items[0]),
  last: onItems((items) => items.at(-1)),
  reverse: withArgs([], (value) =>
    typeof value === 'string' ? Array.from(value).reverse().join('') : itemsOf(value).toReversed(),
  ),
  min: most(-1),
  max: most(1),
  sum: withArgs(['attribute', 'start'], (value, [attribute, start = 0]) =>
    itemsOf(value).reduce<number>(
      (sum, item) => sum + mustBeNumber(pick(item, attribute)),
      mustBeNumber(start),
    ),
  ),
  join: withArgs(['d', 'attribute'], (value, [separator = '', attribute]) =>
    itemsOf(value)
      .map((item) => toText(pick(item, attribute)))
      .join(toText(separator)),
  ),
  unique: withArgs(['case_sensitive', 'attribute'], (value, [sensitive, attribute]) =>
    distinct(itemsOf(value), isTrue(sensitive), attribute),
  ),
  sort: withArgs(
    ['reverse', 'case_sensitive', 'attribute'],
    (value, [reverse, sensitive, attribute]) => {
      const key = (item: unknown): unknown => fold(pick(item, attribute), sensitive)
      const sign = isTrue(reverse) ? -1 : 1
      return itemsOf(value).toSorted((a, b) => sign * compare(key(a), key(b)))
    },
  ),
  union: twoLists((a, b) => [...a, ...b]),
  intersect: twoLists((a, b) => a.filter((item) => b.some((other) => equals(item, other)))),
  difference: twoLists((a, b) => a.filter((item) => !b.some((other) => equals(item, other)))),
  flatten: withArgs(['levels'], (value, [levels]) =>
    itemsOf(value)
      .flat(typeof levels === 'number' ? levels : Infinity)
      .filter((item) => item !== null),
  ),
  dict2items: withArgs(['key_name', 'value_name'], (value, [key = 'key', item = 'value']) =>
    Object.entries(mustBeMap(value)).map(([name, one]) => ({
      [toText(key)]: name,
      [toText(item)]: one,
    })),
  ),
  items2dict: withArgs(['key_name', 'value_name'], (value, [key = 'key', item = 'value']) =>
    Object.fromEntries(
      itemsOf(value).map((one) => [toText(pickStrictly(one, key)), pickStrictly(one, item)]),
    ),
  ),
}

/** `a.b.0` inside a value; undefined when a part is missing; the value itself without a path. */
export function pick(value: unknown, path: unknown): unknown {
  if (path === undefined || path === null) return value
  return toText(path).split('.').reduce<unknown>(member, value)
}

function member(value: unknown, key: string): unknown {
  if (Array.isArray(value))
    return /^-?\d+$/.test(key) ? (value.at(Number(key)) as unknown) : undefined
  return isMap(value) && Object.hasOwn(value, key) ? value[key] : undefined
}

function pickStrictly(item: unknown, name: unknown): unknown {
  const value = pick(item, name)
  if (value === undefined) throw new BadValue(`an item has no "${toText(name)}"`)
  return value
}

/** Where case does not matter, text is compared in lower case. */
function fold(value: unknown, sensitive: unknown): unknown {
  if (value === undefined) throw new BadValue('an item lacks the attribute')
  return typeof value === 'string' && !isTrue(sensitive) ? value.toLowerCase() : value
}

function distinct(items: readonly unknown[], sensitive: boolean, attribute?: unknown): unknown[] {
  const seen: unknown[] = []
  return items.filter((item) => {
    const key = fold(pick(item, attribute), sensitive)
    const isNew = !seen.some((other) => equals(other, key))
    if (isNew) seen.push(key)
    return isNew
  })
}

function mustBeMap(value: unknown): PlainMap {
  if (isMap(value)) return value
  throw new BadValue(`this must be a map, and is ${typeName(value)}`)
}

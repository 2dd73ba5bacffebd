import { type Filter, type Filters, itemsOf, mustBeText, withArgs } from './filter.js'
import { pick } from './filters-lists.js'
import { BadValue, isTrue, toText } from './python-values.js'
import { TESTS } from './value-tests.js'

type Named = ReadonlyMap<string, unknown>

/** Keeps the items that pass a test (`wanted` true), or those that fail it. */
function choosing(wanted: boolean): Filter {
  return withArgs(['*'], (value, [test, ...args]) =>
    itemsOf(value).filter((item) => passes(item, test, args) === wanted),
  )
}

/** The same, where the test looks at an attribute of each item. */
function choosingBy(wanted: boolean): Filter {
  return withArgs(['*'], (value, [attribute, test, ...args]) => {
    if (attribute === undefined) throw new BadValue('the name of an attribute is missing')
    return itemsOf(value).filter((item) => passes(pick(item, attribute), test, args) === wanted)
  })
}

function passes(item: unknown, test: unknown, args: readonly unknown[]): boolean {
  if (test === undefined) return isTrue(item)
  const name = mustBeText(test)
  const found = TESTS.get(SYMBOLS[name] ?? name)
  if (found === undefined) throw new BadValue(`unknown test "${name}"`)
  return found.check(item, args)
}

const SYMBOLS: Readonly<Record<string, string>> = {
  '==': 'eq',
  '!=': 'ne',
  '<': 'lt',
  '<=': 'le',
  '>': 'gt',
  '>=': 'ge',
}

/** The filters that work on each item of a list; `others` are those that `map` can apply. */
export function itemFilters(others: ReadonlyMap<string, Filter>): Filters {
  return {
    map: withArgs(['*', 'attribute', 'default'], (value, [name, ...args], named) =>
      itemsOf(value).map((item) =>
        name === undefined ? attributeOf(item, named) : applied(item, mustBeText(name), args),
      ),
    ),
    select: choosing(true),
    reject: choosing(false),
    selectattr: choosingBy(true),
    rejectattr: choosingBy(false),
  }

  function applied(item: unknown, name: string, args: readonly unknown[]): unknown {
    const filter = others.get(name)
    if (filter === undefined) throw new BadValue(`unknown filter "${name}"`)
    return filter.run(item, args, new Map())
  }
}

function attributeOf(item: unknown, named: Named): unknown {
  const attribute = named.get('attribute')
  if (attribute === undefined) throw new BadValue('map needs a filter, or attribute="name"')
  const value = pick(item, attribute) ?? named.get('default')
  if (value === undefined) throw new BadValue(`an item has no "${toText(attribute)}"`)
  return value
}

import type { Filter } from './filter.js'
import { itemFilters } from './filters-items.js'
import { listFilters } from './filters-lists.js'
import { valueFilters } from './filters-values.js'

const SIMPLE = new Map<string, Filter>(Object.entries({ ...valueFilters, ...listFilters }))

/** Every filter there is, by name. */
export const FILTERS: ReadonlyMap<string, Filter> = new Map([
  ...SIMPLE,
  ...Object.entries(itemFilters(SIMPLE)),
])

/** Filters whose value may be undefined; the evaluator hands them `undefined` then. */
export const DEFAULTING: ReadonlySet<string> = new Set(['default', 'd'])

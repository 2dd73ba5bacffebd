import { InputError } from '../core/errors.js'
import type { Loop } from '../site/model.js'
import type { Layer, Scope } from '../site/scope.js'
import type { Var } from '../site/vars.js'

/** One turn of a loop. */
export interface Turn {
  loop: Loop
  value: unknown
  index: number
  last: boolean
}

/** The turns that a task's loop takes on a host. @throws NotYet, InputError */
export function turnsOf(loop: Loop, scope: Scope): Turn[] {
  const items = scope.render(loop.items, loop.at)
  const list = loop.flat ? [items].flat().flat() : items
  if (!Array.isArray(list)) {
    throw new InputError(loop.at, `loop must be a list, not ${JSON.stringify(list)}`)
  }
  return list.map((value: unknown, index) => {
    return { loop, value, index, last: index === list.length - 1 }
  })
}

/** The variables of a turn: what it is about, and where the loop wants that, its number from 0. */
export function layersOf(turn: Turn | undefined): Layer[] {
  if (!turn) return []
  const { loop, value, index } = turn
  const { name, indexName, at } = loop
  const own: [string, Var][] = [[name, { value, at, data: true }]]
  if (indexName !== undefined) own.push([indexName, { value: index, at }])
  return [{ vars: new Map(own) }]
}

/** What the output calls a turn. */
export function shownOf({ loop, value }: Turn, scope?: Scope): string {
  const shown = loop.label === undefined || !scope ? value : scope.render(loop.label, loop.at)
  return typeof shown === 'string' ? shown : JSON.stringify(shown)
}

import { resolve } from 'node:path'
import { InputError, type Position, where } from '../core/errors.js'
import { nearest } from '../core/suggest.js'
import type { Variables } from '../run/variables.js'
import { withIncluded } from '../site/every-task.js'
import type { Play, RoleUse, Task } from '../site/model.js'
import { adopt } from '../site/outer.js'
import { NotYet, type Scope } from '../site/scope.js'
import { Missing } from '../site/view.js'

/** One place that sets a variable; without a value, it will do so once the host is asked. */
export interface Definition {
  source: string
  at: Position | undefined
  value?: unknown
  /** Whether its value counts; `maybe` is for the host to tell. */
  wins?: true | 'maybe'
}

/** What a variable is at one or more places of the playbook, where it is the same. */
export interface Explanation {
  places: string[]
  /** From the weakest to the strongest. */
  definitions: Definition[]
  /** Rendered; or why it cannot be told. */
  outcome: { value: unknown } | { unknown: string }
}

type Found = ReturnType<Scope['definitions']>[number]

interface Place {
  name: string
  scope: Scope
}

/**
 * Everything that sets a variable for a host: in each play that concerns it, and in the roles
 * and tasks there that have it otherwise.
 *
 * @throws InputError when nothing sets it anywhere
 */
export function explain(
  variable: string,
  host: string,
  plays: readonly Play[],
  variables: Variables,
): Explanation[] {
  const places = plays.length === 0 ? [outside(host, variables)] : plays.flatMap(placesOf)
  const found = new Map<string, Explanation>()
  for (const { name, scope, play } of places) {
    const definitions = definitionsIn(scope, variable, play)
    const outcome = outcomeIn(scope, variable)
    const key = JSON.stringify([definitions, outcome])
    const same = found.get(key)
    if (same) same.places.push(name)
    else found.set(key, { places: [name], definitions, outcome })
  }
  const isSet = places.some(({ scope }) => scope.has(variable))
  if (!isSet) throw unknownVariable(variable, host, places)
  return [...found.values()].map((each) => ({ ...each, places: broadest(each.places) }))

  function placesOf(play: Play): (Place & { play: Play })[] {
    const inPlay = `play "${play.name}" (${where(play.at)})`
    const uses = play.roles.map((use) => ({
      name: `${inPlay}, role "${use.role.name}"`,
      scope: variables.scope(host, play, use.role).within(use.vars),
    }))
    const tasks = tasksOf(play)
      .filter((task) => task.vars.some((vars) => vars.has(variable)))
      .map((task) => ({
        name: `${inPlay}, task "${task.name}" (${where(task.at)})`,
        scope: variables.scope(host, play, task.role).within(task.vars),
      }))
    const all = [{ name: inPlay, scope: variables.scope(host, play) }, ...uses, ...tasks]
    return all.map((place) => ({ ...place, play }))
  }
}

function outside(host: string, variables: Variables): Place & { play: Play | undefined } {
  return { name: 'outside of plays', scope: variables.scope(host), play: undefined }
}

/** A role or task that sees what its play sees needs no line of its own. */
function broadest(places: readonly string[]): string[] {
  return places.filter((name) => !places.some((other) => name.startsWith(`${other}, `)))
}

function tasksOf(play: Play): Task[] {
  const included = ({ role, vars }: RoleUse) =>
    [...role.taskFiles].flatMap(([file, tasks]) =>
      file === 'main' ? [] : tasks.map((task) => adopt(task, { vars })),
    )
  return withIncluded([...play.tasks, ...play.roles.flatMap(included), ...play.handlers])
}

function definitionsIn(scope: Scope, variable: string, play: Play | undefined): Definition[] {
  if (scope.isComputed(variable)) {
    return [{ source: 'worked out by dr-play', at: undefined, wins: true }]
  }
  const layers = scope.definitions(variable).filter(isLastOfItsPlace)
  return layers.flatMap(({ source, found }, i): Definition[] => {
    const wins = i === layers.length - 1 && { wins: found ? (true as const) : ('maybe' as const) }
    const all = found ? [{ source, ...found }] : pending(variable, source, play)
    return all.map((each) => ({ ...each, ...wins }))
  })
}

/** A file beside both the inventory and the playbook counts twice, and is told once. */
function isLastOfItsPlace({ found }: Found, i: number, all: readonly Found[]): boolean {
  return !found || !all.slice(i + 1).some((later) => isSamePlace(later.found?.at, found.at))
}

function isSamePlace(a: Position | undefined, b: Position): boolean {
  return a?.line === b.line && a.col === b.col && resolve(a.file) === resolve(b.file)
}

/** What could be it, as far as the files tell: one per OS family, or the tasks that register it. */
function pending(variable: string, source: string, play: Play | undefined): Definition[] {
  if (!play) return [{ source, at: undefined }]
  const families = play.roles.flatMap(({ role }) =>
    [...role.familyDefaults].flatMap(([family, vars]): Definition[] => {
      const own = `defaults of role "${role.name}" for`
      const found = source.startsWith(own) ? vars.get(variable) : undefined
      return found ? [{ ...found, source: `${own} ${family}` }] : []
    }),
  )
  const tasks = tasksOf(play)
    .filter((task) => source === 'the result of a task' && task.register === variable)
    .map((task) => ({ source: `the result of task "${task.name}"`, at: task.at }))
  const known = [...families, ...tasks]
  return known.length > 0 ? known : [{ source, at: undefined }]
}

function outcomeIn(scope: Scope, variable: string): Explanation['outcome'] {
  try {
    return { value: scope.get(variable) }
  } catch (error) {
    if (error instanceof Missing) return { unknown: 'nothing sets it here' }
    if (error instanceof NotYet) {
      const via = error.variable === variable ? '' : ` (it reads "${error.variable}")`
      return { unknown: `only the host can tell${via}` }
    }
    if (!(error instanceof InputError)) throw error
    const place = error.at ? `${where(error.at)}: ` : ''
    return { unknown: `it cannot be worked out: ${place}${error.message}` }
  }
}

function unknownVariable(variable: string, host: string, places: readonly Place[]): InputError {
  const names = new Set(places.flatMap(({ scope }) => [...scope.names()]))
  const near = []
  for (let name = nearest(variable, names); name !== undefined; name = nearest(variable, names)) {
    near.push(`"${name}"`)
    names.delete(name)
  }
  const hint = near.length > 0 ? `did you mean ${near.slice(0, 3).join(' or ')}?` : ''
  const message = `nothing sets "${variable}" for ${host}`
  return new InputError(undefined, message, hint || 'a playbook after the host shows its roles too')
}

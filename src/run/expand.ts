import { InputError, type Position } from '../core/errors.js'
import type { Block, Condition, Task } from '../site/model.js'
import { includedTasks } from '../site/role.js'
import type { Scope } from '../site/scope.js'
import { adopt } from '../site/tasks.js'
import { type Act, actOf, type ExpandOptions, holds, layerOf, scopeOf, type Turn } from './act.js'
import type { HostRun } from './host.js'

/** What becomes of a task on a host, as far as it can be told without asking the host. */
export type Expanded =
  | { kind: 'acts'; acts: Act[] }
  | { kind: 'skipped'; because: Condition }
  | { kind: 'included'; tasks: Task[] }
  | { kind: 'block'; block: Block }
  | { kind: 'facts'; values: Readonly<Record<string, unknown>> }
  | { kind: 'meta'; action: string }
  | { kind: 'pause'; seconds: number }

/**
 * Turns a task into acts on a host: conditions, loop, arguments and templates are worked
 * out here.
 *
 * @param pending variables that tasks still under way will register
 * @param on the host that it is done on
 * @throws NotYet when something it reads is not known yet
 * @throws InputError, TaskFailed when it cannot be worked out at all
 */
export function expand(
  task: Task,
  host: HostRun,
  pending: ReadonlySet<string>,
  options: ExpandOptions,
  on: HostRun = host,
): Expanded {
  // The conditions of a block are its tasks' own already.
  if (task.block) return { kind: 'block', block: task.block }
  const scope = scopeOf(task, host, pending, options)
  if (task.module === 'set_fact') return setFact(task, scope)
  if (task.loop) return expandLoop(task, host, on, scope, options)
  const because = task.when.find((condition) => !holds(condition, scope))
  if (because) return { kind: 'skipped', because }
  if (task.module === 'meta') return { kind: 'meta', action: String(task.args.action) }
  if (task.module === 'pause') return { kind: 'pause', seconds: pauseOf(task, scope) }
  if (task.module === 'include_tasks')
    return { kind: 'included', tasks: include(task, scope).filter(options.selected) }
  return { kind: 'acts', acts: [actOf(task, host, on, scope, undefined, options)] }
}

/** The host that delegate_to names; undefined when the task is the host's own, or left out. */
export function delegateOf(
  task: Task,
  host: HostRun,
  pending: ReadonlySet<string>,
  options: ExpandOptions,
): string | undefined {
  if (!task.delegateTo) return undefined
  const { text, at } = task.delegateTo
  const scope = scopeOf(task, host, pending, options)
  if (task.when.some((condition) => surelyNot(condition, scope))) return undefined
  const name = String(scope.render(text, at))
  return name === host.name ? undefined : name
}

/** Whether a condition fails, and not for want of the loop's item. */
function surelyNot(condition: Condition, scope: Scope): boolean {
  try {
    return !holds(condition, scope)
  } catch (error) {
    if (error instanceof InputError) return false
    throw error
  }
}

/** The variables of a set_fact; of a loop the last turn's stay. */
function setFact(task: Task, scope: Scope): Expanded {
  const turns = task.loop ? loopTurns(task, scope) : [scope]
  const holding = turns.filter((turn) => task.when.every((condition) => holds(condition, turn)))
  if (holding.length === 0) {
    return { kind: 'skipped', because: task.when[0] ?? { text: 'empty loop', at: task.at } }
  }
  const args = Object.entries(task.args).filter(([name]) => name !== 'cacheable')
  const rendered = holding.map((turn) =>
    args.map(([name, value]) => [name, turn.render(value, task.argAt([name]))]),
  )
  return { kind: 'facts', values: Object.fromEntries(rendered.flat()) as Record<string, unknown> }
}

function loopTurns(task: Task, scope: Scope): Scope[] {
  const { items, at, name } = task.loop!
  return listOf(items, at, scope).map((value) =>
    scope.with([layerOf({ name, value, at, shown: '' })]),
  )
}

function pauseOf(task: Task, scope: Scope): number {
  const number = (key: string) => {
    const value = task.args[key]
    return value === undefined ? 0 : Number(scope.render(value, task.argAt([key])))
  }
  const seconds = number('seconds') + 60 * number('minutes')
  if (Number.isFinite(seconds)) return seconds
  throw new InputError(task.at, 'pause needs a number of seconds or minutes')
}

function expandLoop(
  task: Task,
  host: HostRun,
  on: HostRun,
  scope: Scope,
  options: ExpandOptions,
): Expanded {
  const { items, at, name, label } = task.loop!
  const acts = listOf(items, at, scope).flatMap((value) => {
    const turn: Turn = { name, value, at, shown: '' }
    const inner = scope.with([layerOf(turn)])
    if (!task.when.every((condition) => holds(condition, inner))) return []
    const shown = label === undefined ? value : inner.render(label, at)
    turn.shown = typeof shown === 'string' ? shown : JSON.stringify(shown)
    return [actOf(task, host, on, inner, turn, options)]
  })
  if (acts.length === 0)
    return { kind: 'skipped', because: task.when[0] ?? { text: 'empty loop', at } }
  return { kind: 'acts', acts }
}

function listOf(items: unknown, at: Position, scope: Scope): unknown[] {
  const list = scope.render(items, at)
  if (Array.isArray(list)) return list
  throw new InputError(at, `loop must be a list, not ${JSON.stringify(list)}`)
}

function include(task: Task, scope: Scope): Task[] {
  const at = task.argAt(['file'])
  const file = String(scope.render(task.args.file, at))
  if (!task.role) throw new InputError(at, 'include_tasks works in roles only', 'use import_tasks')
  return includedTasks(task.role, file, at).map((each) => ({ ...adopt(each, task), row: task.row }))
}

import { InputError } from '../core/errors.js'
import type { Block, Condition, Included, Task } from '../site/model.js'
import { NotYet, type Scope } from '../site/scope.js'
import { adopt } from '../site/outer.js'
import { toBool } from '../site/python-values.js'
import { type Act, actOf, type ExpandOptions, holds, nameOf, scopeOf } from './act.js'
import { takeIn } from './handler-names.js'
import type { HostRun } from './host.js'
import type { Due } from './queue.js'
import { layersOf, type Turn, turnsOf } from './turn.js'

/** What becomes of a task on a host, as far as it can be told without asking the host. */
export type Expanded =
  | { kind: 'act'; act: Act }
  | { kind: 'turns'; turns: readonly Turn[] }
  | { kind: 'skipped'; name: string; because: Condition }
  | ({ kind: 'included' } & Included)
  | { kind: 'block'; block: Block }
  | { kind: 'facts'; name: string; values: Readonly<Record<string, unknown>> }
  | { kind: 'meta'; action: string }
  | ({ kind: 'pause'; name: string } & Pause)

/** Without a time it lasts until somebody answers; `hidden`: the answer is not to be seen. */
export interface Pause {
  seconds: number | undefined
  prompt: string | undefined
  hidden: boolean
}

/**
 * Works out what a task, or one turn of its loop, is on a host: conditions, arguments and
 * templates.
 *
 * @param pending variables that tasks still under way will register
 * @param on the host that it is done on
 * @throws NotYet when something it reads is not known yet
 * @throws InputError, TaskFailed when it cannot be worked out at all
 */
export function expand(
  due: Due,
  host: HostRun,
  pending: ReadonlySet<string>,
  options: ExpandOptions,
  on: HostRun = host,
): Expanded {
  const { task, turn } = due
  // The conditions of a block are its tasks' own already.
  if (task.block) return { kind: 'block', block: task.block }
  const scope = scopeOf(due, host, pending, options)
  if (task.loop && !turn) return loop(task, scope)
  const because = task.when.find((condition) => !holds(condition, scope))
  if (because) return { kind: 'skipped', name: knownName(task, scope), because }
  switch (task.module) {
    case 'set_fact':
      return { kind: 'facts', name: knownName(task, scope), values: factsOf(task, scope) }
    case 'meta':
      return { kind: 'meta', action: String(task.args.action) }
    case 'pause':
      return { kind: 'pause', name: knownName(task, scope), ...pauseOf(task, scope) }
    case 'include_tasks':
    case 'include_role':
      return { kind: 'included', ...include(due, scope, options) }
    default:
      return { kind: 'act', act: actOf(due, host, on, scope, options) }
  }
}

/** As in Ansible, a list that cannot be worked out is no matter when the task is left out. */
function loop(task: Task, scope: Scope): Expanded {
  try {
    const turns = turnsOf(task.loop!, scope)
    if (turns.length > 0) return { kind: 'turns', turns }
    const because = { text: 'empty loop', at: task.loop!.at }
    return { kind: 'skipped', name: knownName(task, scope), because }
  } catch (error) {
    const because = task.when.find((condition) => surelyNot(condition, scope))
    if (error instanceof InputError && because)
      return { kind: 'skipped', name: knownName(task, scope), because }
    throw error
  }
}

/** What is over without the host waits for nothing, least of all for a name. */
function knownName(task: Task, scope: Scope): string {
  try {
    return nameOf(task, scope)
  } catch (error) {
    if (error instanceof NotYet) return task.name
    throw error
  }
}

/** The host that delegate_to names; undefined when the task is the host's own, or left out. */
export function delegateOf(
  due: Due,
  host: HostRun,
  pending: ReadonlySet<string>,
  options: ExpandOptions,
): string | undefined {
  const { task, turn } = due
  if (!task.delegateTo || (task.loop && !turn)) return undefined
  const { text, at } = task.delegateTo
  const scope = scopeOf(due, host, pending, options)
  if (task.when.some((condition) => !holds(condition, scope))) return undefined
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

/** The variables of a set_fact. */
function factsOf(task: Task, scope: Scope): Record<string, unknown> {
  const args = Object.entries(task.args).filter(([name]) => name !== 'cacheable')
  return Object.fromEntries(
    args.map(([name, value]) => [name, scope.render(value, task.argAt([name]))]),
  )
}

function pauseOf(task: Task, scope: Scope): Pause {
  const { args } = task
  const said = (key: string) =>
    args[key] === undefined ? undefined : scope.render(args[key], task.argAt([key]))
  const times = Object.entries({ seconds: 1, minutes: 60 }).flatMap(([key, each]) => {
    const value = said(key)
    if (value === undefined) return []
    if (Number.isFinite(Number(value))) return [Number(value) * each]
    const message = `"${key}" of "pause" must be a number, not ${JSON.stringify(value)}`
    throw new InputError(task.argAt([key]), message)
  })
  const prompt = said('prompt')
  return {
    seconds: times.length === 0 ? undefined : times.reduce((sum, time) => sum + time),
    prompt: typeof prompt === 'string' || prompt === undefined ? prompt : JSON.stringify(prompt),
    hidden: toBool(said('echo') ?? true) === false,
  }
}

/** What an include takes in. */
function include(
  { task, turn }: Due,
  scope: Scope,
  { play, selected }: Pick<ExpandOptions, 'play' | 'selected'>,
): Included {
  const args = Object.entries(task.args).filter(([name]) => name !== 'apply')
  const rendered = args.map(([name, value]) => [name, scope.render(value, task.argAt([name]))])
  const included = task.include!(Object.fromEntries(rendered) as Record<string, unknown>)
  takeIn(play, task, included)
  const { tasks, uses } = included
  const around = {
    ...task.passesOn,
    vars: [...task.vars, ...layersOf(turn).map(({ vars }) => vars)],
  }
  return {
    tasks: tasks.map((each) => ({ ...adopt(each, around), row: task.row })).filter(selected),
    uses: uses.map((use) => ({ ...use, vars: [...around.vars, ...use.vars] })),
  }
}

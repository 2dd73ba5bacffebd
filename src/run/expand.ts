import { InputError, type Position } from '../core/errors.js'
import type { AnyResource, Context, Result } from '../core/resource.js'
import { Secret } from '../core/sh.js'
import type { Become } from '../core/transport.js'
import { evaluate, holds as isTrue } from '../site/expr.js'
import { type Files, readBytes, readText } from '../site/files.js'
import type { Condition, Play, Task } from '../site/model.js'
import { includedTasks } from '../site/role.js'
import { checkSchema } from '../site/schema.js'
import { toBool } from '../site/python-values.js'
import { type Layer, NotYet, type Scope } from '../site/scope.js'
import { adopt } from '../site/tasks.js'
import { Template } from '../site/template.js'
import type { HostRun } from './host.js'
import type { Variables } from './variables.js'

/** One thing to bring about on one host: a task, or one turn of its loop. */
export interface Act {
  task: Task
  /** The task's place in the files, which names its row in the output. */
  id: string
  name: string
  item: string | undefined
  resource: AnyResource
  want: unknown
  key: string
  as: Become | undefined
  check: boolean
  /** The value of a loop's turn, as its result keeps it. */
  turn: Result
  /** The variables as they are by now: those the act was expanded with may have been pending. */
  scope: () => Scope
}

/** What becomes of a task on a host, as far as it can be told without asking the host. */
export type Expanded =
  | { kind: 'acts'; acts: Act[] }
  | { kind: 'skipped'; because: Condition }
  | { kind: 'included'; tasks: Task[] }

export interface ExpandOptions {
  play: Play
  files: Files
  modules: ReadonlyMap<string, AnyResource>
  variables: Variables
  /** Whether --tags and --skip-tags leave a task. */
  selected: (task: Task) => boolean
  become: { enabled: boolean; user: string | undefined }
}

/**
 * Turns a task into acts on a host: conditions, loop, arguments and templates are worked
 * out here.
 *
 * @param pending variables that tasks still under way will register
 * @throws NotYet when something it reads is not known yet
 * @throws InputError, TaskFailed when it cannot be worked out at all
 */
export function expand(
  task: Task,
  host: HostRun,
  pending: ReadonlySet<string>,
  options: ExpandOptions,
): Expanded {
  const layers: Layer[] = pending.size > 0 ? [{ vars: new Map(), pending }] : []
  const scope = scopeOf(task, host, layers, options)
  if (task.loop) return expandLoop(task, host, scope, options)
  const because = task.when.find((condition) => !holds(condition, scope))
  if (because) return { kind: 'skipped', because }
  if (task.module === 'include_tasks')
    return { kind: 'included', tasks: include(task, scope).filter(options.selected) }
  return { kind: 'acts', acts: [act(task, host, scope, undefined, options)] }
}

function scopeOf(
  task: Task,
  host: HostRun,
  layers: readonly Layer[],
  { variables, play }: ExpandOptions,
): Scope {
  return variables.scope(host.name, play, task.role).within(task.vars).with(layers)
}

/** Whether an expression is true for a host. A name it lacks is an error with its place. */
export function holds({ text, at }: Condition, scope: Scope): boolean {
  return isTrue(text, scope, at)
}

function expandLoop(task: Task, host: HostRun, scope: Scope, options: ExpandOptions): Expanded {
  const { items, at, name, label } = task.loop!
  const list = scope.render(items, at)
  if (!Array.isArray(list)) {
    throw new InputError(at, `loop must be a list, not ${JSON.stringify(list)}`)
  }
  const acts = (list as unknown[]).flatMap((value) => {
    const turn: Turn = { name, value, at, shown: '' }
    const inner = scope.with([layerOf(turn)])
    if (!task.when.every((condition) => holds(condition, inner))) return []
    const shown = label === undefined ? value : inner.render(label, at)
    turn.shown = typeof shown === 'string' ? shown : JSON.stringify(shown)
    return [act(task, host, inner, turn, options)]
  })
  if (acts.length === 0)
    return { kind: 'skipped', because: task.when[0] ?? { text: 'empty loop', at } }
  return { kind: 'acts', acts }
}

/** One turn of a loop. */
interface Turn {
  name: string
  value: unknown
  at: Position
  shown: string
}

function layerOf({ name, value, at }: Turn): Layer {
  return { vars: new Map([[name, { value, at }]]), data: true }
}

function include(task: Task, scope: Scope): Task[] {
  const at = task.argAt(['file'])
  const file = String(scope.render(task.args.file, at))
  if (!task.role) throw new InputError(at, 'include_tasks works in roles only', 'use import_tasks')
  return includedTasks(task.role, file, at).map((each) => ({ ...adopt(each, task), row: task.row }))
}

function act(
  task: Task,
  host: HostRun,
  scope: Scope,
  turn: Turn | undefined,
  options: ExpandOptions,
): Act {
  const resource = options.modules.get(task.module)!
  const want = resource.want(renderArgs(task, resource, scope), context(task, host, scope, options))
  return {
    task,
    id: task.row,
    name: String(task.name.includes('{{') ? scope.render(task.name, task.at) : task.name),
    item: turn?.shown,
    turn: turn ? { [turn.name]: turn.value } : {},
    resource,
    want,
    key: `${resource.manages ?? resource.type} ${resource.key(want)}`,
    as: becomeOf(task, host, scope, options),
    check: task.checkMode ?? host.check,
    scope: () => scopeOf(task, host, turn ? [layerOf(turn)] : [], options),
  }
}

function renderArgs(task: Task, resource: AnyResource, scope: Scope): unknown {
  const args = Object.fromEntries(
    Object.entries(task.args).map(([key, value]) => [key, scope.render(value, task.argAt([key]))]),
  )
  const { value, errors } = checkSchema(resource.schema, args, `"${task.module}"`, (path) =>
    task.argAt(path),
  )
  if (errors[0]) throw errors[0]
  return value
}

function context(task: Task, host: HostRun, scope: Scope, { files }: ExpandOptions): Context {
  const srcAt = task.argAt(['src'])
  return {
    template: (name) =>
      templateFile(files.file('templates', name, task.role?.dir, srcAt)).render(scope),
    file: (name) => readBytes(files.file('files', name, task.role?.dir, srcAt)),
    evaluate: (text) => evaluate(text, scope, task.argAt(['that'])),
    fact: (name) => {
      if (!host.facts) throw new NotYet(`ansible_${name}`)
      return (host.facts as unknown as Record<string, unknown>)[name]
    },
  }
}

/** A template may be rendered for thousands of hosts; it is read and parsed once. */
const templates = new Map<string, Template>()

function templateFile(path: string): Template {
  let template = templates.get(path)
  if (!template) {
    template = Template.file(readText(path), path)
    templates.set(path, template)
  }
  return template
}

function becomeOf(
  task: Task,
  host: HostRun,
  scope: Scope,
  { become }: ExpandOptions,
): Become | undefined {
  type Scalar = string | number | boolean
  const variable = (name: string) => (scope.has(name) ? (scope.get(name) as Scalar) : undefined)
  const enabled = task.become.enabled ?? variable('ansible_become') ?? become.enabled
  if (!toBool(enabled)) return undefined
  const user = task.become.user ?? variable('ansible_become_user') ?? become.user ?? 'root'
  const password = variable('ansible_become_password')
  return {
    user: String(user),
    password: password === undefined ? host.becomePassword : new Secret(String(password)),
  }
}

import { InputError } from '../core/errors.js'
import type { AnyResource, Context } from '../core/resource.js'
import type { Become } from '../core/transport.js'
import { evaluate, holds as isTrue } from '../site/expr.js'
import { isMap } from '../site/fields.js'
import type { Files } from '../site/files.js'
import type { Condition, Play, Task } from '../site/model.js'
import { checkSchema } from '../site/schema.js'
import { type Layer, NotYet, type Scope } from '../site/scope.js'
import { Template } from '../site/template.js'
import { type BecomeDefaults, becomeOf } from './connection.js'
import type { HostRun } from './host.js'
import type { Due } from './queue.js'
import { layersOf, shownOf } from './turn.js'
import type { Variables } from './variables.js'

/** One thing to bring about on one host: a task, or one turn of its loop. */
export interface Act extends Due {
  /** The host it is done on: delegate_to may name another than the one it is done for. */
  on: HostRun
  /** Environment variables of its changes. */
  environment: Readonly<Record<string, string>>
  /** The task's place in the files, which names its row in the output. */
  id: string
  name: string
  item: string | undefined
  resource: AnyResource
  want: unknown
  key: string
  as: Become | undefined
  check: boolean
  /** The variables as they are by now: those the act was expanded with may have been pending. */
  scope: () => Scope
}

export interface ExpandOptions {
  play: Play
  files: Files
  modules: ReadonlyMap<string, AnyResource>
  variables: Variables
  /** Whether --tags and --skip-tags leave a task. */
  selected: (task: Task) => boolean
  become: BecomeDefaults
}

/** Whether an expression is true for a host. A name it lacks is an error with its place. */
export function holds({ text, at }: Condition, scope: Scope): boolean {
  return isTrue(text, scope, at)
}

/** The variables of a task, or of one turn of its loop, on a host. */
export function scopeOf(
  { task, turn }: Due,
  host: HostRun,
  pending: ReadonlySet<string>,
  { variables, play }: ExpandOptions,
): Scope {
  const unknown: Layer[] = pending.size > 0 ? [{ vars: new Map(), pending }] : []
  return variables
    .scope(host.name, play, task.role)
    .within(task.vars)
    .with([...layersOf(turn), ...unknown])
}

/** Works out a task's arguments for a host. @throws NotYet, InputError, TaskFailed */
export function actOf(
  due: Due,
  host: HostRun,
  on: HostRun,
  scope: Scope,
  options: ExpandOptions,
): Act {
  const { task, guard, turn } = due
  const resource = options.modules.get(task.module)!
  const want = resource.want(renderArgs(task, resource, scope), context(task, on, scope, options))
  return {
    task,
    guard,
    turn,
    on,
    environment: environmentOf(task, scope),
    id: task.row,
    name: nameOf(task, scope),
    item: turn && shownOf(turn, scope),
    resource,
    want,
    key: `${resource.manages ?? resource.type} ${resource.key(want)}`,
    as: becomeOf(scope, options.become, host.becomePassword, task.become),
    check: task.checkMode ?? host.check,
    scope: () => scopeOf(due, host, new Set(), options),
  }
}

/** As Ansible has it, a name that cannot be rendered stays as it is written. @throws NotYet */
export function nameOf(task: Task, scope: Scope): string {
  if (!task.name.includes('{{')) return task.name
  try {
    return String(scope.render(task.name, task.at))
  } catch (error) {
    if (error instanceof InputError) return task.name
    throw error
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

/** The environment's maps together, the inner ones winning. */
function environmentOf(task: Task, scope: Scope): Record<string, string> {
  const entries = task.environment.flatMap(({ value, at }) => {
    const map = scope.render(value, at)
    const all: unknown[] = [map].flat()
    if (!all.every(isMap)) {
      throw new InputError(at, 'environment must be a map', 'write NAME: VALUE lines below it')
    }
    const own = all.flatMap((each) => Object.entries(each))
    const wrong = own.find(([name]) => !/^[A-Za-z_]\w*$/.test(name))
    if (!wrong) return own
    const hint = 'letters, digits and _ make one, and no digit comes first'
    throw new InputError(at, `"${wrong[0]}" is no name for an environment variable`, hint)
  })
  return Object.fromEntries(entries.map(([name, value]) => [name, String(value)]))
}

function context(task: Task, host: HostRun, scope: Scope, { files }: ExpandOptions): Context {
  const srcAt = task.argAt(['src'])
  return {
    template: (name) => {
      const path = files.file('templates', name, task.role?.dir, srcAt)
      const { template, sealed } = templateFile(path, files)
      return { bytes: Buffer.from(template.render(scope)), sealed }
    },
    file: (name) => files.source(files.file('files', name, task.role?.dir, srcAt)),
    evaluate: (text) => evaluate(text, scope, task.argAt(['that'])),
    fact: (name) => {
      if (!host.facts) throw new NotYet(`ansible_${name}`)
      return (host.facts as unknown as Record<string, unknown>)[name]
    },
  }
}

/** A template may be rendered for thousands of hosts; it is read and parsed once. */
const templates = new WeakMap<Files, Map<string, { template: Template; sealed: boolean }>>()

function templateFile(path: string, files: Files) {
  const all = templates.get(files) ?? new Map<string, { template: Template; sealed: boolean }>()
  templates.set(files, all)
  let known = all.get(path)
  if (!known) {
    const { bytes, sealed } = files.source(path)
    known = { template: Template.file(Buffer.from(bytes).toString('utf8'), path), sealed }
    all.set(path, known)
  }
  return known
}

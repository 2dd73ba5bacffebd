import { InputError, InputErrors, TaskFailed, where } from '../core/errors.js'
import { nearest } from '../core/suggest.js'
import type { Play, Role, Task } from '../site/model.js'
import { checkSchema } from '../site/schema.js'
import { leaves } from '../site/tasks.js'
import { NotYet, type Scope } from '../site/scope.js'
import type { Vars } from '../site/vars.js'
import { Missing } from '../site/view.js'
import type { ExpandOptions } from './act.js'
import { expand } from './expand.js'
import type { HostRun } from './host.js'
import type { Due } from './queue.js'
import type { Variables } from './variables.js'

/** A play with the hosts it will run on, and its tasks after --tags. */
export interface PlannedPlay {
  play: Play
  hosts: readonly HostRun[]
  tasks: readonly Task[]
  /** The hosts whose facts it reads, in the run or not. */
  factsFrom: readonly HostRun[]
  /** The play's batch sizes, rendered. */
  serial: readonly (number | string)[]
}

/**
 * Works out everything that can be worked out before a host is contacted: the variables of
 * the roles against their schemas, and every task's conditions, arguments and templates.
 * What needs a host's facts, or a result, is left for later.
 *
 * @param given the variables that the user set for a host, from weak to strong
 * @throws InputErrors with everything that is wrong, each thing once
 */
export function preflight(
  plays: readonly PlannedPlay[],
  options: Omit<ExpandOptions, 'play'>,
  given: (host: string) => readonly Vars[],
): void {
  const found = new Findings()
  const hostCount = new Set(plays.flatMap(({ hosts }) => hosts)).size
  for (const planned of plays) {
    for (const host of planned.hosts) {
      for (const error of wrongVars(planned, host, options, given(host.name))) {
        found.add(error, host)
      }
    }
  }
  // What tasks would say of a wrong variable, on this host or another, was said better here.
  found.throwIfAny(hostCount)
  expectRegisters(plays, options.variables)
  for (const { play, hosts, tasks } of plays) {
    for (const host of hosts) {
      for (const task of [...tasks, ...play.handlers])
        tryTask({ task }, host, { ...options, play }, found)
    }
  }
  for (const host of plays.flatMap(({ hosts }) => hosts)) host.expect(undefined)
  options.variables.expectElsewhere(undefined)
  checkHandlers(plays, found)
  found.throwIfAny(hostCount)
}

function wrongVars(
  { play }: PlannedPlay,
  { name }: HostRun,
  { variables }: Pick<ExpandOptions, 'variables'>,
  given: readonly Vars[],
): InputError[] {
  return play.roles.flatMap(({ role, vars }) => {
    const scope = variables.scope(name, play, role).within(vars)
    const layers = [...given, play.vars, ...vars]
    return checkRoleVars(role, scope, new Set(layers.flatMap((layer) => [...layer.keys()])))
  })
}

/** What a task of any play registers on a host, the plays after it may read. */
function expectRegisters(plays: readonly PlannedPlay[], variables: Variables): void {
  const all = plays.flatMap(({ play }) => everyTask(play))
  const elsewhere = all.filter(({ delegateFacts }) => delegateFacts).flatMap(sets)
  variables.expectElsewhere(new Set(elsewhere))
  for (const host of new Set(plays.flatMap(({ hosts }) => hosts))) {
    const own = plays.filter(({ hosts }) => hosts.includes(host))
    const tasks = own.flatMap(({ play }) => everyTask(play))
    const names = ['ansible_failed_task', 'ansible_failed_result', ...tasks.flatMap(sets)]
    host.expect(new Set([...names, ...elsewhere]))
  }
}

/** A role's variables as its schema wants them, and no near miss of one of their names. */
function checkRoleVars(role: Role, scope: Scope, given: ReadonlySet<string>): InputError[] {
  if (!role.schema) return []
  const properties = Object.keys(role.schema.properties ?? {})
  const known = properties.filter((name) => scope.has(name))
  const values = Object.fromEntries(known.flatMap((name) => valueOf(name, scope)))
  const unread = new Set(known.filter((name) => !(name in values)))
  const at = (name: string) => scope.find(name)?.at ?? { file: role.dir, line: 1, col: 1 }
  const { errors } = checkSchema(role.schema, values, `role "${role.name}"`, ([name]) =>
    at(String(name)),
  )
  const misspelt = [...given].flatMap((name) => {
    if (properties.includes(name)) return []
    const meant = meantIn(role, name)
    if (meant === undefined || given.has(meant)) return []
    const message = `role "${role.name}" has no variable "${name}"`
    return [new InputError(at(name), message, `did you mean "${meant}"?`)]
  })
  // A variable that only a host can tell is not missing.
  const missing = (error: InputError) =>
    [...unread].some((name) => new RegExp(` needs .*"${name}"`).test(error.message))
  return [...errors.filter((error) => !missing(error)), ...misspelt]
}

const meantIns = new WeakMap<Role, Map<string, string | undefined>>()

/** The variable of a role that a name comes near to: the same for all hosts, so worked out once. */
function meantIn(role: Role, name: string): string | undefined {
  const known = meantIns.get(role) ?? new Map<string, string | undefined>()
  meantIns.set(role, known)
  if (!known.has(name)) known.set(name, nearest(name, Object.keys(role.schema?.properties ?? {})))
  return known.get(name)
}

function valueOf(name: string, scope: Scope): [string, unknown][] {
  try {
    return [[name, scope.get(name)]]
  } catch (error) {
    if (error instanceof NotYet || error instanceof InputError || error instanceof Missing)
      return []
    throw error
  }
}

function tryTask(due: Due, host: HostRun, options: ExpandOptions, found: Findings): void {
  const { task } = due
  try {
    const expanded = expand(due, host, new Set(), options)
    if (expanded.kind === 'turns') {
      for (const turn of expanded.turns) tryTask({ task, turn }, host, options, found)
    }
    const inner = expanded.kind === 'included' ? expanded.tasks : task.block ? leaves(task) : []
    for (const each of inner) tryTask({ task: each }, host, options, found)
  } catch (error) {
    if (error instanceof NotYet) return
    if (error instanceof InputError) found.add(error, host)
    else if (error instanceof TaskFailed) {
      found.add(new InputError(error.at ?? task.at, error.message, error.hint), host)
    } else throw error
  }
}

/** A handler that nobody can find would never run, and nobody would know. */
function checkHandlers(plays: readonly PlannedPlay[], found: Findings): void {
  for (const { play } of plays) {
    const names = play.handlers.flatMap(({ title, listen }) => [title, ...listen])
    for (const task of everyTask(play)) {
      for (const name of task.notify.filter((each) => !names.includes(each))) {
        const meant = nearest(name, names)
        const all =
          names.length > 0 ? `the handlers are: ${names.join(', ')}` : 'the play has no handlers'
        const hint = meant ? `did you mean "${meant}"?` : all
        found.add(new InputError(task.at, `there is no handler "${name}"`, hint), undefined)
      }
    }
  }
}

/** The variables that a task sets on its host. */
function sets(task: Task): string[] {
  const facts = task.module === 'set_fact' ? Object.keys(task.args) : []
  return task.register === undefined ? facts : [...facts, task.register]
}

function everyTask(play: Play): Task[] {
  const files = play.roles.flatMap(({ role }) => [...role.taskFiles.values()].flat())
  return [...play.tasks, ...files, ...play.handlers].flatMap(leaves)
}

/** Errors, each once, with the hosts it was found for. */
class Findings {
  readonly #found = new Map<string, { error: InputError; hosts: Set<HostRun> }>()

  add(error: InputError, host: HostRun | undefined): void {
    const key = `${error.at ? where(error.at) : ''} ${error.message}`
    const entry = this.#found.get(key) ?? { error, hosts: new Set() }
    if (host) entry.hosts.add(host)
    this.#found.set(key, entry)
  }

  throwIfAny(hostCount: number): void {
    const errors = [...this.#found.values()].map(({ error, hosts }) => {
      if (hosts.size === 0 || hosts.size === hostCount) return error
      const names = [...hosts].map(({ name }) => name).slice(0, 5)
      const more = hosts.size > names.length ? ` and ${hosts.size - names.length} more` : ''
      return new InputError(
        error.at,
        `${error.message} (for ${names.join(', ')}${more})`,
        error.hint,
      )
    })
    if (errors.length > 0) throw new InputErrors(errors)
  }
}

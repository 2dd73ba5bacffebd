import type { InputError } from '../core/errors.js'
import { parseExpression } from './expr.js'
import { type Fields, isMap } from './fields.js'
import { becomeMethods } from './keywords.js'
import { misread } from './misread.js'
import type { Block, Condition, Outer, Surroundings, Task } from './model.js'

/** A task with what surrounds it: conditions and tags add up, the inner become wins. */
export function adopt(task: Task, outer: Outer): Task {
  if (task.implicit) return task
  return {
    ...task,
    ...merged(task, outer),
    ...(task.block ? { block: adoptAll(task.block, outer) } : {}),
    ...(task.passesOn ? { passesOn: merged(task.passesOn, outer) } : {}),
  }
}

function merged(own: Outer, outer: Outer): Surroundings {
  return {
    when: [...(outer.when ?? []), ...(own.when ?? [])],
    vars: [...(outer.vars ?? []), ...(own.vars ?? [])],
    tags: [...new Set([...(outer.tags ?? []), ...(own.tags ?? [])])],
    notify: [...new Set([...(outer.notify ?? []), ...(own.notify ?? [])])],
    become: { ...outer.become, ...own.become },
    environment: [...(outer.environment ?? []), ...(own.environment ?? [])],
    throttle: own.throttle ?? outer.throttle,
    ignoreErrors: own.ignoreErrors ?? outer.ignoreErrors,
    ignoreUnreachable: own.ignoreUnreachable ?? outer.ignoreUnreachable,
    noLog: own.noLog ?? outer.noLog,
    checkMode: own.checkMode ?? outer.checkMode,
    runOnce: own.runOnce ?? outer.runOnce,
    delegateTo: own.delegateTo ?? outer.delegateTo,
    delegateFacts: own.delegateFacts ?? outer.delegateFacts,
    roleUse: own.roleUse ?? outer.roleUse,
  }
}

export function adoptAll({ block, rescue, always }: Block, outer: Outer): Block {
  const all = (tasks: readonly Task[]) => tasks.map((task) => adopt(task, outer))
  return { block: all(block), rescue: all(rescue), always: all(always) }
}

/** The keywords that a task shares with blocks, role uses and plays. */
export function parseOuter(fields: Fields): Surroundings {
  const enabled = fields.bool('become')
  fields.choice('become_method', becomeMethods)
  const user = fields.string('become_user')
  return {
    when: parseConditions(fields, 'when') ?? [],
    vars: fields.has('vars') ? [fields.vars('vars')] : [],
    tags: fields.words('tags'),
    notify: fields.words('notify'),
    environment: parseEnvironment(fields),
    become: {
      ...(enabled === undefined ? {} : { enabled }),
      ...(user === undefined ? {} : { user }),
    },
    throttle: fields.count('throttle'),
    ignoreErrors: fields.bool('ignore_errors'),
    ignoreUnreachable: fields.bool('ignore_unreachable'),
    noLog: fields.bool('no_log'),
    checkMode: fields.bool('check_mode'),
    runOnce: fields.bool('run_once'),
    delegateTo: fields.has('delegate_to')
      ? { text: fields.string('delegate_to') ?? '', at: fields.valueAt('delegate_to') }
      : undefined,
    delegateFacts: fields.bool('delegate_facts'),
    roleUse: undefined,
  }
}

/** Maps of text: what YAML reads as something else must not become a variable's value. */
function parseEnvironment(fields: Fields): Task['environment'] {
  if (!fields.has('environment')) return []
  const value = fields.raw('environment')
  for (const [i, map] of [value].flat().entries()) {
    const path = [...fields.path, 'environment', ...(Array.isArray(value) ? [i] : [])]
    for (const [name, one] of isMap(map) ? Object.entries(map) : []) {
      const what = `"${name}" of "environment"`
      const wrong = misread(what, one, [...path, name], fields.yaml)
      if (wrong) fields.problems.push(wrong)
    }
  }
  return [{ value, at: fields.valueAt('environment') }]
}

/** Conditions, whose syntax is checked now rather than on a host. */
export function parseConditions(fields: Fields, key: string): Condition[] | undefined {
  const list = fields.conditions(key)
  for (const { text, at } of list ?? []) {
    try {
      parseExpression(text, at)
    } catch (error) {
      fields.problems.push(error as InputError)
    }
  }
  return list
}

/**
 * What an include's own keywords say to the tasks that it takes in: as in Ansible, its
 * condition and tags are for itself alone.
 */
export function passedOn({ vars, become, environment, noLog, runOnce }: Outer): Outer {
  return { vars, become, environment, noLog, runOnce }
}

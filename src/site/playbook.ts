import { dirname, join } from 'node:path'
import { InputError } from '../core/errors.js'
import { type Fields, fieldsOf } from './fields.js'
import type { Files } from './files.js'
import { importPlaybookKeywords, playKeywords, strategies } from './keywords.js'
import type { Condition, Play, Playbook, RoleUse, Task } from './model.js'
import { adopt, parseOuter } from './outer.js'
import { attempt } from './problems.js'
import { Roles } from './roles.js'
import type { Modules, TaskContext } from './task-context.js'
import { flush, parseHandlers, parseTasks } from './tasks.js'

/** Reads a playbook with all its roles. What is wrong with it is added to `problems`. */
export function loadPlaybook(
  file: string,
  files: Files,
  modules: Modules,
  problems: InputError[],
): Playbook {
  return { file, plays: new Loader(files, modules, problems).plays(file, []) }
}

const IMPORT = /^(ansible\.builtin\.)?import_playbook$/

class Loader {
  readonly #roles: Roles

  constructor(
    private readonly files: Files,
    private readonly modules: Modules,
    private readonly problems: InputError[],
  ) {
    this.#roles = new Roles(files, modules, problems)
  }

  /** @param importing the playbooks whose imports led here */
  plays(file: string, importing: readonly string[]): Play[] {
    const { problems } = this
    const yaml = attempt(problems, () => this.files.yaml(file))
    if (!yaml) return []
    const entries = fieldsOf(yaml, [], problems, 'a playbook')
    if (entries.length === 0 && problems.length === 0) {
      problems.push(
        new InputError(yaml.at([]), 'this playbook has no plays', 'a play begins with "- hosts:"'),
      )
    }
    return entries.flatMap((fields) =>
      fields.keys.some((key) => IMPORT.test(key))
        ? this.#imported(fields, [...importing, file])
        : [this.#roles.forPlay(() => this.play(fields))],
    )
  }

  /** The plays of another playbook, named as seen from the folder of this one. */
  #imported(fields: Fields, importing: readonly string[]): Play[] {
    const key = fields.keys.find((each) => IMPORT.test(each))!
    fields.onlyKnown('import_playbook', [key, ...Object.keys(importPlaybookKeywords)])
    const path = join(dirname(fields.yaml.file), fields.string(key) ?? '')
    if (importing.includes(path) || !this.files.isFile(path)) {
      const [why, hint] = importing.includes(path)
        ? [`"${path}" imports itself`, 'take one import out of the circle']
        : [`there is no playbook "${path}"`, 'it is looked for beside the playbook that imports it']
      this.problems.push(new InputError(fields.valueAt(key), why, hint))
      return []
    }
    const { when, tags } = parseOuter(fields)
    return this.plays(path, importing).map((play) => ({
      ...play,
      tasks: play.tasks.map((task) => adopt(task, { when, tags })),
    }))
  }

  play(fields: Fields): Play {
    fields.onlyKnown('a play', Object.keys(playKeywords))
    if (!fields.has('hosts')) {
      this.problems.push(new InputError(fields.at, 'this play has no "hosts"', 'hosts: all'))
    }
    // Its `when` chooses hosts, its vars are a layer of their own, and a host that it cannot
    // reach it leaves out for good.
    const own = { when: [], vars: [], ignoreUnreachable: undefined }
    const outer = { ...parseOuter(fields), ...own }
    fields.choice('strategy', strategies)
    const uses = this.#roles.uses(fields)
    const taken: RoleUse[] = []
    const { files, modules, problems } = this
    const read = { files, modules, roles: this.#roles, problems, taken, read: new Map() }
    const context: TaskContext = { ...read, role: undefined }
    const list = (key: string, parse = parseTasks) =>
      fields.has(key) ? parse(fields.yaml, [...fields.path, key], context) : []
    // The handlers that a part notifies run before the next one begins.
    const before = list('pre_tasks')
    if (before.length > 0) before.push(flush(fields, context))
    const tasks = [...uses.flatMap((use) => use.tasks), ...list('tasks')]
    const after = list('post_tasks')
    if (after.length > 0) after.unshift(flush(fields, context))
    const handlers = list('handlers', parseHandlers)
    const all = withInner([...uses, ...taken])
    const imported = all.filter(({ role }) => !uses.some((use) => use.role === role))
    return {
      at: fields.at,
      name: fields.string('name') ?? fields.words('hosts').join(','),
      hosts: patternOf(fields, 'hosts'),
      when: fields.conditions('when') ?? [],
      factsFrom: fields.has('facts_from') ? patternOf(fields, 'facts_from') : undefined,
      gatherFacts: fields.bool('gather_facts') ?? true,
      serial: serialOf(fields),
      serialAt: fields.has('serial') ? fields.valueAt('serial') : fields.at,
      maxFailPercentage: fields.number('max_fail_percentage', 30) ?? 100,
      anyErrorsFatal: fields.bool('any_errors_fatal') ?? false,
      ignoreUnreachable: fields.bool('ignore_unreachable') ?? false,
      become: outer.become,
      vars: fields.vars('vars'),
      varsFiles: varsFilesOf(fields),
      tasks: [...before, ...tasks, ...after].map((task) => adopt(task, outer)),
      handlers: [...handlersOf(uses), ...handlers, ...handlersOf(imported)].map((task) =>
        adopt(task, { ...outer, tags: [] }),
      ),
      roles: all,
    }
  }
}

/** The handlers of a role that is used twice are there once, as the last use has them. */
function handlersOf(uses: readonly RoleUse[]): Task[] {
  return [...new Map(uses.map((use) => [use.role, use.handlers])).values()].flat()
}

/** With the roles that a role's own tasks import. */
function withInner(uses: readonly RoleUse[]): RoleUse[] {
  return uses.flatMap((use) => [use, ...withInner(use.role.uses)])
}

function patternOf(fields: Fields, key: string): Condition {
  const at = fields.has(key) ? fields.valueAt(key) : fields.at
  return { text: fields.words(key).join(','), at }
}

/** Each one, or a list of which the first is taken that is there. */
function varsFilesOf(fields: Fields): Condition[][] {
  const raw = fields.raw('vars_files')
  if (raw === undefined || raw === null) return []
  const isName = (value: unknown): value is string => typeof value === 'string'
  return [raw].flat().map((entry: unknown, i) => {
    const path = [...fields.path, 'vars_files', ...(Array.isArray(raw) ? [i] : [])]
    const names: unknown[] = [entry].flat()
    if (!names.every(isName) || names.length === 0) {
      const message = 'an entry of "vars_files" must be the name of a file, or a list of names'
      const hint = 'vars_files: [one.yml, [this.yml, or-else-this.yml]]'
      fields.problems.push(new InputError(fields.yaml.at(path), message, hint))
      return []
    }
    const at = (j: number) => fields.yaml.at(Array.isArray(entry) ? [...path, j] : path)
    return names.map((text, j) => ({ text, at: at(j) }))
  })
}

/** As written; a template in it is rendered when the hosts are known. */
function serialOf(fields: Fields): (number | string)[] {
  const raw = fields.raw('serial')
  if (raw === undefined || raw === null) return []
  const sizes: unknown[] = [raw].flat()
  if (sizes.every(isBatchSize)) return sizes
  const hint = 'a number of hosts, or 30%'
  fields.problem('serial', `serial cannot be ${JSON.stringify(raw)}`, hint)
  return []
}

function isBatchSize(size: unknown): size is number | string {
  return typeof size === 'number' || (typeof size === 'string' && /^\d+%?$|\{\{/.test(size))
}

import { dirname, join } from 'node:path'
import { InputError, type Position } from '../core/errors.js'
import { Fields, fieldsOf, isMap } from './fields.js'
import { type Files, isFile } from './files.js'
import { importPlaybookKeywords, playKeywords, roleKeywords } from './keywords.js'
import type { Condition, Play, Playbook, Role, RoleUse, Task } from './model.js'
import { attempt } from './problems.js'
import { loadRole } from './role.js'
import { adopt, type Modules, type Outer, parseOuter, parseTasks } from './tasks.js'

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

interface Use extends RoleUse {
  tasks: Task[]
  handlers: Task[]
}

class Loader {
  readonly #roles = new Map<string, Role | undefined>()
  /** The roles whose dependencies are being looked up. */
  readonly #opening: string[] = []
  /** The roles that the play has already as a dependency. */
  #required = new Set<Role>()

  constructor(
    private readonly files: Files,
    private readonly modules: Modules,
    private readonly problems: InputError[],
  ) {}

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
        : [this.play(fields)],
    )
  }

  /** The plays of another playbook, named as seen from the folder of this one. */
  #imported(fields: Fields, importing: readonly string[]): Play[] {
    const key = fields.keys.find((each) => IMPORT.test(each))!
    fields.onlyKnown('import_playbook', [key, ...Object.keys(importPlaybookKeywords)])
    const path = join(dirname(fields.yaml.file), fields.string(key) ?? '')
    if (importing.includes(path) || !isFile(path)) {
      const why = importing.includes(path)
        ? `"${path}" imports itself`
        : `there is no playbook "${path}"`
      this.problems.push(new InputError(fields.valueAt(key), why))
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
    const { tags, become, environment, throttle } = parseOuter(fields)
    this.#required = new Set()
    const uses = this.#roleUses(fields)
    const list = (key: string) => this.#tasks(fields, key)
    const tasks = [
      ...list('pre_tasks'),
      ...uses.flatMap((use) => use.tasks),
      ...list('tasks'),
      ...list('post_tasks'),
    ]
    // The handlers of a role that is used twice are there once, as the last use has them.
    const handlers = new Map(uses.map((use) => [use.role, use.handlers]))
    return {
      at: fields.at,
      name: fields.string('name') ?? fields.words('hosts').join(','),
      hosts: patternOf(fields, 'hosts'),
      when: fields.conditions('when') ?? [],
      factsFrom: fields.has('facts_from') ? patternOf(fields, 'facts_from') : undefined,
      gatherFacts: fields.bool('gather_facts') ?? true,
      serial: serialOf(fields),
      maxFailPercentage: fields.number('max_fail_percentage') ?? 100,
      anyErrorsFatal: fields.bool('any_errors_fatal') ?? false,
      ignoreUnreachable: fields.bool('ignore_unreachable') ?? false,
      become,
      vars: fields.vars('vars'),
      varsFiles: fields.conditions('vars_files') ?? [],
      tasks: tasks.map((task) => adopt(task, { tags, become, environment, throttle })),
      handlers: [...[...handlers.values()].flat(), ...list('handlers')].map((task) =>
        adopt(task, { become, environment, throttle }),
      ),
      roles: uses,
    }
  }

  /** @param key where they are: `roles` of a play, `dependencies` of a role */
  #roleUses(fields: Fields, key: 'roles' | 'dependencies' = 'roles'): Use[] {
    const raw = fields.raw(key)
    if (raw === undefined || raw === null) return []
    if (!Array.isArray(raw)) {
      fields.problem(key, `"${key}" must be a list`, 'begin each role with "- "')
      return []
    }
    return raw.flatMap((entry: unknown, i) => {
      const path = [...fields.path, key, i]
      const at = fields.yaml.at(path)
      if (typeof entry === 'string') return this.#useRole(entry, at, {})
      if (!isMap(entry)) {
        this.problems.push(new InputError(at, 'a role is a name, or a map with "role"'))
        return []
      }
      const use = new Fields(fields.yaml, path, this.problems)
      const name = use.string('role') ?? use.string('name')
      if (name === undefined) {
        this.problems.push(new InputError(at, 'this role has no name', 'role: NAME'))
        return []
      }
      const outer = parseOuter(use)
      const params = new Map(
        use.keys
          .filter((key) => !Object.hasOwn(roleKeywords, key))
          .map((key) => [key, { value: use.raw(key), at: use.valueAt(key) }]),
      )
      return this.#useRole(name, use.at, { ...outer, vars: [...outer.vars, params] })
    })
  }

  #useRole(name: string, at: Position, outer: Outer): Use[] {
    if (!this.#roles.has(name)) this.#roles.set(name, this.#load(name, at))
    const role = this.#roles.get(name)
    if (!role) return []
    const { vars = [], become = {}, environment = [], throttle } = outer
    if (this.#opening.includes(name)) {
      const circle = [...this.#opening, name].join(' -> ')
      this.problems.push(new InputError(at, `the role "${name}" depends on itself: ${circle}`))
      return []
    }
    this.#opening.push(name)
    const first = this.#dependencies(role)
    this.#opening.pop()
    const tasks = (role.taskFiles.get('main') ?? []).map((task) => adopt(task, outer))
    const handlers = role.handlers.map((task) =>
      adopt(task, { vars, become, environment, throttle }),
    )
    return [...first, { role, vars, tasks, handlers }]
  }

  /** The roles that meta/main.yml names run before it; each of them once for all who need it. */
  #dependencies(role: Role): Use[] {
    const file = join(role.dir, 'meta', 'main.yml')
    const yaml = isFile(file) ? attempt(this.problems, () => this.files.yaml(file)) : undefined
    if (!yaml || !isMap(yaml.value)) return []
    return this.#roleUses(new Fields(yaml, [], this.problems), 'dependencies').filter((use) => {
      const known = this.#required.has(use.role)
      this.#required.add(use.role)
      return !known
    })
  }

  #load(name: string, at: Position): Role | undefined {
    return attempt(this.problems, () =>
      loadRole(name, this.files.role(name, at), {
        files: this.files,
        modules: this.modules,
        problems: this.problems,
      }),
    )
  }

  #tasks(fields: Fields, key: string): Task[] {
    return fields.has(key)
      ? parseTasks(fields.yaml, [...fields.path, key], {
          files: this.files,
          modules: this.modules,
          problems: this.problems,
          role: undefined,
        })
      : []
  }
}

function patternOf(fields: Fields, key: string): Condition {
  const at = fields.has(key) ? fields.valueAt(key) : fields.at
  return { text: fields.words(key).join(','), at }
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

import { join } from 'node:path'
import { DrPlayError, InputError, InputErrors, type Position } from '../core/errors.js'
import { Fields, isMap } from './fields.js'
import type { Files } from './files.js'
import { roleKeywords } from './keywords.js'
import type { Outer, Role, RoleUse } from './model.js'
import { adopt, parseOuter } from './outer.js'
import { attempt } from './problems.js'
import { loadRole, roleTasks } from './role.js'
import type { Modules, RoleSource } from './task-context.js'

const OPEN_IT = 'take one of the dependencies out of its meta/main.yml'

/** The roles of a playbook, each loaded once, and the uses that are made of them. */
export class Roles implements RoleSource {
  /** Or what is wrong with it. */
  readonly #roles = new Map<string, Role | DrPlayError>()
  /** The roles that are being loaded, or whose dependencies are looked up. */
  readonly #opening: string[] = []
  /** While a play is read, and what is wrong with a role goes to `problems`. */
  #reading = false

  constructor(
    private readonly files: Files,
    private readonly modules: Modules,
    private readonly problems: InputError[],
  ) {}

  forPlay<T>(read: () => T): T {
    this.#reading = true
    try {
      return read()
    } finally {
      this.#reading = false
    }
  }

  /** @param key where they are: `roles` of a play, `dependencies` of a role */
  uses(fields: Fields, key: 'roles' | 'dependencies' = 'roles'): RoleUse[] {
    const raw = fields.raw(key)
    if (raw === undefined || raw === null) return []
    if (!Array.isArray(raw)) {
      fields.problem(key, `"${key}" must be a list`, 'begin each role with "- "')
      return []
    }
    return raw.flatMap((entry: unknown, i) => {
      const path = [...fields.path, key, i]
      const at = fields.yaml.at(path)
      if (typeof entry === 'string') return this.#tryUse(entry, at, {})
      if (!isMap(entry)) {
        this.problems.push(
          new InputError(at, 'a role is a name, or a map with "role"', '- role: NAME'),
        )
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
      return this.#tryUse(name, use.at, { ...outer, vars: [...outer.vars, params] })
    })
  }

  /**
   * A role as something uses it, after those that it depends on.
   *
   * @param file which of its files of tasks
   * @throws InputError, InputErrors when there is no such role, or no such file
   */
  use(name: string, at: Position, outer: Outer, file?: string): RoleUse[] {
    if (this.#opening.includes(name)) {
      const circle = [...this.#opening, name].join(' -> ')
      throw new InputError(at, `the role "${name}" depends on itself: ${circle}`, OPEN_IT)
    }
    this.#opening.push(name)
    try {
      const role = this.#role(name, at)
      const known = this.problems.length
      const first = this.#dependencies(role)
      // Nobody looks at those any more once the playbook was read.
      const wrong = this.#reading ? [] : this.problems.splice(known)
      if (wrong.length > 0) throw new InputErrors(wrong)
      const around = { ...outer, when: [], tags: [], notify: [], roleUse: undefined }
      const own: RoleUse = {
        role,
        vars: [],
        tasks: roleTasks(role, file, at),
        handlers: role.handlers,
      }
      // As in Ansible, what is said to a role is said to those that it depends on.
      return [...first, own].map((use) => ({
        ...use,
        vars: [...(outer.vars ?? []), ...use.vars],
        tasks: use.tasks.map((task) => adopt(task, outer)),
        handlers: use.handlers.map((task) => adopt(task, around)),
      }))
    } finally {
      this.#opening.pop()
    }
  }

  /** Reads a role for the sake of what is wrong with it. @throws InputError, InputErrors */
  know(name: string, at: Position): void {
    if (this.#opening.includes(name)) return
    this.#opening.push(name)
    try {
      this.#role(name, at)
    } finally {
      this.#opening.pop()
    }
  }

  #tryUse(name: string, at: Position, outer: Outer): RoleUse[] {
    const use = () => this.use(name, at, { ...outer, roleUse: this.#useOf(name, at, outer) })
    return attempt(this.problems, use) ?? []
  }

  /** Two uses are one when they say the same; under allow_duplicates none is another. */
  #useOf(name: string, at: Position, { when, tags, vars }: Outer): Outer['roleUse'] {
    const said = (vars ?? []).flatMap((each) => [...each].map(([word, { value }]) => [word, value]))
    const conditions = (when ?? []).map(({ text }) => text)
    const again = this.#meta(this.#role(name, at))?.raw('allow_duplicates') === true
    return again ? undefined : { key: JSON.stringify([name, conditions, tags ?? [], said]) }
  }

  /** The roles that meta/main.yml names run before it. */
  #dependencies(role: Role): RoleUse[] {
    const meta = this.#meta(role)
    return meta ? this.uses(meta, 'dependencies') : []
  }

  #meta(role: Role): Fields | undefined {
    const file = join(role.dir, 'meta', 'main.yml')
    const yaml = this.files.isFile(file)
      ? attempt(this.problems, () => this.files.yaml(file))
      : undefined
    return yaml && isMap(yaml.value) ? new Fields(yaml, [], this.problems) : undefined
  }

  #role(name: string, at: Position): Role {
    const dir = this.files.role(name, at)
    let role = this.#roles.get(name)
    if (!role) {
      role = this.#load(name, dir)
      this.#roles.set(name, role)
    }
    if (role instanceof DrPlayError) throw role
    return role
  }

  #load(name: string, dir: string): Role | DrPlayError {
    try {
      const { files, modules } = this
      return loadRole(name, dir, { files, modules, roles: this })
    } catch (error) {
      if (error instanceof DrPlayError) return error
      throw error
    }
  }
}

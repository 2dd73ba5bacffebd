import { readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { InputError, type Position } from '../core/errors.js'
import type { Schema } from '../core/resource.js'
import { didYouMean } from '../core/suggest.js'
import { varsAt } from './fields.js'
import { isFile, readText, readYaml } from './files.js'
import type { Role, Task } from './model.js'
import { type Modules, parseTasks } from './tasks.js'
import type { Vars } from './vars.js'

/**
 * Reads a role's folder: tasks/, handlers/main.yml, defaults/main.yml and one file an OS
 * family beside it, vars/main.yml, schema.json. Every task file is parsed, included or not,
 * so that its errors show before a host is contacted.
 */
export function loadRole(
  name: string,
  dir: string,
  modules: Modules,
  problems: InputError[],
): Role {
  const defaults = varFiles(join(dir, 'defaults'), problems)
  const taskFiles = new Map<string, Task[]>()
  const role: Role = {
    name,
    dir,
    defaults: defaults.get('main') ?? new Map(),
    familyDefaults: new Map([...defaults].filter(([family]) => family !== 'main')),
    vars: varFiles(join(dir, 'vars'), problems).get('main') ?? new Map(),
    taskFiles,
    handlers: [],
    schema: readSchema(join(dir, 'schema.json')),
  }
  const load = (file: string) => {
    const yaml = readYaml(file)
    return parseTasks(yaml, [], { modules, role, problems, importTasks })
  }
  const importTasks = (file: string, at: Position): Task[] => {
    const known = taskFiles.get(stem(file))
    if (known) return known
    const path = join(dir, 'tasks', file)
    if (!isFile(path)) {
      problems.push(new InputError(at, `role "${name}" has no tasks/${file}`))
      return []
    }
    return load(path)
  }
  for (const file of yamlFiles(join(dir, 'tasks'))) {
    taskFiles.set(stem(file), load(join(dir, 'tasks', file)))
  }
  const handlers = yamlFiles(join(dir, 'handlers')).find((file) => stem(file) === 'main')
  if (handlers) role.handlers = load(join(dir, 'handlers', handlers))
  return role
}

/** The tasks that an include_tasks names. */
export function includedTasks(role: Role, file: string, at: Position): Task[] {
  const tasks = role.taskFiles.get(stem(file))
  if (tasks) return tasks
  const files = [...role.taskFiles.keys()].map((each) => `${each}.yml`)
  throw new InputError(
    at,
    `role "${role.name}" has no tasks/${file}`,
    didYouMean(file, files, `there are: ${files.join(', ')}`),
  )
}

function varFiles(dir: string, problems: InputError[]): Map<string, Vars> {
  return new Map(
    yamlFiles(dir).map((file) => [stem(file), varsAt(readYaml(join(dir, file)), [], problems)]),
  )
}

function readSchema(path: string): Schema | undefined {
  return isFile(path) ? (JSON.parse(readText(path)) as Schema) : undefined
}

function yamlFiles(dir: string): string[] {
  try {
    return readdirSync(dir)
      .filter((file) => /\.ya?ml$/.test(file))
      .sort()
  } catch {
    return [] // A role has only the folders it needs.
  }
}

function stem(file: string): string {
  return basename(file).replace(/\.ya?ml$/, '')
}

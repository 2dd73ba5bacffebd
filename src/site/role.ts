import { readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { InputError, type Position } from '../core/errors.js'
import type { Schema } from '../core/resource.js'
import { didYouMean } from '../core/suggest.js'
import { isMap, varsAt } from './fields.js'
import { type Files, isFile } from './files.js'
import type { Role, Task } from './model.js'
import { attempt } from './problems.js'
import { whyNoSchema } from './schema.js'
import { parseTasks, type TaskContext } from './tasks.js'
import type { Vars } from './vars.js'

/**
 * Reads a role's folder: tasks/, handlers/main.yml, defaults/main.yml and one file an OS
 * family beside it, vars/main.yml, schema.json. Every task file is parsed, included or not,
 * so that its errors show before a host is contacted.
 */
export function loadRole(name: string, dir: string, context: Omit<TaskContext, 'role'>): Role {
  const { files, problems } = context
  const defaults = varFiles(join(dir, 'defaults'), context)
  const taskFiles = new Map<string, Task[]>()
  const role: Role = {
    name,
    dir,
    defaults: defaults.get('main') ?? new Map(),
    familyDefaults: new Map([...defaults].filter(([family]) => family !== 'main')),
    vars: varFiles(join(dir, 'vars'), context).get('main') ?? new Map(),
    taskFiles,
    handlers: [],
    schema: attempt(problems, () => readSchema(join(dir, 'schema.json'), files)),
  }
  const load = (file: string) => parseTasks(files.yaml(file), [], { ...context, role })
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

function varFiles(
  dir: string,
  { files, problems }: Pick<TaskContext, 'files' | 'problems'>,
): Map<string, Vars> {
  return new Map(
    yamlFiles(dir).map((file) => [stem(file), varsAt(files.yaml(join(dir, file)), [], problems)]),
  )
}

/** JSON is YAML, and our YAML knows where things stand. */
function readSchema(path: string, files: Pick<Files, 'yaml'>): Schema | undefined {
  if (!isFile(path)) return undefined
  const yaml = files.yaml(path)
  const why = isMap(yaml.value) ? whyNoSchema(yaml.value) : 'it must be a map'
  if (why === undefined) return yaml.value as Schema
  throw new InputError(yaml.at([]), `this is no JSON Schema: ${why}`)
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

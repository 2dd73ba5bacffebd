import { basename, join } from 'node:path'
import { InputError, InputErrors, type Position } from '../core/errors.js'
import type { Schema } from '../core/resource.js'
import { didYouMean } from '../core/suggest.js'
import { isMap, varsAt } from './fields.js'
import { readTasks, yamlFiles } from './includes.js'
import type { Role, Task } from './model.js'
import { attempt } from './problems.js'
import { whyNoSchema } from './schema.js'
import type { TaskContext } from './task-context.js'
import { parseHandlers, parseTasks } from './tasks.js'
import type { Vars } from './vars.js'

/**
 * Reads a role's folder: tasks/, handlers/main.yml, defaults/main.yml and one file an OS
 * family beside it, vars/main.yml, schema.json. Every task file is parsed, included or not,
 * so that its errors show before a host is contacted.
 *
 * @throws InputErrors with all that is wrong in it
 */
export function loadRole(
  name: string,
  dir: string,
  { files, modules, roles }: Pick<TaskContext, 'files' | 'modules' | 'roles'>,
): Role {
  const problems: InputError[] = []
  const defaults = varFiles(join(dir, 'defaults'), { files, problems })
  const taskFiles = new Map<string, Task[]>()
  const role: Role = {
    name,
    dir,
    defaults: defaults.get('main') ?? new Map(),
    familyDefaults: new Map([...defaults].filter(([family]) => family !== 'main')),
    vars: varFiles(join(dir, 'vars'), { files, problems }).get('main') ?? new Map(),
    taskFiles,
    handlers: [],
    uses: [],
    schema: attempt(problems, () => readSchema(join(dir, 'schema.json'), files)),
  }
  const context: TaskContext = {
    ...{ files, modules, roles, role, problems },
    taken: role.uses,
    read: new Map(),
  }
  const load = (path: string, parse = parseTasks) => {
    const { tasks, uses } = readTasks(path, context, parse)
    role.uses.push(...uses)
    return tasks
  }
  for (const file of yamlFiles(join(dir, 'tasks'), files)) {
    attempt(problems, () => taskFiles.set(stem(file), load(join(dir, 'tasks', file))))
  }
  const handlers = yamlFiles(join(dir, 'handlers'), files).find((file) => stem(file) === 'main')
  if (handlers) {
    attempt(problems, () => (role.handlers = load(join(dir, 'handlers', handlers), parseHandlers)))
  }
  if (problems.length > 0) throw new InputErrors(problems)
  return role
}

/** The tasks of one of a role's files: of main.yml, which need not be there, unless told. */
export function roleTasks(role: Role, file: string | undefined, at: Position): Task[] {
  const tasks = role.taskFiles.get(stem(file ?? 'main'))
  if (tasks ?? file === undefined) return tasks ?? []
  const files = [...role.taskFiles.keys()].map((each) => `${each}.yml`)
  const hint = didYouMean(file, files, `there are: ${files.join(', ')}`)
  throw new InputError(at, `role "${role.name}" has no tasks/${file}`, hint)
}

function varFiles(
  dir: string,
  { files, problems }: Pick<TaskContext, 'files' | 'problems'>,
): Map<string, Vars> {
  return new Map(
    yamlFiles(dir, files).map((file) => [
      stem(file),
      varsAt(files.yaml(join(dir, file)), [], problems),
    ]),
  )
}

/** JSON is YAML, and our YAML knows where things stand. */
function readSchema(path: string, files: TaskContext['files']): Schema | undefined {
  if (!files.isFile(path)) return undefined
  const yaml = files.yaml(path)
  const why = isMap(yaml.value) ? whyNoSchema(yaml.value) : 'it must be a map'
  if (why === undefined) return yaml.value as Schema
  const hint = 'compare it with the schema.json of a role that comes with dr-play'
  throw new InputError(yaml.at([]), `this is no JSON Schema: ${why}`, hint)
}

function stem(file: string): string {
  return basename(file).replace(/\.ya?ml$/, '')
}

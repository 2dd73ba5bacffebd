import { basename, dirname, isAbsolute, join } from 'node:path'
import { InputError, InputErrors, type Position } from '../core/errors.js'
import type { Schema } from '../core/resource.js'
import { didYouMean } from '../core/suggest.js'
import { parseArgs } from './arguments.js'
import { roleArgs } from './controls.js'
import { Fields, isMap } from './fields.js'
import { applyKeywords, importKeywords } from './keywords.js'
import type { Included, Task } from './model.js'
import { adopt, parseOuter } from './outer.js'
import { attempt } from './problems.js'
import type { TaskContext } from './task-context.js'
import type { YamlFile } from './yaml.js'

type Parse = (yaml: YamlFile, path: readonly [], context: TaskContext) => Task[]

/** The tasks of another file, in the place of the import. */
export function importTasks(
  fields: Fields,
  key: string,
  context: TaskContext,
  parse: Parse,
): Task[] {
  fields.onlyKnown('import_tasks', [key, ...Object.keys(importKeywords)])
  const { problems } = context
  const outer = parseOuter(fields)
  const path = join(dirname(fields.yaml.file), fields.string(key) ?? '')
  const importing = [...(context.importing ?? []), fields.yaml.file]
  const problem = importing.includes(path)
    ? [`"${path}" imports itself`, 'include_tasks may, with a when that ends it']
    : context.files.isFile(path)
      ? undefined
      : [`there is no task file "${path}"`, 'it is looked for beside the file that imports it']
  if (problem !== undefined) {
    const [message = '', hint] = problem
    problems.push(new InputError(fields.valueAt(key), message, hint))
    return []
  }
  const imported = attempt(problems, () => context.files.yaml(path))
  const tasks = imported ? parse(imported, [], { ...context, importing }) : []
  return tasks.map((task) => adopt(task, outer))
}

const importRoleSchema: Schema = {
  type: 'object',
  properties: roleArgs,
  required: ['name'],
  additionalProperties: false,
}

/** The tasks of a role, in the place of the import; the play has the role for good. */
export function importRole(fields: Fields, key: string, context: TaskContext): Task[] {
  fields.onlyKnown('import_role', [key, ...Object.keys(importKeywords)])
  const outer = parseOuter(fields)
  const { args, argAt } = parseArgs(fields, key, 'import_role', { schema: importRoleSchema })
  const { name, tasks_from: file } = args as { name?: string; tasks_from?: string }
  if (typeof name !== 'string') return []
  const template = Object.keys(args).find((arg) => String(args[arg]).includes('{{'))
  if (template !== undefined) {
    const message = `import_role is done before any host is known: "${template}" can hold no template`
    context.problems.push(new InputError(argAt([template]), message, 'use include_role'))
    return []
  }
  const uses =
    attempt(context.problems, () => context.roles.use(name, argAt(['name']), outer, file)) ?? []
  context.taken.push(...uses)
  return uses.flatMap(({ tasks }) => tasks)
}

/** What brings an include_tasks or include_role in, once its arguments are rendered. */
export function includerOf(
  fields: Fields,
  key: string,
  { args, argAt }: Pick<Task, 'args' | 'argAt'>,
  context: TaskContext,
  parse: Parse,
): NonNullable<Task['include']> {
  const apply = applied(fields, key)
  const bring = (given: Readonly<Record<string, unknown>>): Included => {
    if (given.name !== undefined) return role(given, argAt(['name']), context)
    const at = argAt(['file'])
    return readTasks(findTasks(String(given.file), fields.yaml.file, at, context), context, parse)
  }
  // What is wrong with it is to be known now, however late it may be reached, if ever.
  const { name, file } = args
  const isPlain = (value: unknown): value is string =>
    typeof value === 'string' && !value.includes('{{')
  if (isPlain(name)) attempt(context.problems, () => context.roles.know(name, argAt(['name'])))
  if (isPlain(file)) attempt(context.problems, () => bring(args))
  return (given) => {
    const { tasks, uses } = bring(given)
    return { tasks: tasks.map((task) => adopt(task, apply)), uses }
  }
}

function role(
  args: Readonly<Record<string, unknown>>,
  at: Position,
  { roles }: TaskContext,
): Included {
  const { name, tasks_from: file } = args as { name: string; tasks_from?: string }
  const uses = roles.use(name, at, {}, file)
  return { tasks: uses.flatMap(({ tasks }) => tasks), uses }
}

/** What `apply` says to all that is taken in. */
function applied(fields: Fields, key: string) {
  const raw = fields.raw(key)
  if (!isMap(raw) || !isMap(raw.apply)) return {}
  const apply = new Fields(fields.yaml, [...fields.path, key, 'apply'], fields.problems)
  apply.onlyKnown('apply', Object.keys(applyKeywords))
  return parseOuter(apply)
}

/** A file of tasks, read once. @throws InputErrors with all that is wrong in it */
export function readTasks(path: string, context: TaskContext, parse: Parse): Included {
  const known = context.read.get(path)
  if (known) return known
  const included: Included = { tasks: [], uses: [] }
  // A file may include itself, as long as something ends it.
  context.read.set(path, included)
  const problems: InputError[] = []
  const inner = { ...context, problems, taken: included.uses }
  attempt(problems, () => included.tasks.push(...parse(context.files.yaml(path), [], inner)))
  if (problems.length === 0) return included
  context.read.delete(path)
  throw new InputErrors(problems)
}

/** Beside the file that includes it, among the role's, beside the playbook: the first one there is. */
function findTasks(name: string, from: string, at: Position, context: TaskContext): string {
  const { role, files } = context
  const places = [dirname(from), ...(role ? [join(role.dir, 'tasks')] : [files.playbookDir])]
  const paths = isAbsolute(name) ? [name] : places.map((place) => join(place, name))
  const found = paths.find((path) => files.isFile(path))
  if (found !== undefined) return found
  const folder = role ? places.at(-1)! : dirname(paths[0]!)
  const others = yamlFiles(folder, files)
  if (!role) {
    const hint = didYouMean(basename(name), others, `looked for ${[...new Set(paths)].join(', ')}`)
    throw new InputError(at, `there is no task file "${name}"`, hint)
  }
  const hint = didYouMean(name, others, `there are: ${others.join(', ')}`)
  throw new InputError(at, `role "${role.name}" has no tasks/${name}`, hint)
}

/** The YAML files of a folder; none when there is no such folder. */
export function yamlFiles(folder: string, { disk }: TaskContext['files']): string[] {
  return disk
    .names(folder)
    .filter((file) => /\.ya?ml$/.test(file))
    .sort()
}

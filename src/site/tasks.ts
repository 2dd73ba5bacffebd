import { dirname, join } from 'node:path'
import { InputError, where } from '../core/errors.js'
import type { AnyResource } from '../core/resource.js'
import { nearest } from '../core/suggest.js'
import { ANSIBLE_ONLY, insteadOfKeyword, insteadOfModule } from './ansible-words.js'
import { parseArgs } from './arguments.js'
import { controls } from './controls.js'
import { parseExpression } from './expr.js'
import { type Fields, fieldsOf } from './fields.js'
import { type Files, isFile } from './files.js'
import { blockKeywords, importKeywords, loopKeywords, taskKeywords } from './keywords.js'
import type { Block, Condition, Loop, Role, Task } from './model.js'
import { attempt } from './problems.js'
import type { YamlFile } from './yaml.js'

/** The modules there are, by type. */
export type Modules = ReadonlyMap<string, Pick<AnyResource, 'schema' | 'shorthand' | 'inline'>>

export interface TaskContext {
  files: Pick<Files, 'yaml'>
  modules: Modules
  role: Role | undefined
  problems: InputError[]
  /** The files whose imports led here. */
  importing?: readonly string[]
}

/** What a task takes over from the block, include, role use or play around it. */
export type Outer = Partial<
  Pick<Task, 'when' | 'vars' | 'tags' | 'become' | 'environment' | 'throttle'>
>

const INCLUDE = 'include_tasks'
const BLOCK = 'block'
const KEYWORDS = Object.keys(taskKeywords)

/** Every task of a YAML list, with its blocks opened and its imports in place. */
export function parseTasks(
  yaml: YamlFile,
  path: readonly (string | number)[],
  context: TaskContext,
): Task[] {
  const what = path.length > 0 ? String(path.at(-1)) : 'a task file'
  return fieldsOf(yaml, path, context.problems, what).flatMap((fields) =>
    parseEntry(fields, context),
  )
}

/** A task with what surrounds it: conditions and tags add up, the inner become wins. */
export function adopt(task: Task, outer: Outer): Task {
  return {
    ...task,
    when: [...(outer.when ?? []), ...task.when],
    vars: [...(outer.vars ?? []), ...task.vars],
    tags: [...new Set([...(outer.tags ?? []), ...task.tags])],
    become: { ...outer.become, ...task.become },
    environment: [...(outer.environment ?? []), ...task.environment],
    throttle: task.throttle ?? outer.throttle,
    ...(task.block ? { block: adoptAll(task.block, outer) } : {}),
  }
}

function adoptAll({ block, rescue, always }: Block, outer: Outer): Block {
  const all = (tasks: readonly Task[]) => tasks.map((task) => adopt(task, outer))
  return { block: all(block), rescue: all(rescue), always: all(always) }
}

/** The keywords that a task shares with blocks, role uses and plays. */
export function parseOuter(fields: Fields): Outer & Required<Omit<Outer, 'throttle'>> {
  const enabled = fields.bool('become')
  const user = fields.string('become_user')
  return {
    when: conditions(fields, 'when') ?? [],
    vars: fields.has('vars') ? [fields.vars('vars')] : [],
    tags: fields.words('tags'),
    environment: fields.has('environment')
      ? [{ value: fields.raw('environment'), at: fields.valueAt('environment') }]
      : [],
    become: {
      ...(enabled === undefined ? {} : { enabled }),
      ...(user === undefined ? {} : { user }),
    },
    throttle: fields.count('throttle'),
  }
}

function parseEntry(fields: Fields, context: TaskContext): Task[] {
  if (fields.has('block')) return parseBlock(fields, context)
  if (moduleName(fields, 'import_tasks') !== undefined) return parseImport(fields, context)
  const task = parseTask(fields, context)
  return task ? [task] : []
}

function parseBlock(fields: Fields, context: TaskContext): Task[] {
  fields.onlyKnown('a block', Object.keys(blockKeywords))
  const outer = parseOuter(fields)
  const list = (key: string) =>
    fields.has(key) ? parseTasks(fields.yaml, [...fields.path, key], context) : []
  const block = adoptAll(
    { block: list('block'), rescue: list('rescue'), always: list('always') },
    outer,
  )
  if (block.rescue.length === 0 && block.always.length === 0) return block.block
  return [{ ...bareTask(fields, BLOCK, fields.string('name') ?? BLOCK, context), block }]
}

/** A task, or the tasks that a block stands for. */
export function leaves(task: Task): Task[] {
  if (!task.block) return [task]
  const { block, rescue, always } = task.block
  return [...block, ...rescue, ...always].flatMap(leaves)
}

function parseImport(fields: Fields, context: TaskContext): Task[] {
  const key = moduleName(fields, 'import_tasks')!
  fields.onlyKnown('import_tasks', [key, ...Object.keys(importKeywords)])
  const outer = parseOuter(fields)
  return importTasks(fields, key, context).map((task) => adopt(task, outer))
}

/** The tasks of another file, named as seen from the folder of this one. */
function importTasks(fields: Fields, key: string, context: TaskContext): Task[] {
  const { problems } = context
  const path = join(dirname(fields.yaml.file), fields.string(key) ?? '')
  const importing = [...(context.importing ?? []), fields.yaml.file]
  const problem = importing.includes(path)
    ? `"${path}" imports itself`
    : isFile(path)
      ? undefined
      : `there is no task file "${path}"`
  if (problem !== undefined) {
    problems.push(new InputError(fields.valueAt(key), problem))
    return []
  }
  const imported = attempt(problems, () => context.files.yaml(path))
  return imported ? parseTasks(imported, [], { ...context, importing }) : []
}

function parseTask(fields: Fields, context: TaskContext): Task | undefined {
  const names = [...context.modules.keys(), ...controls.keys()]
  const found = fields.keys.filter((key) => names.includes(bare(key)))
  const others = fields.keys.filter((key) => !KEYWORDS.includes(key) && !found.includes(key))
  for (const key of others) reportUnknown(fields, key, names, found.length > 0)
  const [key, second] = found
  if (second !== undefined)
    return fields.problem(second, `a task runs one module, not "${key!}" and "${second}"`)
  if (key === undefined) {
    if (others.length === 0) fields.problem('name', 'this task names no module')
    return undefined
  }
  const module = bare(key)
  const form = context.modules.get(module) ?? controls.get(module)!
  const { args, argAt } = parseArgs(fields, key, module, form)
  const loop = parseLoop(fields)
  if (loop && module === INCLUDE) fields.problem(loop.key, `${INCLUDE} takes no loop`)
  return {
    ...bareTask(fields, module, fields.string('name') ?? defaultName(module, args), context),
    args,
    argAt,
    ...parseOuter(fields),
    notify: fields.words('notify'),
    listen: fields.words('listen'),
    register: fields.string('register'),
    loop,
    changedWhen: conditions(fields, 'changed_when'),
    failedWhen: conditions(fields, 'failed_when'),
    until: parseUntil(fields),
    delegateTo: fields.has('delegate_to')
      ? { text: fields.string('delegate_to') ?? '', at: fields.valueAt('delegate_to') }
      : undefined,
    delegateFacts: fields.bool('delegate_facts') ?? false,
    runOnce: fields.bool('run_once') ?? false,
    ignoreErrors: fields.bool('ignore_errors') ?? false,
    checkMode: fields.bool('check_mode'),
    noLog: fields.bool('no_log') ?? false,
  }
}

/** A task with nothing but its place, name and module. */
function bareTask(fields: Fields, module: string, title: string, { role }: TaskContext): Task {
  return {
    at: fields.at,
    row: where(fields.at),
    title,
    name: role ? `${role.name} : ${title}` : title,
    module,
    args: {},
    argAt: () => fields.at,
    role,
    when: [],
    vars: [],
    tags: [],
    become: {},
    environment: [],
    throttle: undefined,
    notify: [],
    listen: [],
    register: undefined,
    loop: undefined,
    changedWhen: undefined,
    failedWhen: undefined,
    until: undefined,
    delegateTo: undefined,
    delegateFacts: false,
    runOnce: false,
    ignoreErrors: false,
    checkMode: undefined,
    noLog: false,
  }
}

function parseUntil(fields: Fields): Task['until'] {
  const list = conditions(fields, 'until')
  if (!list) return undefined
  const number = (key: string, unless: number) => {
    const text = fields.string(key) ?? String(unless)
    if (/^\d+(\.\d+)?$/.test(text)) return Number(text)
    fields.problem(key, `"${key}" must be a number`)
    return unless
  }
  return { conditions: list, retries: number('retries', 3), delay: number('delay', 5) }
}

function parseLoop(fields: Fields): (Loop & { key: string }) | undefined {
  const key = fields.has('loop') ? 'loop' : 'with_items'
  const items = fields.raw(key)
  if (items === undefined) return undefined
  const control = fields.map('loop_control')
  control?.onlyKnown('loop_control', Object.keys(loopKeywords))
  return {
    key,
    items,
    at: fields.valueAt(key),
    name: control?.string('loop_var') ?? 'item',
    indexName: control?.string('index_var'),
    label: control?.string('label'),
  }
}

/** Conditions, whose syntax is checked now rather than on a host. */
function conditions(fields: Fields, key: string): Condition[] | undefined {
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

function reportUnknown(fields: Fields, key: string, modules: string[], hasModule: boolean): void {
  const instead = (hasModule ? undefined : insteadOfModule(key)) ?? insteadOfKeyword(key)
  const module = nearest(bare(key), modules)
  const keyword = nearest(key, KEYWORDS)
  const near = keyword ?? module
  const isKeyword = instead ? instead === insteadOfKeyword(key) : keyword && !module
  const what =
    hasModule || isKeyword ? `unknown keyword "${key}" in a task` : `unknown module "${key}"`
  if (instead !== undefined) return fields.problem(key, `${what}: ${ANSIBLE_ONLY}`, instead)
  const hint = near ? `did you mean "${near}"?` : `the modules are: ${modules.sort().join(', ')}`
  fields.problem(key, what, hint)
}

/** A module's name without the collection that Ansible's users may write before it. */
function bare(key: string): string {
  return key.replace(/^ansible\.(builtin|posix)\./, '')
}

function moduleName(fields: Fields, module: string): string | undefined {
  return fields.keys.find((key) => bare(key) === module)
}

function defaultName(module: string, args: Record<string, unknown>): string {
  const first = Object.values(args).find((value) => typeof value === 'string')
  return first === undefined ? module : `${module} ${first}`
}

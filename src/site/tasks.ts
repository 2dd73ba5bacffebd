import { InputError, where } from '../core/errors.js'
import { nearest } from '../core/suggest.js'
import { ANSIBLE_ONLY, insteadOfKeyword, insteadOfModule } from './ansible-words.js'
import { parseArgs } from './arguments.js'
import { controls } from './controls.js'
import { type Fields, fieldsOf } from './fields.js'
import { importRole, importTasks, includerOf } from './includes.js'
import { blockKeywords, includeKeywords, loopKeywords, taskKeywords } from './keywords.js'
import type { Loop, Task } from './model.js'
import { adoptAll, parseConditions, parseOuter, passedOn } from './outer.js'
import type { TaskContext } from './task-context.js'
import type { YamlFile } from './yaml.js'

const BLOCK = 'block'
const INCLUDES = ['include_tasks', 'include_role']
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

function parseEntry(fields: Fields, context: TaskContext): Task[] {
  if (fields.has('block')) return parseBlock(fields, context)
  const tasks = moduleName(fields, 'import_tasks')
  if (tasks !== undefined) return importTasks(fields, tasks, context, parseTasks)
  const role = moduleName(fields, 'import_role')
  if (role !== undefined) return importRole(fields, role, context)
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
  const isInclude = INCLUDES.includes(module)
  if (isInclude) fields.onlyKnown(module, [key, ...others, ...Object.keys(includeKeywords)])
  const outer = parseOuter(fields)
  return {
    ...bareTask(fields, module, fields.string('name') ?? defaultName(module, args), context),
    args,
    argAt,
    ...outer,
    listen: fields.words('listen'),
    register: fields.string('register'),
    loop: parseLoop(fields),
    changedWhen: parseConditions(fields, 'changed_when'),
    failedWhen: parseConditions(fields, 'failed_when'),
    until: parseUntil(fields),
    ...(isInclude && {
      include: includerOf(fields, key, { args, argAt }, context, parseTasks),
      passesOn: passedOn(outer),
    }),
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
    delegateFacts: undefined,
    runOnce: undefined,
    ignoreErrors: undefined,
    ignoreUnreachable: undefined,
    checkMode: undefined,
    noLog: undefined,
    roleUse: undefined,
  }
}

/** A list of handlers. Two of one name are a mistake: only the first would ever run. */
export function parseHandlers(
  yaml: YamlFile,
  path: readonly (string | number)[],
  context: TaskContext,
): Task[] {
  const handlers = parseTasks(yaml, path, context)
  for (const [i, { title, listen, at }] of handlers.entries()) {
    const known = handlers.slice(0, i).some((other) => other.title === title)
    if (!known || listen.length > 0) continue
    const message = `a handler "${title}" stands in this list already: this one would never run`
    context.problems.push(
      new InputError(at, message, 'give it another name, or a topic to listen to'),
    )
  }
  return handlers
}

/** The end of a part of a play, where the notified handlers run. */
export function flush(play: Fields, context: TaskContext): Task {
  return {
    ...bareTask(play, 'meta', '', context),
    args: { action: 'flush_handlers' },
    tags: ['always'],
    implicit: true,
  }
}

function parseUntil(fields: Fields): Task['until'] {
  const list = parseConditions(fields, 'until')
  if (!list) return undefined
  const number = (key: string, unless: number) => {
    const text = fields.string(key) ?? String(unless)
    if (/^\d+(\.\d+)?$/.test(text)) return Number(text)
    fields.problem(key, `"${key}" must be a number, not "${text}"`, `${key}: ${unless}`)
    return unless
  }
  return { conditions: list, retries: number('retries', 3), delay: number('delay', 5) }
}

function parseLoop(fields: Fields): Loop | undefined {
  const key = fields.has('loop') ? 'loop' : 'with_items'
  const items = fields.raw(key)
  if (items === undefined) return undefined
  const control = fields.map('loop_control')
  control?.onlyKnown('loop_control', Object.keys(loopKeywords))
  return {
    items,
    flat: key === 'with_items',
    at: fields.valueAt(key),
    name: control?.string('loop_var') ?? 'item',
    indexName: control?.string('index_var'),
    label: control?.string('label'),
  }
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

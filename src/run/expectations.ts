import { everyTask, isOpen, withIncluded } from '../site/every-task.js'
import type { Play, Task } from '../site/model.js'
import { InputError, InputErrors } from '../core/errors.js'
import { NotYet } from '../site/scope.js'
import type { ExpandOptions } from './act.js'
import { expand } from './expand.js'
import type { HostRun } from './host.js'
import type { Due } from './queue.js'

type Names = Pick<ReadonlySet<string>, 'has'>

/** What a block that is rescued tells its rescue. */
const always = ['ansible_failed_task', 'ansible_failed_result']

/** What a task of any play registers on a host, the plays after it may read. */
export function expectRegisters(
  plays: readonly { play: Play; hosts: readonly HostRun[] }[],
  options: Omit<ExpandOptions, 'play'>,
): void {
  const tasks = new Map(plays.map(({ play }) => [play, everyTask(play)]))
  const elsewhere = [...tasks.values()]
    .flat()
    .filter(({ delegateFacts }) => delegateFacts)
    .flatMap(sets)
  options.variables.expectElsewhere(new Set(elsewhere))
  for (const host of new Set(plays.flatMap(({ hosts }) => hosts))) {
    const own = plays.filter(({ hosts }) => hosts.includes(host)).map(({ play }) => play)
    const names = new Set([...always, ...elsewhere])
    for (const play of own) for (const name of tasks.get(play)!.flatMap(sets)) names.add(name)
    host.expect(names)
    for (const play of own) {
      const open = tasks.get(play)!.filter(isOpen)
      expectIncluded(open, host, names, { ...options, play })
    }
  }
}

/** A file whose name only the host can tell may set any name at all. */
function expectIncluded(
  open: readonly Task[],
  host: HostRun,
  names: Set<string>,
  options: ExpandOptions,
): void {
  for (const task of open) {
    // All the files of a role were read, whichever of them it will be.
    if (task.role && task.module === 'include_tasks') continue
    const included = attemptInclude({ task }, host, options)
    if (!included) return host.expect(anything)
    for (const name of withIncluded(included).flatMap(sets)) names.add(name)
  }
}

const anything: Names = { has: () => true }

/** The tasks that an include takes in on a host; undefined when that cannot be told yet. */
function attemptInclude(due: Due, host: HostRun, options: ExpandOptions): Task[] | undefined {
  try {
    const expanded = expand(due, host, new Set(), options)
    if (expanded.kind === 'included') return expanded.tasks
    if (expanded.kind !== 'turns') return []
    const turns = expanded.turns.map((turn) => attemptInclude({ ...due, turn }, host, options))
    return turns.every((tasks) => tasks !== undefined) ? turns.flat() : undefined
  } catch (error) {
    if (error instanceof NotYet) return undefined
    if (error instanceof InputError || error instanceof InputErrors) return [] // It is told when its turn comes.
    throw error
  }
}

/** The variables that a task sets on its host. */
function sets(task: Task): string[] {
  const facts = task.module === 'set_fact' ? Object.keys(task.args) : []
  return task.register === undefined ? facts : [...facts, task.register]
}

import { where } from '../core/errors.js'
import type { Included, Play, Task } from './model.js'
import { adopt } from './outer.js'
import { attempt } from './problems.js'
import { leaves } from './tasks.js'

/** Every task that a play may come to, as far as the files tell. */
export function everyTask(play: Play): Task[] {
  const files = play.roles.flatMap(({ role }) => [...role.taskFiles.values()].flat())
  return withIncluded([...play.tasks, ...files, ...play.handlers])
}

/** Tasks, those inside of blocks, and those that includes without a template in their name bring. */
export function withIncluded(
  tasks: readonly Task[],
  seen: ReadonlySet<string> = new Set(),
): Task[] {
  return tasks.flatMap(leaves).flatMap((task) => {
    const place = where(task.at)
    const included = seen.has(place) ? undefined : plainlyIncluded(task)
    if (!included) return [task]
    const inner = included.tasks.map((each) => adopt(each, { vars: task.vars }))
    return [task, ...withIncluded(inner, new Set([...seen, place]))]
  })
}

/** Whether only a host, or a turn, can tell what an include takes in. */
export function isOpen({ include, args }: Task): boolean {
  return include !== undefined && JSON.stringify(args).includes('{{')
}

/** What an include takes in, where that is plain. What is wrong with it was told when it was read. */
export function plainlyIncluded(task: Task): Included | undefined {
  return isOpen(task) ? undefined : attempt([], () => task.include?.(task.args))
}

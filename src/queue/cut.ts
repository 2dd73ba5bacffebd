import { everyTask } from '../site/every-task.js'
import type { PlannedPlay } from '../run/preflight.js'

/** Of a batch each worker gets several parts: who is quick, or comes later, takes more of them. */
const PARTS = 4

/**
 * Cuts the hosts of a batch into parts for workers, who have `forks` hosts in hand at once: no
 * part keeps less than that busy, unless some worker would have none.
 */
export function cut<T>(hosts: readonly T[], workers: number, forks: number): T[][] {
  const each = Math.ceil(hosts.length / Math.max(1, workers))
  const size = Math.max(1, Math.ceil(each / PARTS), Math.min(forks, each))
  const parts: T[][] = []
  for (let at = 0; at < hosts.length; at += size) parts.push(hosts.slice(at, at + size))
  return parts
}

/**
 * Why the hosts of a batch must stay together: what one of them does, others of it wait for, or
 * may read. Undefined when each goes its own way.
 */
export function whole(planned: Pick<PlannedPlay, 'play'>, elsewhere: boolean): string | undefined {
  const tasks = everyTask(planned.play)
  if (tasks.some(({ runOnce }) => runOnce)) return 'run_once'
  if (tasks.some(({ throttle }) => Boolean(throttle))) return 'throttle'
  if (tasks.some(({ delegateFacts }) => delegateFacts)) return 'delegate_facts'
  const vars = JSON.stringify([...planned.play.vars.values()].map(({ value }) => value))
  return elsewhere || readsOthers(vars) || tasks.some(reads) ? 'hostvars' : undefined
}

/** Whether a text tells of other hosts' variables. */
export const readsOthers = (text: string) => /\bhostvars\b/.test(text)

/** Whether a task does; what it takes in is no text, and has tasks of its own. */
function reads(task: ReturnType<typeof everyTask>[number]): boolean {
  const { args, when, vars, loop, changedWhen, failedWhen, until, environment, delegateTo } = task
  const own = [args, when, loop, changedWhen, failedWhen, until, environment, delegateTo]
  const values = vars.flatMap((map) => [...map.values()].map(({ value }) => value))
  return readsOthers(JSON.stringify([own, values, task.name]))
}

import { InputError } from '../core/errors.js'
import { didYouMean } from '../core/suggest.js'
import { leaves } from '../site/tasks.js'
import type { PlannedPlay } from './preflight.js'

/**
 * The plays without what stands before a task; its name is as the output shows it, or without
 * the role. Handlers stay: what is notified still runs.
 *
 * @throws InputError when no task has the name
 */
export function startAt(plays: readonly PlannedPlay[], name: string): PlannedPlay[] {
  const isIt = (task: { name: string; title: string }) => task.name === name || task.title === name
  const position = ({ tasks }: PlannedPlay) => tasks.findIndex((task) => leaves(task).some(isIt))
  const first = plays.findIndex((planned) => position(planned) >= 0)
  const found = plays[first]
  if (!found) {
    const all = plays.flatMap(({ tasks }) => tasks.flatMap(leaves))
    const hint = didYouMean(
      name,
      all.map(({ title }) => title),
      '--list-tasks lists them',
    )
    throw new InputError(
      { file: '--start-at-task', line: 1, col: 1 },
      `there is no task "${name}"`,
      hint,
    )
  }
  return plays.map((planned, i) => {
    const tasks = i < first ? [] : i > first ? planned.tasks : found.tasks.slice(position(found))
    return { ...planned, tasks }
  })
}

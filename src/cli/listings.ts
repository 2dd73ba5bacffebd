import type { PlannedPlay } from '../run/preflight.js'
import type { Task } from '../site/model.js'
import { leaves } from '../site/tasks.js'

/** As ansible-playbook --list-hosts prints it. */
export function listHosts(plays: readonly PlannedPlay[]): string {
  return each(plays, ({ play, hosts }) => [
    `    pattern: ${play.hosts.text}`,
    `    hosts (${hosts.length}):`,
    ...hosts.map(({ name }) => `      ${name}`),
  ])
}

/** As ansible-playbook --list-tasks prints it. */
export function listTasks(plays: readonly PlannedPlay[]): string {
  return each(plays, ({ tasks }) => [
    '    tasks:',
    ...written(tasks).map(({ name, tags }) => `      ${name}\tTAGS: [${tags.join(', ')}]`),
  ])
}

/** As ansible-playbook --list-tags prints it. */
export function listTags(plays: readonly PlannedPlay[]): string {
  return each(plays, ({ tasks }) => {
    const tags = new Set(written(tasks).flatMap((task) => task.tags))
    return [`    TASK TAGS: [${[...tags].sort().join(', ')}]`]
  })
}

const written = (tasks: readonly Task[]) => tasks.flatMap(leaves).filter((task) => !task.implicit)

function each(plays: readonly PlannedPlay[], show: (planned: PlannedPlay) => string[]): string {
  const lines = plays.flatMap((planned, i) => {
    const { name, hosts } = planned.play
    return ['', `  play #${i + 1} (${hosts.text}): ${name}`, ...show(planned)]
  })
  return `${lines.join('\n')}\n`
}

import type { PlannedPlay } from '../run/preflight.js'
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
    ...tasks.flatMap(leaves).map(({ name, tags }) => `      ${name}\tTAGS: [${tags.join(', ')}]`),
  ])
}

/** As ansible-playbook --list-tags prints it. */
export function listTags(plays: readonly PlannedPlay[]): string {
  return each(plays, ({ tasks }) => {
    const tags = new Set(tasks.flatMap(leaves).flatMap((task) => task.tags))
    return [`    TASK TAGS: [${[...tags].sort().join(', ')}]`]
  })
}

function each(plays: readonly PlannedPlay[], show: (planned: PlannedPlay) => string[]): string {
  const lines = plays.flatMap((planned, i) => {
    const { name, hosts } = planned.play
    return ['', `  play #${i + 1} (${hosts.text}): ${name}`, ...show(planned)]
  })
  return `${lines.join('\n')}\n`
}

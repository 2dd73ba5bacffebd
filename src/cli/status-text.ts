import { Exit } from '../core/errors.js'
import { meaningOf } from '../lvs/drift.js'
import {
  type ClusterStatus,
  type DirectorStatus,
  type Level,
  levels,
  type RealServerStatus,
} from '../lvs/status.js'
import { enumerate, paint } from '../report/text.js'
import { type Colour, directorTable, serverTable, serviceTable } from './status-cells.js'
import { trafficTables } from './status-traffic.js'

export interface StatusOptions extends Colour {
  /** The columns there are; Infinity where nothing has to fit. */
  width: number
  /** The lines there are: real servers that are well are left out when they are too many. */
  height?: number
  /** Show also what ipvsadm -L -n --stats and --rate show. */
  verbose: boolean
}

/** The cluster at a glance, in lines: the tables, what is wrong, and the verdict. */
export function statusLines(status: ClusterStatus, options: StatusOptions): string[] {
  const { width, height = Infinity } = options
  const servers = [...status.realServers].sort(byLevel)
  const whole = (shown: readonly RealServerStatus[]) => {
    const left = servers.length - shown.length
    return [
      ...blocks([
        directorTable(status.directors, width, options),
        serviceTable(status.services, width),
        [
          ...serverTable(shown, width, options),
          ...(left > 0 ? [`  and ${left} more, all well`] : []),
        ],
        ...(options.verbose ? trafficTables(status.services) : []),
        details(status).flatMap((line) => wrapped(line, width)),
      ]),
      ...verdict(status, options),
    ]
  }
  const all = whole(servers)
  if (all.length <= height) return all
  const well = servers.filter(({ level }) => level === null).length
  const over = Math.min(well, all.length - height + 1)
  const fewer = whole(servers.slice(0, servers.length - over))
  const more = fewer.length - height
  if (more <= 0) return fewer
  return [...fewer.slice(0, height - 2), `... ${more + 1} more lines`, fewer.at(-1)!]
}

/** With an empty line after each that has any lines. */
function blocks(parts: readonly (readonly string[])[]): string[] {
  return parts.flatMap((lines) => (lines.length > 0 ? [...lines, ''] : []))
}

function byLevel(a: { level: Level | null }, b: { level: Level | null }): number {
  const rank = ({ level }: typeof a) => (level ? levels.indexOf(level) : levels.length)
  return rank(a) - rank(b)
}

/** What is wrong, the worst first, and each thing once with those whom it concerns. */
function details({ directors, realServers, drift }: ClusterStatus): string[] {
  const hosts = [...directors, ...realServers].sort(byLevel)
  const problems = hosts.flatMap(({ host, problems }) =>
    problems.map(({ message }) => [message, host] as const),
  )
  const differing = drift.map((each) => {
    return [`${each.director}: ${meaningOf(each)}`, `  ${each.message}`] as const
  })
  const told = new Set(drift.map(({ director }) => director))
  const changes = hosts.flatMap(({ host, check }) =>
    (check?.would ?? [])
      .filter(({ module, summary }) => !told.has(host) || !isTable(module, summary, directors))
      .map(({ task, summary }) => [`a run would: ${task}: ${summary}`, host] as const),
  )
  return [
    ...named(grouped(problems)),
    ...[...grouped(differing)].flatMap(([head, messages]) => [head, ...messages]),
    ...named(grouped(changes)),
  ]
}

function named(messages: ReadonlyMap<string, string[]>): string[] {
  return [...messages].map(([message, hosts]) => `${enumerate(hosts)}: ${message}`)
}

/** Whether a change is about the table, which the three-way comparison told better. */
function isTable(module: string, summary: string, directors: readonly DirectorStatus[]): boolean {
  const files = directors.flatMap(({ saved }) => saved?.path ?? [])
  return module.startsWith('ipvs_') || files.some((path) => summary.startsWith(`${path}: `))
}

function grouped(pairs: readonly (readonly [string, string])[]): Map<string, string[]> {
  const groups = new Map<string, string[]>()
  for (const [key, value] of pairs) groups.set(key, [...(groups.get(key) ?? []), value])
  return groups
}

/** Cut at spaces; what follows the first line is set in. */
function wrapped(text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(/(?<=\S) /)) {
    const longer = line === '' ? word : `${line} ${word}`
    if (line !== '' && longer.length > width) {
      lines.push(line)
      line = `    ${word}`
    } else line = longer
  }
  return [...lines, line]
}

function verdict(
  { directors, realServers, exit }: ClusterStatus,
  options: StatusOptions,
): string[] {
  const hosts = [...directors, ...realServers]
  const parts = levels.flatMap((level) => {
    const names = hosts.filter((host) => host.level === level).map(({ host }) => host)
    return names.length > 0 ? [`${level}: ${enumerate(names)}`] : []
  })
  const meant = realServers.filter((server) => server.meant)
  const serving = meant.filter((server) => server.serving)
  const serve = `${serving.length} of ${meant.length} real servers serve`
  const checked = hosts.every(({ check }) => check?.word === 'in state')
  const well = `${serve}, ${checked ? 'everything is in state' : 'all is well'}`
  const text = parts.length > 0 ? [...parts, serve].join('; ') : well
  const style = exit === Exit.ok ? 'green' : exit === Exit.drift ? 'yellow' : 'red'
  return wrapped(text, options.width).map((line) => paint(style, line, options))
}

import { InputError, type Position } from '../core/errors.js'
import { didYouMean } from '../core/suggest.js'
import type { PlannedPlay } from '../run/preflight.js'
import { names } from '../run/tags.js'
import { isOpen, withIncluded } from '../site/every-task.js'
import type { Inventory } from '../site/inventory.js'
import type { Task } from '../site/model.js'

/** What narrows a run down. */
interface Wanted {
  inventory: readonly string[]
  limit: string | undefined
  tags: readonly string[]
  skipTags: readonly string[]
  startAtTask?: string | undefined
}

/** What is left of the plays, and what there was. */
interface Planned {
  inventory: Inventory
  /** After --limit, --tags and --start-at-task. */
  plays: readonly PlannedPlay[]
  /** The hosts of the plays before --limit. */
  unlimited: readonly string[]
  /** Whether --tags and --skip-tags leave a task. */
  selected: (task: Task) => boolean
}

const SHOWN = 10

/**
 * Why a run would do nothing on any host, which must not look like one that found everything in
 * state. That one of several plays has no host is no error.
 */
export function nothingToDo(planned: Planned, wanted: Wanted): InputError | undefined {
  if (planned.plays.every(({ hosts }) => hosts.length === 0)) return noHost(planned, wanted)
  return noTask(planned, wanted)
}

function noHost({ inventory, plays, unlimited }: Planned, wanted: Wanted): InputError {
  if (wanted.limit !== undefined && unlimited.length > 0) {
    const message = `"${wanted.limit}" leaves no host of the plays`
    return new InputError(flag('--limit'), message, `they are for ${shown(unlimited)}`)
  }
  if (inventory.hosts.size === 0) {
    const sources = wanted.inventory.join(', ')
    const hint = 'write the hosts into it, or name another inventory with -i'
    return new InputError(flag(`-i ${sources}`), 'the inventory has no hosts', hint)
  }
  const patterns = new Set(plays.map(({ play }) => play.hosts.text))
  const message = `no play has a host: none is in ${shown([...patterns])}`
  const hint = `put hosts into that group; the inventory has ${shown([...inventory.hosts.keys()])}`
  return new InputError(plays[0]?.play.hosts.at, message, hint)
}

function noTask({ plays, selected }: Planned, wanted: Wanted): InputError | undefined {
  const { tags, skipTags, startAtTask } = wanted
  const own = plays.filter(({ hosts }) => hosts.length > 0)
  const left = own.flatMap(({ tasks }) => tasks.filter(({ implicit }) => !implicit))
  // What an include brings that only a host can tell may have any tag.
  const isMeant = (task: Task) => selected(task) && (isOpen(task) || names(tags, task))
  if (tags.length > 0) {
    if (withIncluded(left).some(isMeant)) return undefined
    return new InputError(
      flag('--tags'),
      `no task has the tag ${quoted(tags)}`,
      nearTag(plays, tags),
    )
  }
  if (left.length > 0 || (skipTags.length === 0 && startAtTask === undefined)) return undefined
  if (skipTags.length > 0) {
    const message = `without the tag ${quoted(skipTags)} no task is left`
    return new InputError(flag('--skip-tags'), message, '--list-tags lists the tags')
  }
  const message = `from "${startAtTask}" on no play has a host`
  return new InputError(
    flag('--start-at-task'),
    message,
    '--list-hosts lists the hosts of each play',
  )
}

function nearTag(plays: readonly PlannedPlay[], [tag = '']: readonly string[]): string {
  const all = plays.flatMap(({ play }) => withIncluded(play.tasks)).flatMap((task) => task.tags)
  const others = [...new Set(all)].sort()
  const hint = others.length > 0 ? `the tags are: ${others.join(', ')}` : 'the playbook has no tags'
  return didYouMean(tag, others, hint)
}

function flag(file: string): Position {
  return { file, line: 1, col: 1 }
}

function quoted(words: readonly string[]): string {
  return words.map((word) => `"${word}"`).join(', ')
}

function shown(words: readonly string[]): string {
  const more = words.length > SHOWN ? ` and ${words.length - SHOWN} more` : ''
  return `${words.slice(0, SHOWN).join(', ')}${more}`
}

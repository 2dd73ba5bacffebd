import { createHash } from 'node:crypto'
import { basename, dirname, resolve } from 'node:path'
import type { Become } from '../core/transport.js'
import type { Play, Task } from '../site/model.js'

/** What tells a handler from all others, on every control node: it stands in a host's list as JSON. */
interface Key {
  /** The playbook's file and the folder it is in. Where that folder is differs between machines. */
  playbook: string
  play: string
  /** Of several plays of that name in one file, which. */
  nthPlay: number
  role: string
  handler: string
  /** The same of handlers. */
  nth: number
  /** A digest of what it does, as written. */
  does: string
}

/** A line of a host's list of owed handlers, and the user whose list it is. */
export interface Listed {
  line: string
  as: Become | undefined
}

/** One that was read. */
export interface Owed extends Listed {
  /** Undefined on a line that an older version wrote: it is no more than the handler's name. */
  key: Key | undefined
}

/** A play, the plays of the same run, and the folder that its file is seen from. */
interface Where {
  play: Play
  plays: readonly { play: Play }[]
  files: { cwd: string }
}

export function readOwed(list: string, as: Become | undefined): Owed[] {
  return list
    .split('\n')
    .filter(Boolean)
    .map((line) => ({ line, key: keyIn(line), as }))
}

/** A handler as a line of the list. JSON keeps it one line, whatever is in a name. */
export function owedLine(handler: Task, where: Where): string {
  return JSON.stringify(keyOf(handler, where))
}

/**
 * Whether a line means this handler. A folder may have another name on another machine: what does
 * the same under the same names is the same.
 */
export function means({ key, line }: Owed, handler: Task, where: Where): boolean {
  if (!key) return line === handler.name
  const own = keyOf(handler, where)
  return (
    isOf(key, where) &&
    key.role === own.role &&
    key.handler === own.handler &&
    key.nth === own.nth &&
    (key.playbook === own.playbook || key.does === own.does)
  )
}

/** Whether a handler of this play may be meant. */
export function mayBeOf({ key }: Owed, where: Where): boolean {
  return !key || isOf(key, where)
}

/** The line, for people: `"restart" of the play "web" in lvs/site.yml`. */
export function named({ key, line }: Owed): string {
  if (!key) return `"${line}"`
  const { role, handler, play, playbook } = key
  return `"${role === '' ? handler : `${role} : ${handler}`}" of the play "${play}" in ${playbook}`
}

function isOf(key: Key, where: Where): boolean {
  const { playbook, play, nthPlay } = playKey(where)
  return (
    basename(key.playbook) === basename(playbook) && key.play === play && key.nthPlay === nthPlay
  )
}

function keyOf(handler: Task, where: Where): Key {
  const alike = where.play.handlers.filter(({ name }) => name === handler.name)
  return {
    ...playKey(where),
    role: handler.role?.name ?? '',
    handler: handler.title,
    nth: alike.indexOf(handler) + 1,
    does: digest([handler.module, handler.args]),
  }
}

function playKey({ play, plays, files }: Where): Pick<Key, 'playbook' | 'play' | 'nthPlay'> {
  const { file } = play.at
  const alike = plays.filter(({ play: { at, name } }) => at.file === file && name === play.name)
  return {
    playbook: `${basename(dirname(resolve(files.cwd, file)))}/${basename(file)}`,
    play: play.name,
    nthPlay: alike.findIndex((each) => each.play === play) + 1,
  }
}

/** What was sealed is in it as [REDACTED]: a digest would tell a short secret. */
function digest(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 12)
}

const EXAMPLE: Key = {
  ...{ playbook: '', play: '', nthPlay: 1 },
  ...{ role: '', handler: '', nth: 1, does: '' },
}

function keyIn(line: string): Key | undefined {
  try {
    const key = JSON.parse(line) as Key | null
    const isKey = Object.entries(EXAMPLE).every(
      ([name, value]) => typeof key?.[name as keyof Key] === typeof value,
    )
    return isKey ? key! : undefined
  } catch {
    return undefined
  }
}

import type { Schema } from '../core/resource.js'
import { allOf, type Sh, sh } from '../core/sh.js'

/** Who owns a file, and who may do what with it; what is left out stays as it is. */
export interface Attributes {
  mode?: string
  owner?: string
  group?: string
}

export const attributeSchema: Record<keyof Attributes, Schema> = {
  mode: {
    type: 'string',
    pattern: '^[0-7]{3,4}$',
    quoted: true,
    description:
      'Permission bits in octal, quoted: "0644". Without the quotes YAML makes 0644 the number 420.',
  },
  owner: { type: 'string', minLength: 1, description: 'Name or number of the owning user.' },
  group: { type: 'string', minLength: 1, description: 'Name or number of the owning group.' },
}

/** A full path of one line. */
export const pathSchema: Schema = { type: 'string', pattern: '^/.*$' }

/** What stat says of a path. */
export interface Stat {
  type: 'file' | 'directory' | 'link' | 'other'
  mode: number
  uid: string
  gid: string
  owner: string
  group: string
}

/** One line for each path that exists. `links`: what they lead to, or the links themselves. */
export function statEach(paths: readonly string[] | Sh, links: 'followed' | 'themselves'): Sh {
  const follow = links === 'followed' ? sh`-L ` : sh``
  return sh`stat ${follow}-c %f:%u:%g:%U:%G:%n ${paths} 2>/dev/null || :`
}

/** The lines of statEach among others, by path. */
export function readStats(stdout: string): Map<string, Stat> {
  const found = stdout.matchAll(/^([0-9a-f]+):(\d+):(\d+):([^:\n]*):([^:\n]*):(\/.*)$/gm)
  return new Map(
    Array.from(found, ([, bits, uid, gid, owner, group, path]) => [
      path!,
      { ...readBits(bits!), uid: uid!, gid: gid!, owner: owner!, group: group! },
    ]),
  )
}

/** What differs from the wanted attributes, for people: `mode 0600 -> 0644`. */
export function attributeDrift({ mode, owner, group }: Attributes, have: Stat): string[] {
  const drift: string[] = []
  if (mode !== undefined && parseMode(mode) !== have.mode) {
    drift.push(`mode ${showMode(have.mode)} -> ${showMode(parseMode(mode))}`)
  }
  if (owner !== undefined && owner !== have.owner && owner !== have.uid) {
    drift.push(`owner ${have.owner} -> ${owner}`)
  }
  if (group !== undefined && group !== have.group && group !== have.gid) {
    drift.push(`group ${have.group} -> ${group}`)
  }
  return drift
}

/** The owner first: changing it clears the set-user-id bit. */
export function setAttributes(path: string | Sh, { mode, owner = '', group = '' }: Attributes): Sh {
  const steps: Sh[] = []
  if (owner || group) steps.push(sh`chown ${`${owner}:${group}`} ${path}`)
  if (mode !== undefined) steps.push(sh`chmod ${chmodDigits(mode)} ${path}`)
  return allOf(steps)
}

/** Five digits: with fewer, chmod leaves a folder's set-group-id bit as it is. */
export function chmodDigits(mode: string): string {
  return mode.padStart(5, '0')
}

function showMode(mode: number): string {
  return mode.toString(8).padStart(4, '0')
}

function parseMode(mode: string): number {
  return Number.parseInt(mode, 8)
}

const types: Readonly<Record<number, Stat['type']>> = {
  0o100000: 'file',
  0o040000: 'directory',
  0o120000: 'link',
}

function readBits(hex: string): Pick<Stat, 'type' | 'mode'> {
  const bits = Number.parseInt(hex, 16)
  return { type: types[bits & 0o170000] ?? 'other', mode: bits & 0o7777 }
}

import { dump } from 'js-yaml'
import type { Position } from '../../core/errors.js'

/** A key of a YAML map with its value, and the place in a file that tells it. */
export interface Entry {
  key: string
  value: Value
  at?: Position | undefined
}

export type Scalar = string | number | boolean

/** A scalar, a list or a map; `undefined` is an empty map's sign: nothing after the colon. */
export type Value =
  { scalar: string | number | boolean } | { items: Item[] } | { entries: Entry[] } | undefined

export interface Item {
  value: { scalar: Scalar } | { flow: Readonly<Record<string, Scalar>> } | { entries: Entry[] }
  at?: Position | undefined
}

/** A line of the result, and where what it says comes from. */
export interface Line {
  text: string
  at?: Position | undefined
}

const WIDEST = 44

/** A map as lines of YAML. */
export function yamlLines(entries: readonly Entry[], indent = ''): Line[] {
  return entries.flatMap(({ key, value, at }): Line[] => {
    const head = `${indent}${inline(key)}:`
    if (value === undefined) return [{ text: head, at }]
    if ('scalar' in value) return [{ text: `${head} ${inline(value.scalar)}`, at }]
    if ('items' in value) {
      if (value.items.length === 0) return [{ text: `${head} []`, at }]
      return [{ text: head, at }, ...value.items.flatMap((item) => itemLines(item, indent))]
    }
    return [{ text: head, at }, ...yamlLines(value.entries, `${indent}  `)]
  })
}

function itemLines({ value, at }: Item, indent: string): Line[] {
  if ('scalar' in value) return [{ text: `${indent}  - ${inline(value.scalar)}`, at }]
  if ('flow' in value) {
    return [{ text: `${indent}  - ${inline(value.flow)}`, at }]
  }
  const lines = yamlLines(value.entries, `${indent}    `)
  const [first, ...rest] = lines
  if (!first) return []
  return [{ ...first, text: `${indent}  - ${first.text.trimStart()}` }, ...rest]
}

/** In one line, as every reader of YAML takes it: `yes`, `1:20` and `0x10` stay text. */
function inline(value: Scalar | Readonly<Record<string, Scalar>>): string {
  return dump(value, { lineWidth: -1, flowLevel: 0 }).trimEnd()
}

/** The text, with a comment behind each line that says where it comes from. */
export function commented(lines: readonly Line[]): string {
  const width = Math.min(
    WIDEST,
    Math.max(0, ...lines.filter(({ at }) => at).map(({ text }) => text.length)),
  )
  return lines
    .map(({ text, at }) => (at ? `${text.padEnd(width)}  # ${sourceOf(at)}` : text))
    .map((line) => `${line}\n`)
    .join('')
}

/** `lvs.sh:12`; of the command line just the option. */
export function sourceOf({ file, line }: Position): string {
  return file.startsWith('-') ? file : `${file}:${line}`
}

import {
  COLLECTION_STYLE,
  type Event,
  EVENT_ID,
  getScalarValue,
  SCALAR_STYLE,
  type ScalarEvent,
} from 'js-yaml'
import { typeName } from './python-values.js'
import type { Parsed } from './yaml-parse.js'
import { plainValue, VAULT_TAGS } from './yaml-schema.js'

/** Where a value stands in its text, and all that is in it; offsets count from 0. */
export interface Place {
  at: number
  /** Of what is in a map, where its key stands. */
  key?: number
  entries?: Map<string, Place>
  items?: Place[]
}

/** The places of a text, the values of `!vault`, and what is wrong although it parses. */
export interface Places {
  root: Place | undefined
  sealed: { text: string; at: number }[]
  problems: { at: number; message: string; hint: string }[]
}

/** Reads the places off the events of the parser, in one pass. */
export function placesOf({ text, events }: Pick<Parsed, 'text' | 'events'>): Places {
  const walk = new Walk(text)
  for (const event of events) walk.take(event)
  return walk
}

type NodeEvent = Exclude<Event, { type: typeof EVENT_ID.DOCUMENT } | { type: typeof EVENT_ID.POP }>

/** What has begun: a document, a list, or a map with the key whose value comes next. */
interface Frame {
  place?: Place
  flow?: boolean
  key?: { text: string | undefined; at: number } | undefined
}

class Walk implements Places {
  root: Place | undefined
  readonly sealed: Places['sealed'] = []
  readonly problems: Places['problems'] = []
  readonly #frames: Frame[] = []
  readonly #anchors = new Map<string, Place>()
  #documents = 0
  /** The end of what was read last. */
  #end = 0

  constructor(private readonly text: string) {}

  take(event: Event): void {
    if (event.type === EVENT_ID.POP) this.#frames.pop()
    else if (event.type === EVENT_ID.DOCUMENT) this.#document()
    else this.#node(event, this.#frames.at(-1)!)
  }

  #document(): void {
    this.#frames.push({})
    if (++this.#documents !== 2) return
    const at = this.text.indexOf('\n---', this.#end) + 1
    this.#problem(at, 'a second document begins here', 'keep one: split the file, or join the two')
  }

  #node(event: NodeEvent, parent: Frame): void {
    const at = this.#offset(event, parent)
    const place = this.#place(event, at)
    if (parent.place?.entries && !parent.key) this.#beKey(event, at, parent)
    else this.#beValue(place, parent)
    if (event.type === EVENT_ID.MAPPING || event.type === EVENT_ID.SEQUENCE) {
      this.#frames.push({ place, flow: event.style === COLLECTION_STYLE.FLOW })
      this.#end = at
    } else {
      const end = event.type === EVENT_ID.SCALAR ? event.valueEnd : event.anchorEnd
      this.#end = Math.max(this.#end, end, at + 1)
    }
  }

  #place(event: NodeEvent, at: number): Place {
    const anchor = this.text.slice(event.anchorStart, event.anchorEnd)
    if (event.type === EVENT_ID.ALIAS) return this.#meantBy(anchor, at)
    const place: Place = { at }
    if (event.type === EVENT_ID.MAPPING) place.entries = new Map()
    if (event.type === EVENT_ID.SEQUENCE) place.items = []
    if (event.anchorStart >= 0) this.#anchors.set(anchor, place)
    if (event.type === EVENT_ID.SCALAR && this.#isSealed(event)) {
      this.sealed.push({ text: getScalarValue(this.text, event), at })
    }
    return place
  }

  #meantBy(alias: string, at: number): Place {
    const meant = this.#anchors.get(alias)
    if (meant && this.#frames.some(({ place }) => place === meant)) {
      this.#problem(at, `*${alias} stands inside of &${alias} itself`, 'write out what it means')
    }
    return { ...meant, at }
  }

  #beKey(event: NodeEvent, at: number, map: Frame): void {
    const { entries, at: mapAt } = map.place!
    const text = event.type === EVENT_ID.SCALAR ? this.#keyText(event, at) : undefined
    map.key = { text, at }
    if (text !== undefined && entries!.has(text)) {
      const hint = 'keep one of the two: the other would be lost without a word'
      this.#problem(at, 'duplicate key: its map has it already', hint)
    } else if (event.type === EVENT_ID.MAPPING && map.flow && entries!.size === 0) {
      this.#problem(mapAt, 'a value that starts with {{ must be quoted', 'write "{{ ... }}"')
    }
  }

  #beValue(place: Place, parent: Frame): void {
    const { place: inside, key } = parent
    parent.key = undefined
    if (!inside) this.root ??= place
    else if (inside.items) inside.items.push(place)
    else if (key?.text !== undefined) {
      place.key = key.at
      inside.entries!.set(key.text, place)
    }
  }

  /** A key as it is written. What YAML makes of a word must not become a name. */
  #keyText(event: ScalarEvent, at: number): string {
    const text = getScalarValue(this.text, event)
    if (event.style !== SCALAR_STYLE.PLAIN || event.tagStart >= 0) return text
    const value = plainValue(text)
    const read = String(value)
    if (typeof value === 'string' || (typeof value === 'number' && read === text)) return text
    if (text === '') {
      this.#problem(at, 'a key is text, and this one is empty', 'write a name before the colon')
    } else {
      const what = `YAML reads ${text} as ${read === text ? typeName(value) : read}`
      this.#problem(at, `a key is text, and ${what}`, `put it in quotes: "${text}"`)
    }
    return text
  }

  #isSealed({ tagStart, tagEnd }: ScalarEvent): boolean {
    return tagStart >= 0 && VAULT_TAGS.includes(this.text.slice(tagStart, tagEnd))
  }

  /** Where a node begins: of a text its quote, of a block of lines its `|`. */
  #offset(event: NodeEvent, { key }: Frame): number {
    if (event.type === EVENT_ID.ALIAS) return event.anchorStart - 1
    if (event.type !== EVENT_ID.SCALAR) return event.start
    const { valueStart, style } = event
    if (valueStart < 0) return key?.at ?? this.#nextDash()
    if (style === SCALAR_STYLE.PLAIN) return valueStart
    if (style === SCALAR_STYLE.SINGLE_QUOTED || style === SCALAR_STYLE.DOUBLE_QUOTED)
      return valueStart - 1
    const line = this.text.lastIndexOf('\n', valueStart - 2) + 1
    return line + this.text.slice(line, valueStart).search(/[|>][-+\d]*[ \t]*(?:#.*)?\s*$/)
  }

  /** Of an item that is empty, all there is to see is its dash. */
  #nextDash(): number {
    const gap = /(?:[\s\]}"',]|#.*)*/y
    gap.lastIndex = this.#end
    gap.test(this.text)
    return this.text[gap.lastIndex] === '-' ? gap.lastIndex : this.#end
  }

  #problem(at: number, message: string, hint: string): void {
    this.problems.push({ at, message, hint })
  }
}

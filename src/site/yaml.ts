import { constructFromEvents, YAMLException } from 'js-yaml'
import { InputError, InputErrors, type Position } from '../core/errors.js'
import { Vault } from './vault.js'
import { isSealed } from './vault-cipher.js'
import { PAD, type Parsed, parseYaml } from './yaml-parse.js'
import { type Place, type Places, placesOf } from './yaml-places.js'
import { schemaOf } from './yaml-schema.js'
import { syntaxError } from './yaml-syntax.js'

export type Path = readonly (string | number)[]

/**
 * A YAML file as plain values, with the position of every one of them.
 *
 * YAML 1.1, as Ansible's own parser reads it (`yes` is true, 0644 is octal), without
 * timestamps, and with `y` and `n` left as strings, again as there. What Ansible Vault
 * sealed is opened: a whole file, and the value of every `!vault`.
 */
export class YamlFile {
  readonly #root: Place | undefined
  #parsed: Parsed
  #lines: readonly number[] | undefined
  readonly value: unknown

  /**
   * @throws InputErrors with the first syntax error: those after it are often its echo; or
   *   with all that is wrong besides
   * @throws InputError for a vault that stays shut
   */
  constructor(
    readonly file: string,
    written: string,
    vault = new Vault(),
  ) {
    const sealed = isSealed(written)
    const text = sealed ? vault.open(written, { file, line: 1, col: 1 }) : written
    this.#parsed = { text: text.replace(/^\uFEFF/, ''), events: [], padded: new Set() }
    try {
      this.#parsed = parseYaml(this.#parsed.text)
      const places = placesOf(this.#parsed)
      this.#root = places.root
      this.#refuse(places)
      this.value = this.#construct(places, vault)
    } catch (error) {
      if (!(error instanceof YAMLException)) throw error
      const at = this.#position(error.mark?.position ?? 0)
      throw new InputErrors([syntaxError(error, text, at, sealed)])
    }
    if (sealed) vault.hide(this.value)
  }

  /** The plain word at a path, as it is written there. */
  written(path: Path): string | undefined {
    let place = this.#root
    for (const key of path) place = below(place, key)
    const [word] = /^[^\s,[\]{}*&!"'|>]+/.exec(this.#parsed.text.slice(place?.at ?? Infinity)) ?? []
    return word
  }

  /** Where the value at a path stands; the nearest one above it when it does not exist. */
  at(path: Path): Position {
    let place = this.#root
    for (const key of path) {
      const inside: Place | undefined = below(place, key)
      if (!inside) break
      place = inside
    }
    return this.#position(place?.at ?? 0)
  }

  /** Where the key at the end of a path stands. */
  keyAt(path: Path): Position {
    let place = this.#root
    for (const key of path) place = below(place, key)
    return place?.key === undefined ? this.at(path) : this.#position(place.key)
  }

  #position(offset: number): Position {
    const { text, padded } = this.#parsed
    this.#lines ??= lineStarts(text)
    const line = countUpTo(this.#lines, offset)
    const start = this.#lines[line - 1]! + (padded.has(line - 1) ? PAD : 0)
    return { file: this.file, line, col: Math.max(offset - start, 0) + 1 }
  }

  #refuse({ problems }: Places): void {
    const errors = problems.map(
      ({ at, message, hint }) => new InputError(this.#position(at), `YAML: ${message}`, hint),
    )
    if (errors.length > 0) throw new InputErrors(errors)
  }

  #construct({ sealed }: Places, vault: Vault): unknown {
    const { text: source, events } = this.#parsed
    const opened = new Map(
      sealed.map(({ text, at }) => [text, vault.inline(text, this.#position(at))]),
    )
    const schema = opened.size > 0 ? schemaOf((text) => opened.get(text)) : PLAIN
    return constructFromEvents(events, { source, schema, maxTotalMergeKeys: -1 })[0] ?? null
  }
}

const PLAIN = schemaOf(() => undefined)

function below(place: Place | undefined, key: string | number): Place | undefined {
  if (place?.items) return place.items[Number(key)]
  return place?.entries?.get(String(key)) ?? inMerged(place?.entries?.get('<<'), key)
}

function inMerged(merged: Place | undefined, key: string | number): Place | undefined {
  if (!merged) return undefined
  for (const source of merged.items ?? [merged]) {
    const found = below(source, key)
    if (found) return found
  }
  return undefined
}

function lineStarts(text: string): number[] {
  const starts = [0]
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  return starts
}

/** How many of the numbers, which rise, are at most the limit. */
function countUpTo(numbers: readonly number[], limit: number): number {
  let low = 0
  let high = numbers.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (numbers[middle]! <= limit) low = middle + 1
    else high = middle
  }
  return low
}

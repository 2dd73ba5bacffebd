import { InputError, type Position } from '../core/errors.js'
import { didYouMean } from '../core/suggest.js'
import { ANSIBLE_ONLY, insteadOfKeyword } from './ansible-words.js'
import { misread } from './misread.js'
import type { Condition } from './model.js'
import { typeName } from './python-values.js'
import type { Vars } from './vars.js'
import type { Path, YamlFile } from './yaml.js'

/**
 * One map of a YAML file, read key by key. What is wrong is noted in `problems`, so that
 * one run shows it all, and the value is left out.
 */
export class Fields {
  readonly #map: Record<string, unknown>

  constructor(
    readonly yaml: YamlFile,
    readonly path: Path,
    readonly problems: InputError[],
  ) {
    let value: unknown = yaml.value
    for (const key of path) value = (value as Record<string | number, unknown>)[key]
    this.#map = value as Record<string, unknown>
  }

  get at(): Position {
    return this.yaml.at(this.path)
  }

  get keys(): string[] {
    return Object.keys(this.#map)
  }

  has(key: string): boolean {
    return Object.hasOwn(this.#map, key)
  }

  raw(key: string): unknown {
    return this.#map[key]
  }

  valueAt(key: string): Position {
    return this.yaml.at([...this.path, key])
  }

  problem(key: string, message: string, hint?: string): undefined {
    this.problems.push(new InputError(this.yaml.keyAt([...this.path, key]), message, hint))
  }

  string(key: string): string | undefined {
    const value = this.raw(key)
    if (value === undefined || value === null) return undefined
    if (!isScalar(value)) {
      return this.problem(key, `"${key}" must be text, not ${typeName(value)}`, QUOTED)
    }
    this.#checkRead(key, value, [...this.path, key])
    return String(value)
  }

  #checkRead(key: string, value: unknown, path: Path): void {
    const wrong = misread(`"${key}"`, value, path, this.yaml)
    if (wrong) this.problems.push(wrong)
  }

  bool(key: string): boolean | undefined {
    const value = this.raw(key)
    if (value === undefined || typeof value === 'boolean') return value
    const word = typeof value === 'string' ? value.toLowerCase() : ''
    if (Object.hasOwn(YES_NO, word)) return YES_NO[word]
    const hint = word.includes('{{')
      ? 'a template cannot stand here: write two tasks, each with its when'
      : 'write yes or no'
    return this.problem(key, `"${key}" must be true or false, not ${JSON.stringify(value)}`, hint)
  }

  number(key: string, such = 1): number | undefined {
    const value = this.raw(key)
    if (value === undefined || typeof value === 'number') return value
    return this.problem(
      key,
      `"${key}" must be a number, not ${JSON.stringify(value)}`,
      `${key}: ${such}`,
    )
  }

  /** Notes a word that is none of these. */
  choice(key: string, words: readonly string[]): void {
    const value = this.raw(key)
    if (value === undefined || words.includes(value as string)) return
    const hint = words.length === 1 ? `there is ${words[0]}` : `one of: ${words.join(', ')}`
    this.problem(key, `"${key}" cannot be ${JSON.stringify(value)}`, hint)
  }

  /** A whole number, 0 or more. */
  count(key: string): number | undefined {
    const value = this.number(key)
    if (value === undefined || (Number.isInteger(value) && value >= 0)) return value
    return this.problem(key, `"${key}" must be a whole number, 0 or more, not ${value}`)
  }

  /** A list of words; one word alone, or several with commas, will do. */
  words(key: string): string[] {
    const value = this.raw(key)
    if (value === undefined || value === null) return []
    const items: unknown[] = isScalar(value) ? String(value).split(',') : [value].flat()
    const path = [...this.path, key]
    if (Array.isArray(value)) items.forEach((item, i) => this.#checkRead(key, item, [...path, i]))
    else this.#checkRead(key, value, path)
    if (items.every(isScalar)) return items.map((item) => String(item).trim()).filter(Boolean)
    this.problem(key, `"${key}" must be a word or a list of words`, `${key}: [one, two]`)
    return []
  }

  /** One expression or a list of them, all of which must hold. */
  conditions(key: string): Condition[] | undefined {
    const value = this.raw(key)
    if (value === undefined || value === null) return undefined
    const at = (i: number) =>
      this.yaml.at(Array.isArray(value) ? [...this.path, key, i] : [...this.path, key])
    return (Array.isArray(value) ? (value as unknown[]) : [value]).map((item, i) => ({
      text: String(item),
      at: at(i),
    }))
  }

  /** A map inside of this one. */
  map(key: string): Fields | undefined {
    const value = this.raw(key)
    if (value === undefined || value === null) return undefined
    if (isMap(value)) return new Fields(this.yaml, [...this.path, key], this.problems)
    return this.problem(key, `"${key}" must be a map`, 'write NAME: VALUE lines below it')
  }

  /** The indexes of a list of maps. */
  maps(key: string): Fields[] {
    const value = this.raw(key)
    if (value === undefined || value === null) return []
    return fieldsOf(this.yaml, [...this.path, key], this.problems, key)
  }

  vars(key: string): Vars {
    return varsAt(this.yaml, [...this.path, key], this.problems)
  }

  /** Notes every key that is not among the known ones. */
  onlyKnown(what: string, known: readonly string[]): void {
    for (const key of this.keys.filter((key) => !known.includes(key))) {
      const message = `unknown keyword "${key}" in ${what}`
      const instead = insteadOfKeyword(key)
      if (instead === undefined) this.problem(key, message, didYouMean(key, known, KEYWORDS))
      else this.problem(key, `${message}: ${ANSIBLE_ONLY}`, instead)
    }
  }
}

/** Quoted ones, too, as in Ansible. */
const YES_NO: Readonly<Record<string, boolean>> = {
  ...{ yes: true, on: true, true: true },
  ...{ no: false, off: false, false: false },
}

const QUOTED = 'what looks like a list or a map is text in quotes'
const KEYWORDS = 'docs/playbooks.md lists the keywords'

/** A list of maps in a file, each as Fields. */
export function fieldsOf(
  yaml: YamlFile,
  path: Path,
  problems: InputError[],
  what: string,
): Fields[] {
  const list = at(yaml.value, path)
  if (list === null || list === undefined) return []
  if (!Array.isArray(list)) {
    problems.push(
      new InputError(yaml.at(path), `${what} must be a list`, 'begin each entry with "- "'),
    )
    return []
  }
  return list.flatMap((item, i) => {
    if (isMap(item)) return [new Fields(yaml, [...path, i], problems)]
    const hint = 'write NAME: VALUE lines; see docs/playbooks.md'
    problems.push(new InputError(yaml.at([...path, i]), `an entry of ${what} must be a map`, hint))
    return []
  })
}

/** The variables of a map in a file, each with the place of its value. */
export function varsAt(yaml: YamlFile, path: Path, problems: InputError[]): Vars {
  const map = at(yaml.value, path)
  if (map === undefined || map === null) return new Map()
  if (!isMap(map)) {
    problems.push(
      new InputError(yaml.at(path), 'variables must be a map', 'write NAME: VALUE lines'),
    )
    return new Map()
  }
  return new Map(
    Object.entries(map).map(([name, value]) => [name, { value, at: yaml.at([...path, name]) }]),
  )
}

function at(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (inner, key) => (inner as Record<string | number, unknown>)[key],
    value,
  )
}

function isScalar(value: unknown): value is string | number | boolean {
  return ['string', 'number', 'boolean'].includes(typeof value)
}

export function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

import { InputError, type Position } from '../core/errors.js'
import { didYouMean } from '../core/suggest.js'
import { expandHosts } from './host-range.js'
import type { InventoryBuilder } from './inventory-builder.js'
import { literalOrText } from './literal.js'
import { BadWords, splitWords, type Word } from './words.js'

const KINDS = ['hosts', 'children', 'vars'] as const
type Kind = (typeof KINDS)[number]

const SECTION = /^\[(?<name>[^:\]\s]+)(?::(?<kind>\w+))?\]\s*(?:#.*)?$/
// What is meant as a header, right or wrong; `[2001:db8::1]:22 x=1` is a host.
const HEADER = /^\[(?:.*\]|[^\]]*\]\s+[#;].*)$/
const CHILD = /^(?<name>[^:\]\s]+)\s*(?:#.*)?$/

/** Adds what an INI inventory says to the builder, and every error in it to its list. */
export function parseIni(text: string, file: string, builder: InventoryBuilder): void {
  const ini = new Ini(file, builder)
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/)
  for (const [index, raw] of lines.entries()) {
    const line = raw.trim()
    if (line === '' || line.startsWith('#') || line.startsWith(';')) continue
    ini.line(line, { file, line: index + 1, col: raw.length - raw.trimStart().length + 1 })
  }
  ini.end()
}

/** A group that is named before it is declared: what to do then, and what to say if never. */
interface Mention {
  at: Position
  then: () => void
  missing: string
}

class Ini {
  readonly #builder: InventoryBuilder
  #group = 'ungrouped'
  #kind: Kind | 'lost' = 'hosts'
  readonly #mentions = new Map<string, Mention[]>()

  constructor(
    readonly file: string,
    builder: InventoryBuilder,
  ) {
    this.#builder = builder
  }

  line(line: string, at: Position): void {
    try {
      if (HEADER.test(line)) this.#section(line, at)
      else if (this.#kind === 'hosts') this.#host(line, at)
      else if (this.#kind === 'children') this.#child(line, at)
      else if (this.#kind === 'vars') this.#variable(line, at)
    } catch (error) {
      if (!(error instanceof InputError)) throw error
      this.#builder.errors.push(error)
    }
  }

  /** What still waits for its group waits for one that is nowhere. */
  end(): void {
    for (const [group, mentions] of this.#mentions) {
      const others = this.#builder.groupNames().filter((name) => name !== group)
      const hint = didYouMean(group, others, `declare it: [${group}]`)
      for (const { at, missing } of mentions) {
        this.#builder.errors.push(new InputError(at, missing, hint))
      }
    }
  }

  #declare(group: string, at: Position): void {
    this.#builder.group(group, at)
    for (const { then } of this.#mentionsOf(group)) then()
    this.#mentions.delete(group)
  }

  #mentionsOf(group: string): Mention[] {
    return this.#mentions.get(group) ?? []
  }

  #section(line: string, at: Position): void {
    // The lines under a header that is wrong are in no section: one error is enough for them.
    this.#kind = 'lost'
    const { name, kind = 'hosts' } = SECTION.exec(line)?.groups ?? {}
    if (name === undefined) {
      const hint =
        'write [group], [group:children] or [group:vars]; a comment after it starts with #'
      throw new InputError(at, `"${line}" is not a section header`, hint)
    }
    const known = KINDS.find((one) => one === kind)
    if (known === undefined) {
      const col = at.col + name.length + 2
      const message = `section [${name}:${kind}]: unknown kind "${kind}"`
      throw new InputError({ ...at, col }, message, didYouMean(kind, KINDS, KINDS.join(', ')))
    }
    this.#kind = known
    this.#group = name
    if (known !== 'vars') this.#declare(name, at)
    else if (!this.#builder.hasGroup(name)) this.#varsFirst(name, at)
  }

  #varsFirst(group: string, at: Position): void {
    this.#builder.group(group, at)
    const missing = `variables for group "${group}", which is not declared`
    this.#mentions.set(group, [...this.#mentionsOf(group), { at, missing, then: () => undefined }])
  }

  #host(line: string, at: Position): void {
    const [host, ...settings] = wordsOf(line, at)
    if (host === undefined) return
    if (host.text === '---' || host.text.endsWith(':')) {
      const hint = 'this looks like YAML: give the file the ending .yml'
      throw new InputError(at, `"${host.text}" cannot be the name of a host`, hint)
    }
    const { names, port } = expandHosts(host.text, at)
    for (const name of names) this.#builder.host(name, this.#group, at, port)
    for (const { text, start } of settings) {
      const equals = text.indexOf('=')
      const col = at.col + start + equals + 1
      if (equals < 1) {
        const hint = `values with blanks need quotes: name="two words"`
        throw new InputError({ ...at, col }, `"${text}" is not of the form name=value`, hint)
      }
      const value = literalOrText(text.slice(equals + 1))
      for (const name of names) {
        this.#builder.hostVar(name, text.slice(0, equals), value, { ...at, col })
      }
    }
  }

  #child(line: string, at: Position): void {
    const child = CHILD.exec(line)?.groups?.['name']
    if (child === undefined) {
      throw new InputError(at, `"${line}" is not the name of a group`, 'one group a line')
    }
    const parent = this.#group
    const missing = `group "${parent}" has the child "${child}", which is not declared`
    const then = (): void => this.#builder.child(parent, child, at)
    if (this.#builder.hasGroup(child)) then()
    else this.#mentions.set(child, [...this.#mentionsOf(child), { at, missing, then }])
  }

  #variable(line: string, at: Position): void {
    const found = /^(?<before>(?<name>[^=]*?)\s*=\s*)(?<value>.*)$/.exec(line)?.groups
    if (found?.['name'] === undefined || found['name'] === '') {
      const hint = 'hosts stand in [group], not in [group:vars]'
      throw new InputError(at, `"${line}" is not of the form name=value`, hint)
    }
    const { before = '', name, value = '' } = found
    const valueAt = { ...at, col: at.col + before.length }
    this.#builder.groupVar(this.#group, name, literalOrText(value), valueAt)
  }
}

function wordsOf(line: string, at: Position): Word[] {
  try {
    return splitWords(line)
  } catch (error) {
    if (!(error instanceof BadWords)) throw error
    const hint = 'put a backslash before a quote that is meant as it stands'
    throw new InputError({ ...at, col: at.col + error.column }, error.message, hint)
  }
}

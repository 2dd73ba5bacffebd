import {
  isCollection,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  type Scalar,
  visit,
  type Document,
  type Tags,
  type YAMLMap,
} from 'yaml'
import { InputError, InputErrors, type Position } from '../core/errors.js'
import { Vault } from './vault.js'
import { isSealed } from './vault-cipher.js'

export type Path = readonly (string | number)[]

/**
 * A YAML file as plain values, with the position of every one of them.
 *
 * YAML 1.1, as Ansible's own parser reads it (`yes` is true, 0644 is octal), without
 * timestamps, and with `y` and `n` left as strings, again as there. What Ansible Vault
 * sealed is opened: a whole file, and the value of every `!vault`.
 */
export class YamlFile {
  readonly #doc: Document.Parsed
  readonly #lines: LineCounter
  readonly #indexes = new WeakMap<YAMLMap, Map<string, Pair<Scalar>>>()
  readonly value: unknown

  /**
   * @throws InputErrors with the first syntax error: those after it are often its echo.
   * @throws InputError for a vault that stays shut
   */
  constructor(
    readonly file: string,
    written: string,
    vault = new Vault(),
  ) {
    const sealed = isSealed(written)
    const text = sealed ? vault.open(written, { file, line: 1, col: 1 }) : written
    this.#lines = new LineCounter()
    this.#doc = parseDocument(text.replace(/^\uFEFF/, ''), {
      version: '1.1',
      customTags,
      merge: true,
      lineCounter: this.#lines,
      prettyErrors: false,
      // Looked for below: the parser compares every key with every other.
      uniqueKeys: false,
    })
    const errors = [...this.#badMaps(), ...this.#syntaxErrors(text, sealed).slice(0, 1)]
    if (errors.length > 0) throw new InputErrors(errors)
    if (text.includes('!vault')) this.#openInline(vault)
    this.value = this.#doc.toJS() as unknown
    if (sealed) vault.hide(this.value)
  }

  /** Where the value at a path stands; the nearest one above it when it does not exist. */
  at(path: Path): Position {
    let node = this.#doc.contents as Node | null | undefined
    let offset = node?.range?.[0]
    for (const key of path) {
      node = this.#below(node, key)
      if (!node?.range) break
      offset = node.range[0]
    }
    return offset === undefined ? { file: this.file, line: 1, col: 1 } : this.#position(offset)
  }

  /** Where the key at the end of a path stands. */
  keyAt(path: Path): Position {
    let parent = this.#doc.contents as Node | null | undefined
    for (const key of path.slice(0, -1)) parent = this.#below(parent, key)
    const offset = isMap(parent) ? this.#pair(parent, path.at(-1))?.key.range?.[0] : undefined
    return offset === undefined ? this.at(path) : this.#position(offset)
  }

  #below(node: Node | null | undefined, key: string | number): Node | undefined {
    if (isMap(node)) return this.#pair(node, key)?.value as Node | undefined
    return isSeq(node) ? (node.items[Number(key)] as Node | undefined) : undefined
  }

  /** Found by an index: a map may be that of ten thousand hosts. */
  #pair(map: YAMLMap, key: unknown): Pair<Scalar> | undefined {
    let index = this.#indexes.get(map)
    if (!index) {
      index = new Map(map.items.filter(hasScalarKey).map((pair) => [String(pair.key.value), pair]))
      this.#indexes.set(map, index)
    }
    return index.get(String(key))
  }

  #position(offset: number): Position {
    const { line, col } = this.#lines.linePos(offset)
    return { file: this.file, line, col }
  }

  #openInline(vault: Vault): void {
    visit(this.#doc, {
      Scalar: (_key, node) => {
        if (!(node.value instanceof Sealed)) return
        const { text } = node.value
        node.value = vault.inline(text, this.#position(node.range?.[0] ?? 0))
      },
    })
  }

  /** Of a sealed file, nothing is quoted. */
  #syntaxErrors(text: string, sealed: boolean): InputError[] {
    return this.#doc.errors.map(({ pos, message: full, code }) => {
      const message = sealed ? code.toLowerCase().replaceAll('_', ' ') : full
      const at = this.#position(pos[0])
      const hint =
        code === 'TAB_AS_INDENT' || /^\s*\t/.test(text.split('\n')[at.line - 1] ?? '')
          ? 'YAML indents with spaces, never with tabs'
          : 'look at the quotes, colons and indentation up to here'
      return new InputError(at, `YAML: ${message.charAt(0).toLowerCase()}${message.slice(1)}`, hint)
    })
  }

  /** What the parser lets pass in maps: keys that come twice, and templates without quotes. */
  #badMaps(): InputError[] {
    const errors: InputError[] = []
    visit(this.#doc, {
      Map: (_key, node) => {
        if (isTemplate(node)) {
          const at = this.#position(node.range?.[0] ?? 0)
          const message = 'a value that starts with {{ must be quoted'
          errors.push(new InputError(at, message, `write "{{ ... }}"`))
          return visit.SKIP
        }
        errors.push(...this.#duplicates(node))
        return undefined
      },
    })
    return errors
  }

  #duplicates(map: YAMLMap): InputError[] {
    const seen = new Set<unknown>()
    return map.items.filter(hasScalarKey).flatMap(({ key }) => {
      if (!seen.has(key.value)) {
        seen.add(key.value)
        return []
      }
      const at = this.#position(key.range?.[0] ?? 0)
      const hint = 'keep one of the two: the other would be lost without a word'
      return [new InputError(at, 'YAML: map keys must be unique', hint)]
    })
  }
}

/** `msg: {{ x }}` is a map whose key is a map, to YAML; nobody ever meant that. */
function isTemplate({ flow, items: [item] }: YAMLMap): boolean {
  return flow === true && isPair(item) && isCollection(item.key)
}

function hasScalarKey(pair: Pair): pair is Pair<Scalar> {
  return isScalar(pair.key)
}

/** The text of a `!vault`, not opened yet. */
class Sealed {
  constructor(readonly text: string) {}
}

const vaultTags: Tags = ['!vault', '!vault-encrypted'].map((tag) => ({
  tag,
  resolve: (text: string) => new Sealed(text),
}))

/** Dates stay strings, and only PyYAML's words are booleans. */
function customTags(tags: Tags): Tags {
  return [...vaultTags, ...tags]
    .filter((tag) => typeof tag === 'string' || tag.tag !== 'tag:yaml.org,2002:timestamp')
    .map((tag) => {
      if (typeof tag === 'string' || tag.collection || tag.tag !== 'tag:yaml.org,2002:bool') {
        return tag
      }
      return { ...tag, test: tag.test?.test('y') ? YES : NO }
    })
}

const YES = /^(?:[Yy]es|YES|[Tt]rue|TRUE|[Oo]n|ON)$/
const NO = /^(?:[Nn]o|NO|[Ff]alse|FALSE|[Oo]ff|OFF)$/

import {
  isCollection,
  isMap,
  isPair,
  isScalar,
  LineCounter,
  type Node,
  parseDocument,
  visit,
  type Document,
  type Tags,
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
    })
    const errors = [...this.#unquotedTemplates(), ...this.#syntaxErrors(text, sealed).slice(0, 1)]
    if (errors.length > 0) throw new InputErrors(errors)
    if (text.includes('!vault')) this.#openInline(vault)
    this.value = this.#doc.toJS() as unknown
    if (sealed) vault.hide(this.value)
  }

  /** Where the value at a path stands; the nearest one above it when it does not exist. */
  at(path: Path): Position {
    for (let depth = path.length; depth >= 0; depth--) {
      const node = depth === 0 ? this.#doc.contents : this.#doc.getIn(path.slice(0, depth), true)
      const offset = (node as Node | null | undefined)?.range?.[0]
      if (offset !== undefined) return this.#position(offset)
    }
    return { file: this.file, line: 1, col: 1 }
  }

  /** Where the key at the end of a path stands. */
  keyAt(path: Path): Position {
    const parent = path.length > 1 ? this.#doc.getIn(path.slice(0, -1), true) : this.#doc.contents
    const key = path.at(-1)
    if (isMap(parent)) {
      const pair = parent.items.find((item) => isScalar(item.key) && item.key.value === key)
      const offset = isScalar(pair?.key) ? pair.key.range?.[0] : undefined
      if (offset !== undefined) return this.#position(offset)
    }
    return this.at(path)
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
          : code === 'DUPLICATE_KEY'
            ? 'keep one of the two: the other would be lost without a word'
            : 'look at the quotes, colons and indentation up to here'
      return new InputError(at, `YAML: ${message.charAt(0).toLowerCase()}${message.slice(1)}`, hint)
    })
  }

  /** `msg: {{ x }}` is a map whose key is a map, to YAML; nobody ever meant that. */
  #unquotedTemplates(): InputError[] {
    const errors: InputError[] = []
    visit(this.#doc, {
      Map: (_key, node) => {
        const [item] = node.items
        if (!node.flow || !isPair(item) || !isCollection(item.key)) return
        const at = this.#position(node.range?.[0] ?? 0)
        errors.push(
          new InputError(at, 'a value that starts with {{ must be quoted', `write "{{ ... }}"`),
        )
        return visit.SKIP
      },
    })
    return errors
  }
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

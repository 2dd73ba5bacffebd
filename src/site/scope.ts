import { InputError } from '../core/errors.js'
import { Secret } from '../core/sh.js'
import type { Names } from './names.js'
import { JINJA, Template } from './template.js'
import { Unsafe } from './unsafe.js'
import type { Var, Vars } from './vars.js'
import { Missing } from './view.js'

const OTHER_NAME = 'give one of them another name'

const known = new Map<string, NotYet>()

/** A name whose value only a host can tell: a fact not gathered, a result not yet there. */
export class NotYet extends Error {
  constructor(readonly variable: string) {
    super(`"${variable}" is not known yet`)
  }

  /** One for each name: to note where an error comes from takes far longer than to throw it. */
  static of(variable: string): NotYet {
    const one = known.get(variable) ?? new NotYet(variable)
    known.set(variable, one)
    return one
  }
}

/**
 * One source of variables. What comes from hosts is `data`: never searched for templates.
 * `pending` are names that it will set, and whose values nobody knows yet; `source` is what
 * to call it.
 */
export interface Layer {
  source?: string
  vars: Vars
  data?: boolean
  pending?: Pick<ReadonlySet<string>, 'has'>
}

/**
 * The variables of one host at one place of a play: the layers from weak to strong, each
 * value rendered when it is asked for. `magic` names are computed, and no layer can
 * change them.
 */
export class Scope implements Names {
  readonly #rendered = new Map<string, unknown>()
  readonly #rendering: string[] = []

  /** @param top layers that stay above those of a task: what was registered, and -e */
  constructor(
    private readonly layers: readonly Layer[],
    private readonly magic: ReadonlyMap<string, () => unknown>,
    private readonly top: readonly Layer[] = [],
  ) {}

  /** The same with more layers on top of all. */
  with(layers: readonly Layer[]): Scope {
    return new Scope(this.layers, this.magic, [...this.top, ...layers])
  }

  /** The same with the variables of a task, from the outermost block in: below the top. */
  within(all: readonly Vars[]): Scope {
    if (all.length === 0) return this
    return new Scope(
      [...this.layers, ...all.map((vars) => ({ vars, source: TASK }))],
      this.magic,
      this.top,
    )
  }

  has(name: string): boolean {
    return this.magic.has(name) || this.#layerOf(name) !== undefined
  }

  names(): Iterable<string> {
    const names = new Set(this.magic.keys())
    for (const { vars } of [...this.layers, ...this.top]) {
      for (const name of vars.keys()) names.add(name)
    }
    return names
  }

  /** Whether a name is worked out rather than set. */
  isComputed(name: string): boolean {
    return this.magic.has(name)
  }

  /** Every layer that sets a name, the weakest first; without `found`, it will do so. */
  definitions(name: string): { source: string; found: Var | undefined }[] {
    return [...this.layers, ...this.top].filter(setting(name)).map(({ source = '', vars }) => {
      return { source, found: vars.get(name) }
    })
  }

  /** The winning definition of a variable, as it was written. */
  find(name: string): Var | undefined {
    return this.#layerOf(name)?.vars.get(name)
  }

  /** @throws Missing, NotYet, or InputError when the value's own templates are at fault. */
  get(name: string): unknown {
    const magic = this.magic.get(name)
    if (magic) return magic()
    if (this.#rendered.has(name)) return this.#rendered.get(name)
    const layer = this.#layerOf(name)
    if (!layer) throw new Missing(name, [...this.names()])
    const found = layer.vars.get(name)
    if (!found) throw NotYet.of(name)
    const value = layer.data || found.data ? found.value : this.#renderGuarded(name, found)
    this.#rendered.set(name, value)
    return value
  }

  /** The strongest layer that sets a name, or will. */
  #layerOf(name: string): Layer | undefined {
    const sets = setting(name)
    return this.top.findLast(sets) ?? this.layers.findLast(sets)
  }

  /** A value of the playbook or of a variable, with every text in it rendered; a secret is plain. */
  render(value: unknown, at: Var['at']): unknown {
    if (typeof value === 'string') {
      return mayBeTemplate(value) ? template(value, at).value(this) : value
    }
    if (value instanceof Secret) return value.reveal()
    if (value instanceof Unsafe) return value.text
    if (Array.isArray(value)) return value.map((item) => this.render(item, at))
    if (value !== null && typeof value === 'object') {
      return Object.fromEntries(
        Object.entries(value).map(([key, item]) => [key, this.render(item, at)]),
      )
    }
    return value
  }

  #renderGuarded(name: string, { value, at }: Var): unknown {
    if (this.#rendering.includes(name)) {
      const circle = [...this.#rendering.slice(this.#rendering.indexOf(name)), name].join(' -> ')
      throw new InputError(at, `the variable "${name}" refers to itself: ${circle}`, OTHER_NAME)
    }
    this.#rendering.push(name)
    try {
      return this.render(value, at)
    } finally {
      this.#rendering.pop()
    }
  }
}

/** A statement of Jinja is no template, but refused as one. */
const mayBeTemplate = (text: string) =>
  text.includes('{{') || (text.includes('%}') && JINJA.test(text))

const TASK = 'vars of a task, a block, or the use of a role'

const setting =
  (name: string) =>
  ({ vars, pending }: Layer): boolean =>
    vars.has(name) || pending?.has(name) === true

const templates = new Map<string, Template>()

/** Parsed once: the same text is rendered for every host. */
function template(text: string, at: Var['at']): Template {
  const key = `${at.file}:${at.line}:${at.col} ${text}`
  let parsed = templates.get(key)
  if (!parsed) {
    parsed = Template.inline(text, at)
    templates.set(key, parsed)
  }
  return parsed
}

/**
 * Shell text that is quoted by construction.
 *
 * Only the sh`...` tag makes an Sh, and every value it interpolates is quoted, so no plan
 * can smuggle a file name or a variable's value into a command. The text is POSIX sh.
 */
export class Sh {
  private constructor(readonly text: string) {}

  /** For the tag below and nothing else: text that is known to be shell already. */
  static trusted(text: string): Sh {
    return new Sh(text)
  }

  toString(): string {
    return this.text
  }
}

/** A value that prints as [REDACTED] wherever it would end up in text by accident. */
export class Secret {
  readonly #value: string

  constructor(value: string) {
    this.#value = value
  }

  /** The one way to the value, so that every use of it can be found by name. */
  reveal(): string {
    return this.#value
  }

  toString(): string {
    return '[REDACTED]'
  }

  toJSON(): string {
    return '[REDACTED]'
  }
}

type Value = string | number | Sh | Secret | readonly Value[]

/**
 * sh`chown ${owner} ${path}`: strings and numbers become one quoted word each, an array
 * its words in turn, an Sh is taken as it is. `\${name%.*}` is the shell's own expansion.
 *
 * @throws TypeError when a value holds a NUL, which no shell word can.
 */
export function sh(strings: TemplateStringsArray, ...values: Value[]): Sh {
  const literal = strings.raw.map((part) => part.replaceAll('\\${', '${'))
  let text = literal[0] ?? ''
  values.forEach((value, i) => {
    text += word(value) + (literal[i + 1] ?? '')
  })
  return Sh.trusted(text)
}

/** Commands one after another; empty ones are left out. */
export function lines(parts: readonly Sh[]): Sh {
  return Sh.trusted(parts.map(String).filter(Boolean).join('\n'))
}

/** Commands of which each runs only when the one before it succeeded; empty ones are left out. */
export function allOf(parts: readonly Sh[]): Sh {
  const texts = parts.map(String).filter(Boolean)
  return Sh.trusted(texts.map((text) => `{ ${text}\n}`).join(' && '))
}

/** One POSIX shell word. Plain words stay bare, so that what is shown can be read. */
export function quote(value: string): string {
  if (value.includes('\0')) throw new TypeError('a shell word cannot hold a NUL byte')
  return /^[\w@%+=:,./-]+$/.test(value) ? value : `'${value.replaceAll("'", `'\\''`)}'`
}

function word(value: Value): string {
  if (value instanceof Sh) return value.text
  if (value instanceof Secret) return quote(value.reveal())
  if (typeof value === 'string' || typeof value === 'number') return quote(String(value))
  return value.map(word).join(' ')
}

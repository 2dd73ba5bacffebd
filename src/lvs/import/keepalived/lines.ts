import type { Position } from '../../../core/errors.js'
import type { Disk, Note } from '../told.js'

/** A line of a configuration without its comment, with parameters filled in. */
export interface Line {
  text: string
  at: Position
}

const DEEP = 20

/**
 * The lines of a keepalived.conf: comments are gone, `include` is followed, `$NAME` and
 * `${NAME}` are replaced, at their place of use as keepalived does it.
 */
export function keepalivedLines(
  text: string,
  file: string,
  disk: Disk,
): { lines: Line[]; notes: Note[] } {
  const reader = new Reader(disk)
  reader.file(text, file, 0)
  return reader
}

class Reader {
  readonly lines: Line[] = []
  readonly notes: Note[] = []
  readonly #parameters = new Map<string, Line[]>()

  constructor(readonly disk: Disk) {}

  file(text: string, file: string, depth: number): void {
    const all = text.split('\n').map((raw, i): Line => {
      const col = raw.length - raw.trimStart().length + 1
      return { text: withoutComment(raw), at: { file, line: i + 1, col } }
    })
    for (let i = 0; i < all.length; i++) {
      const line = all[i]!
      const [, name, value] = /^\$(\w+)=(.*)$/s.exec(line.text) ?? []
      if (name === undefined) this.#line(line, depth)
      else if (value?.trim() !== '\\') this.#parameters.set(name, [{ ...line, text: value ?? '' }])
      else {
        const body: Line[] = []
        do body.push(all[++i] ?? { ...line, text: '' })
        while (body.at(-1)!.text.endsWith('\\'))
        this.#parameters.set(
          name,
          body.map(({ text, at }) => ({ text: text.replace(/\\$/, '').trimEnd(), at })),
        )
      }
    }
  }

  #line(line: Line, depth: number): void {
    const { text, at } = line
    const [, pattern] = /^include[armwb]?\s+(\S+)/.exec(text) ?? []
    if (pattern !== undefined) this.#include(pattern.replaceAll(/["']/g, ''), at, depth)
    else if (text.startsWith('@')) {
      const message = `counts for one of several directors alone: ${text}`
      this.#note(at, message, 'take the @ away in a copy where it is meant for this one')
    } else if (/^~(SEQ|LST)/.test(text)) {
      this.#note(at, `not understood: ${text}`, 'write the lines out in a copy')
    } else if (text !== '') this.lines.push(...this.#filled(line, depth))
  }

  #include(pattern: string, at: Position, depth: number): void {
    const files = depth < DEEP ? this.disk.match(pattern, at.file) : []
    if (files.length === 0) {
      this.#note(at, `includes ${pattern}, which is not there`, 'put it beside this file')
    }
    for (const file of files) this.file(this.disk.read(file), file, depth + 1)
  }

  /** A line with its parameters; one whose value has several lines becomes these. */
  #filled(line: Line, depth: number): Line[] {
    const match = /\$(?:\{(\w+)\}|(\w+)(?=\s|$))/g
    for (const [all, braced, bare] of line.text.matchAll(match)) {
      const value = this.#parameters.get(braced ?? bare ?? '')
      if (!value || depth > DEEP) continue
      if (value.length > 1) return value.flatMap((each) => this.#filled(each, depth + 1))
      return this.#filled(
        { ...line, text: line.text.replace(all, () => value[0]!.text) },
        depth + 1,
      )
    }
    return [line]
  }

  #note(at: Position, message: string, hint: string): void {
    this.notes.push({ at, message, hint })
  }
}

/** `!` and `#` begin a comment anywhere but in quotes and after a backslash. */
function withoutComment(raw: string): string {
  const [text = ''] = /^(?:"[^"]*"|\\.|[^!#"\\])*["\\]?/.exec(raw.trim()) ?? []
  return text.replaceAll(/\\([!#])/g, '$1').trimEnd()
}

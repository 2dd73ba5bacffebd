/** Characters that are kept: the last ones. */
const KEPT = 16 * 1024

/** The longest that is looked for, in characters. */
const LONGEST = 256

/** Lines, and characters, that an error quotes. */
const QUOTED = { lines: 3, length: 500 }

/**
 * What a stream says while one thing after another is waited for. However much comes, in however
 * small pieces: little of it is kept, and of that only the new is looked at.
 */
export class Overheard {
  text = ''
  /** Bytes, of all that came. */
  size = 0
  #unseen = ''

  add(bytes: Uint8Array): void {
    const more = Buffer.from(bytes).toString()
    this.size += bytes.length
    this.text = (this.text + more).slice(-KEPT)
    this.#unseen = this.#unseen.slice(-LONGEST) + more
  }

  /** Finds each thing once. @returns what the pattern's groups matched */
  find(what: string | RegExp): string[] | undefined {
    const found = typeof what === 'string' ? undefined : what.exec(this.#unseen)
    const text = typeof what === 'string' ? what : found?.[0]
    const at = text === undefined ? -1 : this.#unseen.indexOf(text)
    if (text === undefined || at < 0) return undefined
    this.#unseen = this.#unseen.slice(at + text.length)
    return found?.slice(1) ?? []
  }

  /** Its last lines, for an error. */
  get last(): string {
    const lines = this.text.split('\n').filter((line) => line.trim() !== '')
    return lines.slice(-QUOTED.lines).join('\n').slice(-QUOTED.length)
  }
}

import { InputError, type Position } from '../../../core/errors.js'
import type { Line } from './lines.js'

const OPEN = 'a block begins with its keyword: real_server 192.168.139.2 80 {'
const WHOLE = 'give the whole file, or close the block'

/** A keyword with its words, and what stands in its braces. */
export interface Statement {
  keyword: string
  words: readonly string[]
  at: Position
  block?: Statement[]
}

/**
 * Reads lines into nested blocks. A block's brace may stand in the line of its keyword or in
 * the next one.
 *
 * @throws InputError for braces that do not match
 */
export function blocksOf(lines: readonly Line[]): Statement[] {
  const root: Statement[] = []
  const open: Statement[] = []
  for (const { text, at } of lines) {
    let fresh = true
    for (const word of wordsOf(text)) {
      const here = open.at(-1)?.block ?? root
      const last = here.at(-1)
      if (word === '}') {
        if (!open.pop()) throw new InputError(at, 'this } closes no block', 'take it away')
        fresh = true
      } else if (word === '{') {
        if (!last || last.block) throw new InputError(at, 'this { belongs to no keyword', OPEN)
        last.block = []
        open.push(last)
        fresh = true
      } else if (fresh || !last) {
        here.push({ keyword: unquoted(word), words: [], at })
        fresh = false
      } else last.words = [...last.words, unquoted(word)]
    }
  }
  const unclosed = open.at(-1)
  if (unclosed) throw new InputError(unclosed.at, `the block ${unclosed.keyword} has no }`, WHOLE)
  return root
}

/** Words, quoted strings as one, and braces. */
function wordsOf(text: string): string[] {
  return text.match(/(?:"(?:\\.|[^"\\])*"|'[^']*'|\$\{\w+\}|[^\s{}"'])+|[{}]|["']/g) ?? []
}

function unquoted(word: string): string {
  return word.replaceAll(/^["']|["']$/g, '')
}

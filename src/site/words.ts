/** A word of a line, quotes and backslashes taken off, and the column it starts at, from 0. */
export interface Word {
  text: string
  start: number
}

/** A line that a shell could not split: an open quote or a backslash at the end. */
export class BadWords extends Error {
  constructor(
    message: string,
    readonly column: number,
  ) {
    super(message)
  }
}

// One piece of a word: 'verbatim', "only \" and \\ are escaped", an escaped or a plain character.
const PIECE =
  /'(?<single>[^']*)'|"(?<double>(?:\\[^]|[^"\\])*)"|\\(?<escaped>[^])|(?<plain>[^\s'"\\#]+)/y
const BLANKS = /\s*/y

/**
 * Splits a line as a POSIX shell would, without expanding anything; an unquoted `#` starts a
 * comment even in the middle of a word, as it does in Ansible's inventories.
 * @throws BadWords
 */
export function splitWords(line: string): Word[] {
  const words: Word[] = []
  for (
    let next = skip(line, 0);
    next < line.length && line[next] !== '#';
    next = skip(line, next)
  ) {
    const start = next
    let text = ''
    while (next < line.length && !/[\s#]/.test(line.charAt(next))) {
      PIECE.lastIndex = next
      const found = PIECE.exec(line)
      if (found === null) throw unfinished(line, next)
      text += pieceText(found)
      next += found[0].length
    }
    words.push({ text, start })
  }
  return words
}

function pieceText({ groups = {} }: RegExpExecArray): string {
  const { single, double, escaped, plain } = groups
  return double?.replace(/\\(["\\])/g, '$1') ?? single ?? escaped ?? plain ?? ''
}

function skip(line: string, from: number): number {
  BLANKS.lastIndex = from
  BLANKS.test(line)
  return BLANKS.lastIndex
}

function unfinished(line: string, at: number): BadWords {
  return line[at] === '\\'
    ? new BadWords('a backslash at the end of the line escapes nothing', at)
    : new BadWords(`the quote ${line.charAt(at)} is never closed`, at)
}

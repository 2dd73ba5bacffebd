import { TaskFailed } from '../core/errors.js'

/**
 * Splits a command line into words as a shell does, quotes and backslashes included.
 * Nothing is expanded: $HOME and * stay what they are.
 *
 * @throws TaskFailed when a quote is not closed
 */
export function splitWords(line: string): string[] {
  const words: string[] = []
  const rest = line.replace(/^\s+/, '')
  const word = /((?:[^\s'"\\]|'[^']*'|"(?:[^"\\]|\\[^])*"|\\[^])+)(\s+|$)/y
  while (word.lastIndex < rest.length) {
    const start = word.lastIndex
    const match = word.exec(rest)
    if (!match) {
      throw new TaskFailed(`a quote is not closed in: ${rest.slice(start)}`, 'close the quote')
    }
    words.push(unquote(match[1]!))
  }
  return words
}

function unquote(word: string): string {
  return word.replace(/'([^']*)'|"((?:[^"\\]|\\[^])*)"|\\([^])/g, (_, single, double, escaped) => {
    if (typeof single === 'string') return single
    if (typeof double === 'string') return double.replace(/\\(["\\$`\n])/g, keep)
    return keep('', String(escaped))
  })
}

/** A backslash goes, and with it the end of a line. */
function keep(_: string, character: string): string {
  return character === '\n' ? '' : character
}

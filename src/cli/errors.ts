import { styleText } from 'node:util'
import { readFileSync } from 'node:fs'
import { type DrPlayError, InputErrors, type Position, where } from '../core/errors.js'
import { isSealed } from '../site/vault-cipher.js'

/** An error as the user sees it: where, the line with a caret, what, and what to do next. */
export function errorLines(error: DrPlayError, colour: boolean): string[] {
  if (error instanceof InputErrors) {
    const lines = error.errors.flatMap((each) => [...errorLines(each, colour), ''])
    const count = error.errors.length
    return [...lines, `${count} ${count === 1 ? 'error' : 'errors'}; no host was contacted`]
  }
  return messageLines('error', error, colour)
}

/** One message: `error: site.yml:4:11: ...`, the line, and a hint. */
export function messageLines(
  severity: 'error' | 'warning',
  { at, message, hint }: { at?: Position | undefined; message: string; hint?: string | undefined },
  colour: boolean,
): string[] {
  const style = (format: 'red' | 'yellow' | 'dim', text: string) =>
    colour ? styleText(format, text, { validateStream: false }) : text
  const prefix = at ? `${where(at)}: ` : ''
  return [
    `${style(severity === 'error' ? 'red' : 'yellow', `${severity}:`)} ${prefix}${message}`,
    ...(at ? excerpt(at).map((line) => style('dim', line)) : []),
    ...(hint === undefined || hint === '' ? [] : [`  ${hint}`]),
  ]
}

/** The line of a file, and a caret below the column. */
function excerpt({ file, line, col }: Position): string[] {
  const text = readLine(file, line)
  if (text === undefined || text.trim() === '') return []
  const gutter = `  ${line} | `
  const caret = ' '.repeat(gutter.length + col - 1)
  return [`${gutter}${text}`, `${caret}^`]
}

function readLine(file: string, line: number): string | undefined {
  try {
    const text = readFileSync(file, 'utf8')
    return isSealed(text) ? undefined : text.split('\n')[line - 1]
  } catch {
    return undefined // Not every place is a file: `-e`, `-i a,b,`.
  }
}

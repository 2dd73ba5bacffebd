import { createInterface } from 'node:readline'
import { InputError, Interrupted } from '../core/errors.js'
import type { Ask } from '../run/questions.js'
import { askSecret } from './password.js'

const ELSEWHERE = 'give it seconds or minutes, or leave it out with --skip-tags'

/**
 * Asks on the terminal, on stderr: what is asked is no result. Whoever ends the input instead of
 * answering ends the run.
 */
export function asker(signal: AbortSignal, interrupt: () => void): Ask {
  return async (question, hidden) => {
    if (!process.stdin.isTTY) {
      throw new InputError(undefined, `${question}there is no terminal to answer on`, ELSEWHERE)
    }
    if (hidden) return (await askSecret(question)).reveal()
    return await answerTo(question, signal, interrupt)
  }
}

/** The terminal stays as it is: it echoes, and makes a signal of Ctrl-C. */
async function answerTo(
  question: string,
  signal: AbortSignal,
  interrupt: () => void,
): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr, terminal: false })
  const close = () => {
    lines.close()
  }
  signal.addEventListener('abort', close)
  const answer = await new Promise<string | undefined>((resolve) => {
    lines.once('close', () => {
      resolve(undefined)
    })
    lines.question(question, resolve)
  })
  signal.removeEventListener('abort', close)
  lines.close()
  if (answer !== undefined) return answer
  interrupt()
  throw new Interrupted()
}

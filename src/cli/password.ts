import { InputError, Interrupted } from '../core/errors.js'
import { Secret } from '../core/sh.js'

/**
 * Asks on the terminal for what must not be seen there: nothing of it is echoed, and the terminal is
 * sent no control sequence. @throws InputError without a terminal, Interrupted on Ctrl-C or Ctrl-D
 */
export async function askSecret(what: string): Promise<Secret> {
  if (!process.stdin.isTTY) {
    const hint = 'without one: ansible_password and ansible_become_password, --vault-password-file'
    throw new InputError(undefined, `${what}: there is no terminal to ask on`, hint)
  }
  process.stdin.setRawMode(true) // Without echo, so before the question is seen.
  process.stderr.write(`${what.trimEnd().replace(/:$/, '')}: `)
  try {
    return new Secret(await hiddenLine())
  } finally {
    process.stdin.setRawMode(false).pause()
    process.stderr.write('\n')
  }
}

/** What is typed up to Enter. The terminal sends each key as it is pressed. */
function hiddenLine(): Promise<string> {
  const { stdin } = process
  let typed: string[] = []
  return new Promise((resolve, reject) => {
    const end = () => reject(new Interrupted())
    const read = (keys: string) => {
      const all = Array.from(keys)
      for (const [i, key] of all.entries()) {
        if (key === '\r' || key === '\n') {
          stdin.off('data', read).off('end', end)
          const later = all.slice(i + 1).join('')
          if (later !== '') stdin.unshift(later, 'utf8')
          return resolve(typed.join(''))
        }
        if (key === CTRL_C || (key === CTRL_D && typed.length === 0)) return end()
        if (key === CTRL_U) typed = []
        else if (key === BACKSPACE || key === '\b') typed.pop()
        else typed.push(key)
      }
    }
    stdin.setEncoding('utf8').on('data', read).once('end', end).resume()
  })
}

const CTRL_C = '\x03'
const CTRL_D = '\x04'
const CTRL_U = '\x15'
const BACKSPACE = '\x7f'

import password from '@inquirer/password'
import { InputError } from '../core/errors.js'
import { Secret } from '../core/sh.js'

/** Asks on the terminal for what must not be seen there. @throws InputError without one */
export async function askSecret(what: string): Promise<Secret> {
  if (!process.stdin.isTTY) {
    const hint = 'without one: ansible_password and ansible_become_password, --vault-password-file'
    throw new InputError(undefined, `${what}: there is no terminal to ask on`, hint)
  }
  return new Secret(await password({ message: what }, { output: process.stderr }))
}

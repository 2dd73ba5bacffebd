import { Unreachable } from '../core/errors.js'
import { quote } from '../core/sh.js'
import type { Become } from '../core/transport.js'

/** What sudo says when it wants the password. */
export const prompt = (nonce: string): string => `[password ${nonce}]`

/** What a shell with a password in front of it says once it is there. */
export const hello = (nonce: string): string => `@${nonce} hello`

/**
 * The command line that becomes an sh of that user; any login shell understands it.
 *
 * The password may only be sent when sudo asks, and the first line for the shell only after
 * its hello: sudo would take the line for a password, the shell the password for a command.
 */
export function shellCommand(become: Become | undefined, nonce: string): string {
  if (!become) return 'exec /bin/sh'
  const sudo = `exec env LC_ALL=C sudo -H -u ${quote(become.user)}`
  if (!become.password) return `${sudo} -n -- /bin/sh`
  const shell = `/bin/sh -c ${quote(`echo ${hello(nonce)}; exec /bin/sh`)}`
  return `${sudo} -S -p ${quote(prompt(nonce))} -- ${shell}`
}

const reasons: readonly (readonly [RegExp, string])[] = [
  [
    /a password is required/,
    'give it as ansible_become_password, or allow NOPASSWD for this user in sudoers',
  ],
  [/(not in the sudoers|not allowed to|may not run)/, 'allow it in /etc/sudoers.d of the host'],
  [/incorrect password|try again/, 'check ansible_become_password'],
  [/must have a tty/, 'remove `requiretty` for this user from the sudoers of the host'],
  [/unknown user/, 'check ansible_become_user'],
  [/not found|No such file/, 'install sudo on the host, or log in as that user'],
]

/**
 * @param said what sudo printed, as far as it is known
 * @param why it is over, where that says nothing
 */
export function becomeError(host: string, become: Become, said: string, why: string): Unreachable {
  const lines = said
    .split(/\n|\[password \w+\]/)
    .map((line) => line.trim())
    .filter(Boolean)
  for (const [pattern, hint] of reasons) {
    const line = lines.find((each) => pattern.test(each))
    if (line) return failure(host, become, line, hint)
  }
  return failure(host, become, lines.at(-1) ?? why)
}

const failure = (host: string, { user }: Become, why: string, hint?: string): Unreachable =>
  new Unreachable(`${host}: sudo to ${user} failed: ${why}`, hint)

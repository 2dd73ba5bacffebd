import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Unreachable } from '../../src/core/errors.js'
import { Secret, Sh } from '../../src/core/sh.js'
import type { Session } from '../../src/core/transport.js'
import type { Sshd } from './sshd.js'
import { isRoot, open, startSshd } from './sshd.js'
import { users } from './users.js'

const kinds: [string, string[]][] = [
  ['password', ['PasswordAuthentication yes', 'KbdInteractiveAuthentication no']],
  [
    'keyboard-interactive',
    ['PasswordAuthentication no', 'KbdInteractiveAuthentication yes', 'UsePAM yes'],
  ],
]

describe.runIf(isRoot).each(kinds)('a host that asks for a password by %s', (_, config) => {
  let sshd: Sshd
  beforeAll(async () => {
    sshd = await startSshd({ before: users, config })
  })
  afterAll(() => sshd.stop())

  const login = (password: string, privateKeyFile?: string): Promise<Session> =>
    open(sshd, {
      target: { user: 'other', password: new Secret(password), privateKeyFile },
      options: { privateKeyFile: undefined, agent: undefined },
    })
  const whoami = async (session: Session): Promise<string> => {
    let said = ''
    for await (const frame of session.run([Sh.trusted('id -un')], 'all')) said += frame.stdout
    await session.close()
    return said
  }

  test('the right one', async () => {
    expect(await whoami(await login("it's other"))).toBe('other\n')
    expect(sshd.log()).not.toContain('Failed')
  })

  test('the key that the inventory names comes first', async () => {
    const before = sshd.log().length
    expect(await whoami(await login('wrong', sshd.key))).toBe('other\n')
    expect(sshd.log().slice(before)).not.toContain('Failed')
  })

  test('the wrong one, and nothing of it in the message', async () => {
    const error: unknown = await login('hunter2').catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(Unreachable)
    expect(String(error)).toMatch(/rs1 refused the login as other: tried the password/)
    expect(JSON.stringify(error)).not.toContain('hunter2')
  })
})

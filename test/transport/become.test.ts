import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Interrupted } from '../../src/core/errors.js'
import { Secret, Sh, sh } from '../../src/core/sh.js'
import type { Become, Frame, Session } from '../../src/core/transport.js'
import type { Sshd } from './sshd.js'
import { isRoot, open, startSshd } from './sshd.js'
import { users } from './users.js'

const raw = (text: string): Sh => Sh.trusted(text)
const become = (user: string, password?: string): Become => ({
  user,
  password: password === undefined ? undefined : new Secret(password),
})

async function run(on: Session, text: string, as?: Become): Promise<Frame> {
  const frames: Frame[] = []
  for await (const frame of on.run([raw(text)], 'all', as)) frames.push(frame)
  return frames[0]!
}

describe.runIf(isRoot)('sudo, as several users of one host', () => {
  let sshd: Sshd
  beforeAll(async () => {
    sshd = await startSshd({ before: users })
  })
  afterAll(() => sshd.stop())

  const as = (user: string, signal?: AbortSignal): Promise<Session> =>
    open(sshd, { target: { user }, ...(signal && { signal }) })

  test.each<[string, Become | undefined, string]>([
    ['free', undefined, 'free'],
    ['free', become('free'), 'free'],
    ['free', become('root'), 'root'],
    ['free', become('other'), 'other'],
    ['pty', become('root'), 'root'],
    ['asked', become('root', "it's asked"), 'root'],
    ['asked', become('other', "it's asked"), 'other'],
    ['root', become('root'), 'root'],
    ['root', become('other'), 'other'],
  ])('%s becomes %o', async (user, wanted, id) => {
    const session = await as(user)
    const frame = await run(session, 'id -un; echo "$HOME"; cat; echo $LC_ALL; pwd', wanted)
    const home = id === 'root' ? '/root' : `/home/${id}`
    expect(frame).toEqual({
      step: 0,
      status: 0,
      stdout: `${id}\n${home}\nC\n${home}\n`,
      stderr: '',
    })
    expect(session.trips).toBe(1)
    await session.close()
  })

  test('a password that sudo does not ask for is never run as a command', async () => {
    const session = await as('free')
    const frame = await run(session, 'id -un', become('root', 'touch /run/sudo/was-run'))
    expect(frame).toMatchObject({ status: 0, stdout: 'root\n', stderr: '' })
    expect((await run(session, 'ls /run/sudo/was-run', become('root'))).status).not.toBe(0)
    await session.close()
  })

  test('each user has a shell of its own, and keeps it', async () => {
    const session = await as('free')
    const pid = async (who?: Become): Promise<string> => (await run(session, 'echo $$', who)).stdout
    const pids = [await pid(), await pid(become('root')), await pid(become('other'))]
    expect(new Set(pids).size).toBe(3)
    expect([await pid(), await pid(become('root')), await pid(become('other'))]).toEqual(pids)
    await session.close()
  })

  test('an upload belongs to the user it is for', async () => {
    const session = await as('free')
    await session.upload('/home/other/file', Buffer.from([0, 255, 10]), become('other'))
    const frame = await run(session, 'stat -c "%U %a %s" /home/other/file', become('root'))
    expect(frame.stdout).toBe('other 600 3\n')
    await session.close()
  })

  test.each<[string, Become, RegExp, RegExp]>([
    ['asked', become('root'), /password is required/, /ansible_become_password/],
    [
      'asked',
      become('root', 'wrong'),
      /sudo to root failed: Sorry, try again/,
      /check ansible_bec/,
    ],
    ['stranger', become('root', "it's stranger"), /not in the sudoers/, /sudoers/],
    ['notty', become('root'), /must have a tty/, /requiretty/],
    ['free', become('nobody-there'), /unknown user/, /ansible_become_user/],
  ])('%s becoming %o is refused in words', async (user, wanted, message, hint) => {
    const session = await as(user)
    const error = await run(session, 'id', wanted).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ name: 'Unreachable' })
    expect(error).toMatchObject({ message: expect.stringMatching(message) as string })
    expect(error).toMatchObject({ hint: expect.stringMatching(hint) as string })
    await session.close()
  })

  test('a wrong password is tried once: nobody is locked out by us', async () => {
    const session = await as('asked')
    await run(session, 'id', become('root', 'wrong')).catch(() => undefined)
    await session.close()
    const root = await as('root')
    const failures = (): Promise<Frame> => run(root, 'grep -A9 asked /run/sudo/log')
    while (!(await failures()).stdout.includes('incorrect')) await setTimeout(10)
    expect((await failures()).stdout).toMatch(/1 incorrect password attempt/)
    expect((await failures()).stdout).not.toMatch(/[2-9] incorrect/)
    await root.close()
  })

  test('a login shell that lets nobody in is named', async () => {
    const session = await as('nologin')
    await expect(run(session, 'id')).rejects.toThrow(/no shell there.*status 1/)
    await session.close()
  })

  test.each(['free', 'pty'])('an interrupt ends what root does for %s', async (user) => {
    const dir = mkdtempSync(join(tmpdir(), 'become-'))
    const abort = new AbortController()
    const session = await as(user, abort.signal)
    const file = join(dir, 'pid')
    const step = sh`sleep 1000 & echo $! >${file}; wait`
    const work = (async () => {
      for await (const frame of session.run([step], 'all', become('root'))) expect(frame).toBe(0)
    })()
    while (!existsSync(file) || readFileSync(file, 'utf8') === '') await setTimeout(10)
    const pid = readFileSync(file, 'utf8').trim()
    expect(existsSync(`/proc/${pid}`)).toBe(true)
    abort.abort()
    await expect(work).rejects.toThrow(Interrupted)
    expect(existsSync(`/proc/${pid}`)).toBe(false)
    await session.close()
    rmSync(dir, { recursive: true })
  })
})

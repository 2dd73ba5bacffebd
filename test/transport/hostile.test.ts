import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { ServerChannel } from 'ssh2'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { Interrupted, Unreachable } from '../../src/core/errors.js'
import { Sh } from '../../src/core/sh.js'
import type { Frame, Limit, Session } from '../../src/core/transport.js'
import type { SshOptions } from '../../src/transport/ssh.js'
import { type Lie, type LyingHost, lyingHost, shell } from './lying-host.js'
import { open, type Sshd, startSshd } from './sshd.js'

const raw = (text: string): Sh => Sh.trusted(text)
const soon: Limit = { seconds: 0.5, ends: 'host' }

let sshd: Sshd
beforeAll(async () => {
  sshd = await startSshd()
})
afterAll(() => sshd.stop())

const started: (() => void)[] = []
afterEach(() => {
  for (const stop of started.splice(0)) stop()
})

async function host(lie: Lie): Promise<LyingHost> {
  const lying = await lyingHost(lie)
  started.push(() => lying.stop())
  return lying
}

const reach = (port: number, options: Partial<SshOptions> = {}, signal?: AbortSignal) =>
  open(sshd, {
    target: { port },
    options: { hostKeyChecking: 'no', ...options },
    ...(signal && { signal }),
  })

async function run(session: Session, limit?: Limit): Promise<Frame[]> {
  const frames: Frame[] = []
  for await (const frame of session.run([raw('echo here')], 'all', undefined, undefined, [limit]))
    frames.push(frame)
  return frames
}

async function refused(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.then(
    () => 'it succeeded',
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(Unreachable)
  return `${(error as Unreachable).message} | ${(error as Unreachable).hint ?? ''}`
}

/** What a lying shell says to the first trip, on stdout and on stderr. */
const says = (
  out: (mark: string) => string,
  err = (mark: string) => `${mark}\n${mark}\n`,
): Lie => ({
  exec: shell((channel, mark) => {
    channel.stderr.write(err(mark))
    channel.write(out(mark))
  }),
})

/** Writes for as long as it is listened to. */
function forever(channel: ServerChannel, bytes: Buffer): void {
  const more = (): void => {
    while (channel.writable && channel.write(bytes));
  }
  channel.on('drain', more)
  more()
}

describe('a host that lies fails, alone', () => {
  test.each<[string, (mark: string) => string]>([
    ['it ended 99999999999 steps', (mark) => `${mark}\n${mark} ended 99999999999 0\n`],
    ['more marks than steps in one packet', (mark) => `${mark}\n${`${mark} 0\n`.repeat(5000)}`],
    ['a status that is no number', (mark) => `${mark}\n${mark} zero\n`],
    ['a mark that never ends', (mark) => `${mark}\n${mark} progress ${'x'.repeat(1_000_000)}`],
  ])('%s', async (what, answer) => {
    // With one step, five thousand of them are too many for stderr first.
    const err = (mark: string): string => `${mark}\n`.repeat(what.startsWith('more') ? 5000 : 2)
    const lying = await host(says(answer, err))
    const session = await reach(lying.port)
    expect(await refused(run(session))).toMatch(
      /rs1 does not answer as the shell that was started there: .* \| is it the host/,
    )
    await session.close()
  })

  test('a flood of single bytes keeps nobody from his turn', async () => {
    let flooding = true
    const lying = await host({
      exec: (channel) => {
        const flood = (): void => {
          if (!flooding) return
          for (let i = 0; i < 2000; i++) channel.write('x')
          setImmediate(flood)
        }
        flood()
      },
    })
    const session = await reach(lying.port, { patience: 60_000 })
    const flooded = refused(run(session))
    // Meanwhile another host is asked fifty times.
    const sound = await open(sshd)
    for (let i = 0; i < 50; i++) expect((await run(sound))[0]!.stdout).toBe('here\n')
    flooding = false
    await session.close()
    await sound.close()
    lying.stop()
    expect(await flooded).toMatch(/rs1/)
  })

  test('what it prints before its shell is there has no end', async () => {
    const lying = await host({ exec: (channel) => forever(channel, Buffer.alloc(65536, 'x')) })
    const session = await reach(lying.port)
    expect(await refused(run(session))).toMatch(/what its start files print has no end/)
    await session.close()
  })

  test('it takes nothing any more', async () => {
    const lying = await host({ exec: shell(() => undefined) })
    const session = await reach(lying.port, { silence: 1 })
    const trip = refused(run(session))
    while (lying.commands.length === 0) await setTimeout(10)
    lying.sockets[0]!.pause()
    expect(await trip).toMatch(/the host no longer answers/)
    await session.close()
  })

  test('key exchanges in which it could choose the work are not offered', async () => {
    const gex = await startSshd({ config: ['KexAlgorithms diffie-hellman-group-exchange-sha256'] })
    started.push(() => gex.stop())
    expect(await refused(open(gex))).toMatch(/share no algorithm/)
    const packed = await host({ algorithms: { compress: ['zlib'] } })
    expect(await refused(reach(packed.port))).toMatch(/share no algorithm/)
  })
})

/** Where a host may stop to answer, and what is done with it there. */
const stages: [string, Lie, RegExp][] = [
  ['opens no channel', { session: () => undefined }, /opened no channel for a command within 1 s/],
  ['starts no command', {}, /opened no channel for a command within 1 s/],
  ['starts no shell', { exec: () => undefined }, /no shell there: no answer within 1 s/],
  [
    'says a byte at a time, and never that its shell is there',
    {
      exec: (channel) => {
        const timer = setInterval(() => channel.write('.'), 20)
        channel.on('close', () => clearInterval(timer))
      },
    },
    /no answer within 1 s; the last that was said: \.+ \| .*start file/,
  ],
  ['answers no trip', { exec: shell(() => undefined) }, /no answer within 0.5 s/],
  [
    'answers a byte at a time',
    {
      exec: shell((channel, mark) => {
        channel.write(`${mark}\n`)
        const timer = setInterval(() => channel.write('.'), 20)
        channel.on('close', () => clearInterval(timer))
      }),
    },
    /no answer within 0.5 s/,
  ],
]

describe.each(stages)('a host that %s', (_, lie, message) => {
  test('is given up', async () => {
    const lying = await host(lie)
    const session = await reach(lying.port, { patience: 1000 })
    expect(await refused(run(session, soon))).toMatch(message)
    await session.close()
  })

  test('keeps no interrupt waiting', { timeout: 10_000 }, async () => {
    const lying = await host(lie)
    const abort = new AbortController()
    const session = await reach(lying.port, {}, abort.signal)
    const work = run(session)
    void setTimeout(300).then(() => abort.abort())
    await expect(work).rejects.toThrow(Interrupted)
    await session.close()
  })
})

describe('before there is a login', () => {
  /** Says one byte after the other. */
  async function trickle(text: string): Promise<number> {
    const sockets: Socket[] = []
    const server = createServer((socket) => {
      sockets.push(socket)
      let at = 0
      const timer = setInterval(() => socket.write(text[at++ % text.length]!), 20)
      socket.on('error', () => undefined).on('close', () => clearInterval(timer))
    }).listen(0, '127.0.0.1')
    started.push(() => {
      for (const socket of sockets) socket.destroy()
      server.close()
    })
    await once(server, 'listening')
    return (server.address() as AddressInfo).port
  }

  test.each(['SSH-2.0-slow', 'a greeting\r\n'])('a byte at a time: %j', async (text) => {
    const port = await trickle(text)
    expect(await refused(reach(port, { connectTimeout: 1 }))).toMatch(/Timed out/)
  })

  test('an agent that does not answer is left out', async () => {
    const path = join(sshd.dir, 'deaf-agent')
    const server = createServer(() => undefined).listen(path)
    started.push(() => server.close())
    await once(server, 'listening')
    const opening = open(sshd, { options: { agent: path, connectTimeout: 1 } })
    expect((await run(await opening))[0]!.stdout).toBe('here\n')
    const abort = new AbortController()
    const waiting = open(sshd, { options: { agent: path }, signal: abort.signal })
    void setTimeout(100).then(() => abort.abort())
    await expect(waiting).rejects.toThrow(Interrupted)
  })
})

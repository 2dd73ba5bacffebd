import { execFileSync, spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import type { Server, Socket } from 'node:net'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Interrupted, Unreachable } from '../../src/core/errors.js'
import { Sh, sh } from '../../src/core/sh.js'
import type { Frame, Session, Target } from '../../src/core/transport.js'
import type { SshOptions } from '../../src/transport/ssh.js'
import { sshTransport } from '../../src/transport/ssh.js'
import type { Sshd } from './sshd.js'
import { freePort, keygen, me, open, startSshd } from './sshd.js'

const raw = (text: string): Sh => Sh.trusted(text)

async function echo(session: Session): Promise<string> {
  const frames: Frame[] = []
  for await (const frame of session.run([raw('echo here')], 'all')) frames.push(frame)
  await session.close()
  return frames[0]!.stdout
}

/** How an attempt to open a session ends. */
async function failure(opening: Promise<unknown>): Promise<string> {
  const error: unknown = await opening.then(
    () => 'it succeeded',
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(Unreachable)
  return error instanceof Unreachable ? `${error.message} | ${error.hint ?? ''}` : ''
}

let sshd: Sshd
beforeAll(async () => {
  sshd = await startSshd({ hostKeyTypes: ['ed25519', 'rsa', 'ecdsa'] })
})
afterAll(() => sshd.stop())

const publicKey = (type: string): string =>
  readFileSync(join(sshd.dir, `host_${type}.pub`), 'utf8')
    .split(' ')
    .slice(0, 2)
    .join(' ')
const name = (): string => `[127.0.0.1]:${sshd.port}`
const fingerprint = (type: string): string =>
  execFileSync('ssh-keygen', ['-lf', join(sshd.dir, `host_${type}.pub`)], {
    encoding: 'utf8',
  }).split(' ')[1]!

let files = 0
const knownHosts = (text?: string): string => {
  const file = join(sshd.dir, `known-${++files}`)
  if (text !== undefined) writeFileSync(file, text)
  return file
}
const checking = (
  hostKeyChecking: SshOptions['hostKeyChecking'],
  ...knownHostsFiles: string[]
): Promise<Session> => open(sshd, { options: { hostKeyChecking, knownHostsFiles } })

describe('host keys', () => {
  test.each(['ed25519', 'rsa', 'ecdsa'])('a known %s key is asked for', async (type) => {
    const session = await checking('yes', knownHosts(`${name()} ${publicKey(type)}\n`))
    expect(await echo(session)).toBe('here\n')
  })

  test('a key known for the plain name is good for any port, as for ssh', async () => {
    const file = knownHosts(`127.0.0.1 ${publicKey('ed25519')}\n`)
    expect(await echo(await checking('yes', file))).toBe('here\n')
  })

  test('an unknown key is refused with its fingerprint and what to do', async () => {
    const file = knownHosts()
    const said = await failure(checking('yes', file))
    expect(said).toContain(`rs1: the host key of ${name()} is not known`)
    expect(said).toContain(`ssh-ed25519 ${fingerprint('ed25519')}`)
    expect(said).toContain(`ssh-keyscan -p ${sshd.port} 127.0.0.1 >> ${file}`)
    expect(said).toContain('--host-key-checking accept-new')
    expect(existsSync(file)).toBe(false)
  })

  test('what the hint says, done, helps', async () => {
    const file = knownHosts()
    const scan = /`(ssh-keyscan [^`]*)`/.exec(await failure(checking('yes', file)))![1]!
    execFileSync('sh', ['-c', scan], { stdio: 'ignore' })
    expect(await echo(await checking('yes', file))).toBe('here\n')
  })

  test('accept-new remembers a host once, and refuses what differs later', async () => {
    const file = knownHosts()
    await Promise.all([1, 2, 3].map(async () => echo(await checking('accept-new', file))))
    expect(readFileSync(file, 'utf8')).toBe(`${name()} ${publicKey('ed25519')}\n`)
    expect(await echo(await checking('yes', file))).toBe('here\n')
  })

  test.each(['yes', 'accept-new'] as const)('a changed key is refused: %s', async (mode) => {
    const other = join(sshd.dir, `other-${mode}`)
    keygen(other, 'ed25519')
    const line = `${name()} ${readFileSync(`${other}.pub`, 'utf8')}`
    const file = knownHosts(line)
    const said = await failure(checking(mode, file))
    expect(said).toMatch(/has CHANGED: it is ssh-\S+ SHA256:\S+, known is ssh-ed25519 SHA256:/)
    expect(said).toContain(`${file}:1`)
    expect(said).toContain(`ssh-keygen -R '${name()}' -f ${file}`)
    expect(readFileSync(file, 'utf8')).toBe(line)
  })

  test.each(['yes', 'accept-new', 'no'] as const)('a revoked key is refused: %s', async (mode) => {
    const key = publicKey('ed25519')
    const file = knownHosts(`${name()} ${key}\n@revoked * ${key}\n`)
    expect(await failure(checking(mode, file))).toMatch(/is revoked: ssh-ed25519 SHA256.*:2\)/)
  })

  test('a host may have a known_hosts file and a rule of its own', async () => {
    const knownHostsFile = knownHosts()
    const opening = open(sshd, { target: { knownHostsFile, hostKeyChecking: 'accept-new' } })
    expect(await echo(await opening)).toBe('here\n')
    expect(readFileSync(knownHostsFile, 'utf8')).toContain(name())
  })

  test('no: any key will do, and nothing is written', async () => {
    const file = knownHosts()
    expect(await echo(await checking('no', file))).toBe('here\n')
    expect(existsSync(file)).toBe(false)
  })
})

describe('keys', () => {
  const withKey = (privateKeyFile: string, agent?: string): Promise<Session> =>
    open(sshd, { options: { privateKeyFile, agent } })
  const allowed = (file: string): void =>
    writeFileSync(join(sshd.dir, 'authorized_keys'), readFileSync(`${file}.pub`), { flag: 'a' })

  test.each(['rsa', 'ecdsa'])('an %s key', async (type) => {
    const file = join(sshd.dir, `mine-${type}`)
    keygen(file, type)
    allowed(file)
    expect(await echo(await withKey(file))).toBe('here\n')
  })

  test('a key that the host does not know: who tried what, and what next', async () => {
    const file = join(sshd.dir, 'strange')
    keygen(file, 'ed25519')
    const said = await failure(withKey(file))
    expect(said).toContain(`rs1 refused the login as ${me}: tried ${file} (the host accepts `)
    expect(said).toContain(`ssh-copy-id -p ${sshd.port} ${me}@127.0.0.1`)
  })

  test('a key with a passphrase, with and without an agent that holds it', async () => {
    const file = join(sshd.dir, 'secret')
    keygen(file, 'ed25519', 'open sesame')
    allowed(file)
    expect(await failure(withKey(file))).toMatch(/it has a passphrase .* ssh-add/)
    const socket = join(sshd.dir, 'agent')
    const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' })
    while (!existsSync(socket)) await setTimeout(10)
    expect(await failure(withKey(file, socket))).toMatch(/it has a passphrase/)
    const ask = join(sshd.dir, 'ask')
    writeFileSync(ask, '#!/bin/sh\necho open sesame\n', { mode: 0o700 })
    execFileSync('ssh-add', [file], {
      env: {
        ...process.env,
        SSH_AUTH_SOCK: socket,
        SSH_ASKPASS: ask,
        SSH_ASKPASS_REQUIRE: 'force',
      },
      stdio: 'ignore',
    })
    expect(await echo(await withKey(file, socket))).toBe('here\n')
    agent.kill()
  })

  test('a key that others may read', async () => {
    const file = join(sshd.dir, 'open')
    keygen(file, 'ed25519')
    chmodSync(file, 0o644)
    expect(await failure(withKey(file))).toContain(`chmod 600 ${file}`)
  })

  test('no key there, and no key at all', async () => {
    const absent = join(sshd.dir, 'absent')
    expect(await failure(withKey(absent))).toMatch(/absent cannot be used: there is no such file/)
    const text = join(sshd.dir, 'text')
    writeFileSync(text, 'hello', { mode: 0o600 })
    expect(await failure(withKey(text))).toMatch(/text cannot be used: .*ssh-keygen -p -f/)
  })

  test('PKCS#8, which the library does not read, is named with the way out', async () => {
    const file = join(sshd.dir, 'pkcs8')
    execFileSync('openssl', ['genpkey', '-algorithm', 'ed25519', '-out', file], { stdio: 'ignore' })
    chmodSync(file, 0o600)
    expect(await failure(withKey(file))).toMatch(/cannot be used.*ssh-keygen -p -f/)
  })

  test('the usual files of the home folder, and the agent that is not there', async () => {
    const home = process.env.HOME
    const folder = join(sshd.dir, 'home')
    mkdirSync(join(folder, '.ssh'), { recursive: true })
    try {
      process.env.HOME = folder
      keygen(join(folder, '.ssh', 'other'), 'ed25519')
      allowed(join(folder, '.ssh', 'other'))
      expect(await echo(await withKey('~/.ssh/other'))).toBe('here\n')
      const options = { privateKeyFile: undefined, agent: join(sshd.dir, 'no-agent') }
      expect(await failure(open(sshd, { options }))).toMatch(/tried nothing/)
      keygen(join(folder, '.ssh', 'id_rsa'), 'rsa', 'a passphrase')
      keygen(join(folder, '.ssh', 'id_ecdsa'), 'ecdsa')
      allowed(join(folder, '.ssh', 'id_ecdsa'))
      expect(await echo(await open(sshd, { options }))).toBe('here\n')
      writeFileSync(join(folder, '.ssh', 'id_ecdsa'), 'garbage')
      const said = await failure(open(sshd, { options }))
      expect(said).toMatch(/tried nothing.*; not tried: .*id_ecdsa: .*id_rsa: it has a passphrase/)
    } finally {
      process.env.HOME = home
    }
  })
})

describe('hosts that do not answer', () => {
  const at = (more: Partial<Target>): Promise<Session> =>
    open(sshd, { target: more, options: { connectTimeout: 1 } })

  test('refused', async () => {
    expect(await failure(at({ port: await freePort() }))).toMatch(
      /rs1 \(127.0.0.1:\d+\): the connection was refused \| does sshd run there/,
    )
  })

  test('no such name', async () => {
    expect(await failure(at({ address: 'no-such-host.invalid' }))).toMatch(
      /no such host name|the name server does not answer/,
    )
  })

  test('a port that accepts and says nothing', async () => {
    const server = createServer(() => undefined).listen(0, '127.0.0.1')
    const port = await portOf(server)
    expect(await failure(at({ port }))).toMatch(/Timed out .* is it an SSH server/)
    server.close()
  })

  test('a server of another kind', async () => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined)
      socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')
    }).listen(0, '127.0.0.1')
    let clients = 0
    server.on('connection', () => clients++)
    expect(await failure(at({ port: await portOf(server) }))).toMatch(
      /dropped before the handshake/,
    )
    expect(clients).toBe(7)
    server.close()
  })

  test('an interrupt while connecting', async () => {
    const server = createServer(() => undefined).listen(0, '127.0.0.1')
    const abort = new AbortController()
    const opening = open(sshd, { target: { port: await portOf(server) }, signal: abort.signal })
    server.once('connection', () => abort.abort())
    await expect(opening).rejects.toThrow(Interrupted)
    server.close()
  })
})

test('an sshd that drops clients gets them all in the end', async () => {
  const busy = await startSshd({ config: ['MaxStartups 2:100:2'] })
  const transport = sshTransport(busy.options)
  const never = new AbortController().signal
  const opened = Array.from({ length: 12 }, async () =>
    echo(await transport.open(busy.target, never)),
  )
  expect(await Promise.all(opened)).toEqual(Array.from({ length: 12 }, () => 'here\n'))
  expect(busy.log()).toMatch(/MaxStartups|drop connection/)
  busy.stop()
})

test('an sshd that allows one session at a time: an interrupt still ends the work', async () => {
  const narrow = await startSshd({ config: ['MaxSessions 1'] })
  const abort = new AbortController()
  const session = await open(narrow, { signal: abort.signal })
  const file = join(narrow.dir, 'pid')
  const reading = (async () => {
    for await (const frame of session.run([sh`sleep 1000 & echo $! >${file}; wait`], 'all'))
      expect(frame).toBe(0)
  })()
  while (!existsSync(file) || readFileSync(file, 'utf8') === '') await setTimeout(10)
  const pid = readFileSync(file, 'utf8').trim()
  expect(existsSync(`/proc/${pid}`)).toBe(true)
  abort.abort()
  await expect(reading).rejects.toThrow(Interrupted)
  while (existsSync(`/proc/${pid}`)) await setTimeout(10)
  await session.close()
  narrow.stop()
})

/** A TCP proxy in front of the sshd, which can cut its connections or swallow all they send. */
class Proxy {
  readonly #pairs: Socket[][] = []
  readonly server: Server

  constructor(port: number) {
    this.server = createServer((near) => {
      const far = connect(port, '127.0.0.1')
      for (const socket of [near, far]) socket.on('error', () => undefined)
      near.pipe(far)
      far.pipe(near)
      this.#pairs.push([near, far])
    }).listen(0, '127.0.0.1')
  }

  cut(): void {
    for (const socket of this.#pairs.flat()) socket.destroy()
  }

  swallow(): void {
    for (const socket of this.#pairs.flat()) socket.unpipe().pause()
  }

  close(): void {
    this.cut()
    this.server.close()
  }
}

describe('a connection lost in the middle', () => {
  let proxy: Proxy
  let session: Session
  beforeAll(async () => {
    proxy = new Proxy(sshd.port)
    const port = await portOf(proxy.server)
    session = await open(sshd, { target: { port }, options: { hostKeyChecking: 'no' } })
  })
  afterAll(() => proxy.close())

  test('is unreachable, and the steps that had not begun are never run', async () => {
    const begun = join(sshd.dir, 'begun')
    const gate = join(sshd.dir, 'gate')
    const done = join(sshd.dir, 'done')
    const never = join(sshd.dir, 'never')
    const steps = [
      sh`echo $$ >${begun}; while [ ! -e ${gate} ]; do sleep 0.02; done; echo >${done}`,
      sh`echo >${never}`,
    ]
    const reading = (async () => {
      for await (const frame of session.run(steps, 'until-failure')) expect(frame).toBeUndefined()
    })()
    const said = failure(reading)
    while (!existsSync(begun) || readFileSync(begun, 'utf8') === '') await setTimeout(10)
    const shell = readFileSync(begun, 'utf8').trim()
    proxy.cut()
    expect(await said).toMatch(/rs1: the shell was lost in the middle of a run: .*run again/)
    writeFileSync(gate, '')
    while (existsSync(`/proc/${shell}`)) await setTimeout(10)
    expect(existsSync(done)).toBe(true)
    expect(existsSync(never)).toBe(false)
    expect(await failure(echo(session))).toMatch(/rs1/)
  })
})

test('a host that falls silent is noticed by the keepalive', { timeout: 60_000 }, async () => {
  const proxy = new Proxy(sshd.port)
  const port = await portOf(proxy.server)
  const session = await open(sshd, { target: { port }, options: { hostKeyChecking: 'no' } })
  const reading = (async () => {
    for await (const frame of session.run([raw('sleep 300')], 'all')) expect(frame).toBe(0)
  })()
  proxy.swallow()
  expect(await failure(reading)).toMatch(/the host no longer answers/)
  proxy.close()
})

const portOf = (server: Server): Promise<number> =>
  new Promise((resolve) => {
    const tell = (): void => {
      const address = server.address()
      resolve(typeof address === 'object' && address ? address.port : 0)
    }
    if (server.listening) tell()
    else server.once('listening', tell)
  })

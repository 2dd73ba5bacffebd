import type { ChildProcess } from 'node:child_process'
import { execFileSync, spawn } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { Target } from '../../src/core/transport.js'
import type { SshOptions } from '../../src/transport/ssh.js'
import { sshTransport } from '../../src/transport/ssh.js'

export const me = userInfo().username
export const isRoot = process.getuid?.() === 0

/** An sshd of the test's own on a port of the loopback, with keys and settings of its own. */
export interface Sshd {
  dir: string
  port: number
  /** The client's private key, which it accepts for the user of the test. */
  key: string
  knownHosts: string
  log(): string
  target: Target
  options: SshOptions
  stop(): void
}

export interface SshdOptions {
  /** Lines of sshd_config that override its own. */
  config?: string[]
  hostKeyTypes?: string[]
  /** Run by sh, as root in a mount namespace of its own, before sshd. */
  before?: string
}

export async function startSshd(options: SshdOptions = {}): Promise<Sshd> {
  const dir = mkdtempSync(join(tmpdir(), 'sshd-'))
  // sshd reads the authorized keys as the user who logs in.
  chmodSync(dir, 0o755)
  const port = await freePort()
  const types = options.hostKeyTypes ?? ['ed25519']
  for (const type of types) keygen(join(dir, `host_${type}`), type)
  const key = join(dir, 'id')
  keygen(key, 'ed25519')
  writeFileSync(join(dir, 'authorized_keys'), readFileSync(`${key}.pub`))
  if (isRoot) mkdirSync('/run/sshd', { recursive: true })
  writeFileSync(
    join(dir, 'config'),
    [
      ...(options.config ?? []),
      `ListenAddress 127.0.0.1:${port}`,
      ...types.map((type) => `HostKey ${dir}/host_${type}`),
      `AuthorizedKeysFile ${dir}/authorized_keys`,
      'PidFile none',
      'StrictModes no',
      'UsePAM no',
      'PermitRootLogin yes',
      'LogLevel VERBOSE',
      '',
    ].join('\n'),
  )
  const command = `/usr/sbin/sshd -D -e -f ${dir}/config`
  const child = options.before
    ? spawn('unshare', [
        '--mount',
        '--propagation',
        'private',
        'sh',
        '-ec',
        `${options.before}\nexec ${command}`,
      ])
    : spawn('sh', ['-c', `exec ${command}`])
  let log = ''
  child.stderr.on('data', (bytes: Buffer) => (log += bytes.toString()))
  await listening(port, child, () => log)
  const knownHosts = join(dir, 'known_hosts')
  const lines = types.map((type) => {
    const [kind, blob] = readFileSync(join(dir, `host_${type}.pub`), 'utf8').split(' ')
    return `[127.0.0.1]:${port} ${kind!} ${blob!}\n`
  })
  writeFileSync(knownHosts, lines.join(''))
  return {
    dir,
    port,
    key,
    knownHosts,
    log: () => log,
    target: target(port),
    options: { hostKeyChecking: 'yes', knownHostsFiles: [knownHosts], privateKeyFile: key },
    stop: () => {
      child.kill()
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

export const target = (port: number, more: Partial<Target> = {}): Target => ({
  name: 'rs1',
  connection: 'ssh',
  address: '127.0.0.1',
  port,
  user: me,
  password: undefined,
  privateKeyFile: undefined,
  ...more,
})

/** A session on it; `more` overrides the target's or the transport's own. */
export const open = (
  sshd: Sshd,
  more: { target?: Partial<Target>; options?: Partial<SshOptions>; signal?: AbortSignal } = {},
) =>
  sshTransport({ ...sshd.options, ...more.options }).open(
    { ...sshd.target, ...more.target },
    more.signal ?? new AbortController().signal,
  )

export function keygen(file: string, type: string, passphrase = ''): void {
  execFileSync('ssh-keygen', ['-q', '-t', type, '-N', passphrase, '-f', file])
}

export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}

async function listening(port: number, child: ChildProcess, log: () => string): Promise<void> {
  while (child.exitCode === null) {
    const answered = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true))
      socket.on('error', () => resolve(false))
      socket.unref()
    })
    if (answered) return
    await setTimeout(20)
  }
  throw new Error(`sshd did not start: ${log()}`)
}

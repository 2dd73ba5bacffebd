import type { Duplex } from 'node:stream'
import { NodeSSH } from 'node-ssh'
import type { Client, KexAlgorithm } from 'ssh2'
import { DrPlayError, Interrupted, Unreachable } from '../core/errors.js'
import type { Target } from '../core/transport.js'
import { login } from './auth.js'
import type { HostKeyPolicy } from './host-key.js'
import { checkHostKey, preferredAlgorithms } from './host-key.js'
import type { Identities } from './keys.js'
import { PacedSocket } from './paced.js'
import { openSocket } from './socket.js'

export interface Connection {
  client: Client
  /** Why it is gone; empty while it stands. */
  lost: () => string
}

/** The connection was dropped before the two sides agreed on keys: it may succeed later. */
export class Dropped extends Unreachable {}

/** How long a host may take, in milliseconds. */
export interface Timing {
  /** For the TCP connection, and again for handshake and login. */
  connect: number
  /** Without any sign of life, once it is logged in. */
  silence: number
}

/** The longest between two signs of life that a host is asked for, in milliseconds. */
const PULSE = 5000

/** Asks for a sign of life, three times at least, before the silence is over. */
function keepalive({ silence }: Timing): { keepaliveInterval: number; keepaliveCountMax: number } {
  const keepaliveInterval = Math.min(PULSE, silence / 3)
  return { keepaliveInterval, keepaliveCountMax: Math.round(silence / keepaliveInterval) - 1 }
}

/**
 * Key exchanges whose work for us no host can choose. In diffie-hellman-group-exchange it names the
 * prime, and to check one of 8192 bits takes Node 38 s, in which it does nothing else; those of the
 * largest fixed groups take a third of a second, as often as a host likes.
 */
const kex: KexAlgorithm[] = [
  'curve25519-sha256',
  'curve25519-sha256@libssh.org',
  'ecdh-sha2-nistp256',
  'ecdh-sha2-nistp384',
  'ecdh-sha2-nistp521',
  'diffie-hellman-group16-sha512',
  'diffie-hellman-group14-sha256',
]

/**
 * Connects and logs in, once.
 *
 * @throws Unreachable, Interrupted
 */
export async function connect(
  target: Target,
  user: string,
  identities: Identities,
  policy: HostKeyPolicy,
  timing: Timing,
  signal: AbortSignal,
): Promise<Connection> {
  const sock = new PacedSocket(await openSocket(target, timing.connect, signal))
  const hangUp = (): unknown => sock.destroy()
  signal.addEventListener('abort', hangUp)
  try {
    return await handshake(target, user, identities, policy, timing, sock)
  } catch (error) {
    sock.destroy()
    throw signal.aborted ? new Interrupted() : error
  } finally {
    signal.removeEventListener('abort', hangUp)
  }
}

async function handshake(
  target: Target,
  user: string,
  identities: Identities,
  policy: HostKeyPolicy,
  timing: Timing,
  sock: Duplex,
): Promise<Connection> {
  const { name, address, port } = target
  const auth = login(target, user, identities)
  let refusal: unknown
  let agreed = false
  let why = ''
  const ssh = new NodeSSH()
  const connected = ssh.connect({
    sock,
    username: user,
    authHandler: auth.handler,
    algorithms: {
      kex,
      serverHostKey: preferredAlgorithms(address, port, policy),
      // A little that is sent becomes a lot to unpack.
      compress: ['none'],
    },
    // The synchronous form: what an asynchronous one resolves to is never looked at.
    hostVerifier: (key: Buffer) => {
      try {
        checkHostKey(address, port, key, policy)
        return true
      } catch (error) {
        refusal = error
        return false
      }
    },
    readyTimeout: timing.connect,
    ...keepalive(timing),
  })
  const client = ssh.connection!
  // node-ssh listens until the login only; an error later would end the process.
  client.on('error', (error) => (why ||= inWords(error)))
  client.on('close', () => (why ||= 'the connection was closed'))
  client.on('handshake', () => (agreed = true))
  try {
    await connected
  } catch (error) {
    if (refusal instanceof DrPlayError)
      throw new Unreachable(`${name}: ${refusal.message}`, refusal.hint)
    if (refusal instanceof Error) throw new Unreachable(`${name}: ${refusal.message}`)
    const { level } = error as { level?: string }
    if (level === 'client-authentication') throw auth.refused()
    throw handshakeError(
      `${name} (${address}:${port})`,
      why || inWords(error as Error),
      agreed,
      level,
    )
  }
  return { client, lost: () => why }
}

function handshakeError(host: string, why: string, agreed: boolean, level?: string): Unreachable {
  if (level === 'client-timeout')
    return new Unreachable(`${host}: ${why}`, 'is it an SSH server, and is the host overloaded?')
  if (agreed) return new Unreachable(`${host}: the login failed: ${why}`)
  if (level === 'handshake')
    return new Unreachable(`${host}: ${why}`, 'the host and this client share no algorithm')
  return new Dropped(
    `${host}: the connection was dropped before the handshake: ${why}`,
    'does its sshd turn clients away (MaxStartups, fail2ban, hosts.deny)? A lower --forks helps against the first',
  )
}

function inWords(error: Error): string {
  return error.message === 'Keepalive timeout' ? 'the host no longer answers' : error.message
}

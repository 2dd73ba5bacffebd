import type { Duplex } from 'node:stream'
import { NodeSSH } from 'node-ssh'
import type { Client } from 'ssh2'
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

/** A host that is not heard of for this many times 5 s is gone. */
const keepalive = { keepaliveInterval: 5000, keepaliveCountMax: 2 }

/**
 * Connects and logs in, once.
 *
 * @param timeout milliseconds, for the TCP connection and again for the handshake
 * @throws Unreachable, Interrupted
 */
export async function connect(
  target: Target,
  user: string,
  identities: Identities,
  policy: HostKeyPolicy,
  timeout: number,
  signal: AbortSignal,
): Promise<Connection> {
  const sock = new PacedSocket(await openSocket(target, timeout, signal))
  const hangUp = (): unknown => sock.destroy()
  signal.addEventListener('abort', hangUp)
  try {
    return await handshake(target, user, identities, policy, timeout, sock)
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
  timeout: number,
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
    algorithms: { serverHostKey: preferredAlgorithms(address, port, policy) },
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
    readyTimeout: timeout,
    ...keepalive,
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

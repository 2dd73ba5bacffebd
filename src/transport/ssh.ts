import { setMaxListeners } from 'node:events'
import { userInfo } from 'node:os'
import type { Session, Target, Transport } from '../core/transport.js'
import { startRemote } from './channel.js'
import { unlessAborted } from './bounds.js'
import type { Connection } from './connect.js'
import { connect, Dropped } from './connect.js'
import type { HostKeyPolicy } from './host-key.js'
import { KeyRing } from './keys.js'
import type { Pipe, Start } from './pipe.js'
import { retry } from './retry.js'
import { ShellSession } from './session.js'

export interface SshOptions extends HostKeyPolicy {
  /** Seconds to connect within, and again to log in within; 10 where nothing is said. */
  connectTimeout?: number
  /** Seconds that a host may give no sign of life; 15 where nothing is said. */
  silence?: number
  /** Milliseconds that a new shell has to answer. */
  patience?: number
  /** For the hosts whose inventory names none. */
  privateKeyFile?: string | undefined
  /** The agent's socket; SSH_AUTH_SOCK. */
  agent?: string | undefined
}

/** Hosts over SSH. One for all of a run: it reads the keys once. */
export function sshTransport(options: SshOptions): Transport {
  const timing = {
    connect: (options.connectTimeout ?? 10) * 1000,
    silence: (options.silence ?? 15) * 1000,
  }
  const ring = new KeyRing(options.agent, timing.connect)
  return {
    async open(target: Target, signal: AbortSignal): Promise<Session> {
      // Every host of a run listens to the one signal: that is no leak.
      setMaxListeners(0, signal)
      const user = target.user ?? userInfo().username
      const keyFile = target.privateKeyFile ?? options.privateKeyFile
      const identities = await unlessAborted(ring.identities(keyFile), signal)
      const policy = {
        hostKeyChecking: target.hostKeyChecking ?? options.hostKeyChecking,
        knownHostsFiles: target.knownHostsFile ? [target.knownHostsFile] : options.knownHostsFiles,
      }
      const reach = (until: AbortSignal): Promise<Connection> =>
        retry(
          () => connect(target, user, identities, policy, timing, until),
          (error) => error instanceof Dropped,
          until,
        )
      const own = await reach(signal)
      const start: Start = (command) => startRemote(own, command)
      const startBeside: Start = (command) =>
        start(command).catch((error: unknown) => {
          if (own.lost()) throw error
          return startAnew(own, reach(signal), command)
        })
      const startAside: Start = (command) =>
        start(command).catch(() => startAnew(own, reach(AbortSignal.timeout(10_000)), command))
      const link = {
        host: target.name,
        user,
        start,
        startBeside,
        startAside,
        close: () => hangUp(own),
        patience: options.patience,
      }
      return new ShellSession(link, signal)
    },
  }
}

/** Runs a command over a connection of its own, for a host that allows one session on each. */
async function startAnew(
  first: Connection,
  reached: Promise<Connection>,
  command: string,
): Promise<Pipe> {
  const other = await reached
  const end = (): void => hangUp(other)
  // What the first one held, a lock say, is gone with it: nothing goes on without.
  first.client.once('close', end)
  const pipe = await startRemote(other, command)
  void pipe.ended.then(end)
  return pipe
}

/** A host that does not hang up in its turn is hung up on. */
function hangUp({ client }: Connection): void {
  client.end()
  setTimeout(() => client.destroy(), 2000).unref()
}

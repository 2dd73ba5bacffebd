import { setMaxListeners } from 'node:events'
import { userInfo } from 'node:os'
import type { Session, Target, Transport } from '../core/transport.js'
import { startRemote } from './channel.js'
import type { Connection } from './connect.js'
import { connect, Dropped } from './connect.js'
import type { HostKeyPolicy } from './host-key.js'
import { KeyRing } from './keys.js'
import type { Pipe, Start } from './pipe.js'
import { retry } from './retry.js'
import { ShellSession } from './session.js'

export interface SshOptions extends HostKeyPolicy {
  /** Seconds; 10 unless told. */
  connectTimeout?: number
  /** For the hosts whose inventory names none. */
  privateKeyFile?: string | undefined
  /** The agent's socket; SSH_AUTH_SOCK. */
  agent?: string | undefined
}

/** Hosts over SSH. One for all of a run: it reads the keys once. */
export function sshTransport(options: SshOptions): Transport {
  const ring = new KeyRing(options.agent)
  const timeout = (options.connectTimeout ?? 10) * 1000
  return {
    async open(target: Target, signal: AbortSignal): Promise<Session> {
      // Every host of a run listens to the one signal: that is no leak.
      setMaxListeners(0, signal)
      const user = target.user ?? userInfo().username
      const identities = await ring.identities(target.privateKeyFile ?? options.privateKeyFile)
      const policy = {
        hostKeyChecking: target.hostKeyChecking ?? options.hostKeyChecking,
        knownHostsFiles: target.knownHostsFile ? [target.knownHostsFile] : options.knownHostsFiles,
      }
      const reach = (until: AbortSignal): Promise<Connection> =>
        retry(
          () => connect(target, user, identities, policy, timeout, until),
          (error) => error instanceof Dropped,
          until,
        )
      const { client, lost } = await reach(signal)
      const start: Start = (command) => startRemote(client, lost, command)
      const link = {
        host: target.name,
        user,
        start,
        startAside: (command: string) => start(command).catch(() => startAnew(reach, command)),
        close: () => void client.end(),
      }
      return new ShellSession(link, signal)
    },
  }
}

/** Runs a command over a connection of its own, for a host that allows one session on each. */
async function startAnew(
  reach: (until: AbortSignal) => Promise<Connection>,
  command: string,
): Promise<Pipe> {
  const { client, lost } = await reach(AbortSignal.timeout(30_000))
  const pipe = await startRemote(client, lost, command)
  void pipe.ended.then(() => client.end())
  return pipe
}

import { setMaxListeners } from 'node:events'
import { userInfo } from 'node:os'
import type { Session, Target, Transport } from '../core/transport.js'
import { startRemote } from './channel.js'
import { connect, Dropped } from './connect.js'
import type { HostKeyPolicy } from './host-key.js'
import { KeyRing } from './keys.js'
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
      const attempt = () => connect(target, user, identities, policy, timeout, signal)
      const mayPass = (error: unknown): boolean => error instanceof Dropped
      const { client, lost } = await retry(attempt, mayPass, signal)
      const link = {
        host: target.name,
        user,
        start: (command: string) => startRemote(client, lost, command),
        close: () => void client.end(),
      }
      return new ShellSession(link, signal)
    },
  }
}

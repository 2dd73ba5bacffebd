import { homedir } from 'node:os'
import { join } from 'node:path'
import type { HostKeyChecking, Transport } from '../core/transport.js'
import { localTransport } from '../transport/local.js'
import { sshTransport } from '../transport/ssh.js'

export interface TransportFlags {
  knownHosts?: string
  hostKeyChecking: HostKeyChecking
  timeout: number
}

/** Each host by its own connection: over SSH, or as a shell on this machine. */
export function transportFor(flags: TransportFlags): Transport {
  const ssh = sshTransport({
    hostKeyChecking: flags.hostKeyChecking,
    knownHostsFiles: flags.knownHosts
      ? [flags.knownHosts]
      : [join(homedir(), '.ssh', 'known_hosts'), '/etc/ssh/ssh_known_hosts'],
    connectTimeout: flags.timeout,
    agent: process.env.SSH_AUTH_SOCK,
  })
  return {
    open: (target, signal) =>
      (target.connection === 'local' ? localTransport : ssh).open(target, signal),
  }
}

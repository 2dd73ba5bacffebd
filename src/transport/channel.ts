import type { ClientChannel } from 'ssh2'
import { bytesOf } from '../core/bytes.js'
import { Unreachable } from '../core/errors.js'
import type { Connection } from './connect.js'
import type { Pipe } from './pipe.js'
import { endings, Inbox } from './pipe.js'

/** Runs a command over SSH; sshd makes it the leader of a process group of its own. */
export function startRemote({ client, lost }: Connection, command: string): Promise<Pipe> {
  return new Promise((resolve, reject) => {
    const refuse = (error: Error): void =>
      reject(
        new Unreachable(
          `the host opened no channel for a command: ${lost() || error.message}`,
          'does its sshd allow sessions (MaxSessions, ForceCommand, the login shell)?',
        ),
      )
    try {
      client.exec(command, (error, channel) => {
        if (error) refuse(error)
        else resolve(channelPipe(channel, lost))
      })
    } catch (error) {
      refuse(error as Error)
    }
  })
}

/** @param lost why the connection is gone; empty while it stands */
function channelPipe(channel: ClientChannel, lost: () => string): Pipe {
  const inbox = new Inbox()
  channel.on('data', (bytes: Buffer) => inbox.push('stdout', bytes))
  channel.stderr.on('data', (bytes: Buffer) => inbox.push('stderr', bytes))
  channel.on('error', () => undefined)
  return {
    write: (text) => void channel.write(bytesOf(text)),
    listen: (listener) => inbox.listen(listener),
    ...endings(channel, lost),
    close: () => channel.close(),
  }
}

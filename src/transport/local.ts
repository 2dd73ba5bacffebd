import { spawn } from 'node:child_process'
import { userInfo } from 'node:os'
import { bytesOf } from '../core/bytes.js'
import type { Session, Target, Transport } from '../core/transport.js'
import type { Pipe } from './pipe.js'
import { endings, Inbox } from './pipe.js'
import { ShellSession } from './session.js'

/** This machine, for `connection: local`: the same shells without a network in between. */
export const localTransport: Transport = {
  open(target: Target, signal: AbortSignal): Promise<Session> {
    const pipes: Pipe[] = []
    const start = (command: string): Promise<Pipe> => {
      const pipe = startLocal(command)
      pipes.push(pipe)
      return Promise.resolve(pipe)
    }
    const close = (): void => pipes.forEach((pipe) => pipe.close())
    const user = userInfo().username
    const link = { host: target.name, user, start, startBeside: start, startAside: start, close }
    return Promise.resolve(new ShellSession(link, signal))
  },
}

function startLocal(command: string): Pipe {
  // Detached: a Ctrl-C in the terminal must reach us alone, who end the work in order.
  const child = spawn('/bin/sh', ['-c', command], { detached: true })
  const inbox = new Inbox()
  child.stdout.on('data', (bytes: Buffer) => inbox.push('stdout', bytes))
  child.stderr.on('data', (bytes: Buffer) => inbox.push('stderr', bytes))
  child.stdin.on('error', () => undefined)
  return {
    write: (text) => void child.stdin.write(bytesOf(text)),
    listen: (listener) => inbox.listen(listener),
    ...endings(child, () => ''),
    close: () => {
      for (const stream of child.stdio) stream?.destroy()
    },
  }
}

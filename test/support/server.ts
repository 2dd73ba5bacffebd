import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Netns } from './netns.js'

/** A process that a test started in its namespace. */
export interface Server {
  stop(): Promise<void>
}

/** Runs JavaScript inside a namespace until it prints that it listens. */
export async function serve(netns: Pick<Netns, 'shell'>, script: string): Promise<Server> {
  const [command = '', ...argv] = netns.shell(process.execPath)
  const child = spawn(command, [...argv, '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  const closed = once(child, 'close')
  await Promise.race([once(child.stdout, 'data'), closed])
  return {
    async stop() {
      child.kill()
      await closed
    },
  }
}

/** Listens with TCP and closes what connects. */
export function listener(port: number, host: string): string {
  return `require('node:net').createServer((s) => s.destroy())
    .listen({ port: ${port}, host: '${host}' }, () => console.log('listening'))`
}

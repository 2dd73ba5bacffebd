import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import type { AddressInfo, Server, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import ssh2 from 'ssh2'
import type { Algorithms, Connection, ServerChannel } from 'ssh2'
import { keygen } from './sshd.js'

/** A host that lies: an SSH server of the test's own, which lets anybody in. */
export interface LyingHost {
  port: number
  /** Commands that it was asked for. */
  commands: string[]
  /** One of each connection. */
  sockets: Socket[]
  stop(): void
}

export interface Lie {
  /** What it does about a session channel; undefined: it opens one. */
  session?: () => void
  /** What it does about a command; undefined: it never answers. */
  exec?: (channel: ServerChannel, command: string) => void
  algorithms?: Algorithms
}

export async function lyingHost({ session, exec, algorithms }: Lie): Promise<LyingHost> {
  const dir = mkdtempSync(join(tmpdir(), 'lying-'))
  keygen(join(dir, 'key'), 'ed25519')
  const hostKeys = [readFileSync(join(dir, 'key'))]
  const clients: Connection[] = []
  const sockets: Socket[] = []
  const commands: string[] = []
  const server = new ssh2.Server({ hostKeys, ...(algorithms && { algorithms }) }, (client) => {
    clients.push(client)
    client.on('error', () => undefined)
    client.on('authentication', (context) => context.accept())
    client.on('session', (accept) => {
      if (session) return session()
      accept().on('exec', (acceptExec, _, { command }) => {
        commands.push(command)
        if (!exec) return
        const channel = acceptExec()
        channel.on('error', () => undefined)
        exec(channel, command)
      })
    })
  })
  const listener = (server as unknown as { _srv: Server })._srv
  listener.on('connection', (socket) => sockets.push(socket))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    commands,
    sockets,
    stop() {
      for (const client of clients) client.end()
      for (const socket of sockets) socket.destroy()
      server.close()
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

/** A shell that gets ready as it should, and answers a trip, known by its mark, with what it likes. */
export function shell(answer: (channel: ServerChannel, mark: string, text: string) => void) {
  return (channel: ServerChannel): void => {
    let heard = ''
    let ready = false
    const seen = new Set<string>()
    channel.on('data', (bytes: Buffer) => {
      heard += bytes.toString()
      const first = /dr_first='(@[0-9a-f]{32})'/.exec(heard)
      if (first && !ready) {
        ready = true
        channel.write(`${first[1]!} ready 4711 4711\n`)
      }
      for (const [, mark] of heard.matchAll(/dr_mark='(@[0-9a-f]{32})'/g)) {
        if (seen.has(mark!)) continue
        seen.add(mark!)
        answer(channel, mark!, heard)
      }
    })
  }
}

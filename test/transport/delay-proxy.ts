import { connect, createServer, type Server, type Socket } from 'node:net'

/** A link with a delay, and how often its client waited for the other end. */
export interface DelayProxy {
  port: number
  /**
   * The longest chain of question and answer since the last call, connecting included: what is
   * said after something was heard comes one round trip later than what that answered.
   */
  roundTrips(): number
  stop(): void
}

/** @param delay milliseconds, each way */
export async function delayProxy(to: number, delay: number): Promise<DelayProxy> {
  let longest = 0
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    // Round trips behind what either end has heard by now.
    const heard = { client: 1, host: 1 }
    longest = Math.max(longest, 1)
    const host = connect(to, '127.0.0.1')
    for (const socket of [client, host]) {
      socket.setNoDelay()
      sockets.add(socket)
      socket.on('error', () => socket.destroy())
    }
    client.on('data', (bytes) => {
      const chain = heard.client + 1
      later(() => {
        heard.host = Math.max(heard.host, chain)
        host.write(bytes)
      })
    })
    host.on('data', (bytes) => {
      const chain = heard.host
      later(() => {
        heard.client = Math.max(heard.client, chain)
        longest = Math.max(longest, chain)
        client.write(bytes)
      })
    })
    client.on('end', () => later(() => host.end()))
    host.on('end', () => later(() => client.end()))
  })
  const later = (act: () => unknown): unknown => setTimeout(act, delay)
  const port = await listen(server)
  return {
    port,
    roundTrips() {
      const counted = longest
      longest = 0
      return counted
    },
    stop() {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      resolve(typeof address === 'object' && address ? address.port : 0)
    })
  })
}

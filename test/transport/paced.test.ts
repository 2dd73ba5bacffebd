import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { takeTurn } from '../../src/core/turns.js'
import { PacedSocket } from '../../src/transport/paced.js'
import { countTurns } from '../support/turns.js'

interface Pair {
  near: Socket
  far: Socket
  paced: PacedSocket
}

let server: Server
const open: Socket[] = []
beforeEach(async () => {
  server = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1')
  await once(server, 'listening')
})
afterEach(() => {
  for (const socket of open.splice(0)) socket.destroy()
  server.close()
})

async function pair(): Promise<Pair> {
  const met = once(server, 'connection')
  const { port } = server.address() as { port: number }
  const near = connect({ host: '127.0.0.1', port })
  await once(near, 'connect')
  const [far] = (await met) as [Socket]
  far.on('error', () => undefined)
  open.push(near, far)
  return { near, far, paced: new PacedSocket(near) }
}

const turnsPass = async (count: number): Promise<void> => {
  for (let i = 0; i < count; i++) await new Promise<void>(takeTurn)
}

it('hosts that answer in the same moment are heard in a turn of the event loop each', async () => {
  const pairs: Pair[] = []
  while (pairs.length < 20) pairs.push(await pair())
  const turns = countTurns()
  const heard = pairs.map(async ({ paced }) => {
    const [bytes] = (await once(paced, 'data')) as [Buffer]
    expect(bytes.toString()).toBe('here')
    return turns.now
  })
  await turnsPass(pairs.length)
  for (const { far } of pairs) far.write('here')
  const when = await Promise.all(heard)
  turns.stop()
  expect(new Set(when).size).toBe(pairs.length)
})

it('what a host said is heard before the reset that came while it waited', async () => {
  const { near, far, paced } = await pair()
  const told: string[] = []
  paced.on('data', (bytes: Buffer) => told.push(bytes.toString()))
  paced.on('error', ({ message }) => told.push(message))
  const closed = new Promise<void>((resolve) => paced.on('close', resolve))
  // While it waits the host goes, and others have their turns.
  near.prependOnceListener('readable', () => {
    for (let i = 0; i < 1000; i++) takeTurn(() => undefined)
    far.resetAndDestroy()
  })
  far.write('why')
  await closed
  expect(told).toEqual(['why', 'read ECONNRESET'])
})

it('what nobody wants is left to the other end', async () => {
  const { near, far, paced } = await pair()
  const size = 32 * 1024 * 1024
  far.end(Buffer.alloc(size, 'x'))
  await turnsPass(1000)
  expect(far.writableLength).toBeGreaterThan(0)
  expect(near.readableLength + paced.readableLength).toBeLessThan(size / 32)
  expect((await text(paced)).length).toBe(size)
})

it('a large upload arrives whole, and then the end of both', async () => {
  const { far, paced } = await pair()
  const arrived = text(far)
  const closed = new Promise<void>((resolve) => paced.on('close', resolve))
  const content = 'x'.repeat(8 * 1024 * 1024)
  expect(paced.write(content)).toBe(false)
  await once(paced, 'drain')
  paced.resume().end('y')
  expect(await arrived).toBe(`${content}y`)
  far.end()
  await closed
})

it('who is hung up on is told, who hangs up is not', async () => {
  const { near, far, paced } = await pair()
  const told: string[] = []
  paced.on('error', () => told.push('error')).on('end', () => told.push('end'))
  const gone = once(far, 'close')
  far.resume()
  paced.resume().destroy()
  far.on('end', () => far.end())
  await gone
  expect(near.destroyed).toBe(true)
  expect(told).toEqual([])
})

it('an end that asks, and takes no answer, is not heard until it does', async () => {
  const { far, paced } = await pair()
  const size = 128 * 1024 * 1024
  let heard = 0
  let taken = 0
  paced.on('error', () => undefined)
  paced.on('data', (bytes: Buffer) => {
    heard += bytes.length
    paced.write(bytes)
  })
  far.write(Buffer.alloc(size, 'x'))
  await turnsPass(3000)
  expect(heard).toBeLessThan(size / 4)
  expect(paced.writableLength).toBeLessThan(size / 8)
  const all = new Promise<void>((resolve) =>
    far.on('data', (bytes) => {
      taken += bytes.length
      if (taken === size) resolve()
    }),
  )
  await all
  expect(heard).toBe(size)
})

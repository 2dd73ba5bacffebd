import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { fresh } from '../../../src/lab/load/fresh.js'
import { keepAlive } from '../../../src/lab/load/keepalive.js'

type Handler = (request: IncomingMessage, response: ServerResponse, count: number) => void

const PAGE = '<html><h1>www.RS1.com</h1></html>'
const page: Handler = (_, response) => response.end(PAGE)

let close = () => {}
afterEach(() => close())

/** A server that answers as told, and how many connections it saw. */
async function serve(handler: Handler) {
  let requests = 0
  let connections = 0
  const server = createServer((request, response) => handler(request, response, ++requests))
  server.on('connection', () => connections++)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  close = () => {
    server.closeAllConnections()
    server.close()
  }
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}/`, connections: () => connections }
}

/** Runs until the server saw that many requests. */
function after(requests: number, over: AbortController, handler: Handler): Handler {
  return (request, response, count) => {
    if (count === requests) over.abort()
    handler(request, response, count)
  }
}

describe('requests on connections of their own', () => {
  it('are counted by page', async () => {
    const over = new AbortController()
    const { url, connections } = await serve(after(20, over, page))
    const result = await fresh(url, 500, over.signal)
    expect(result).toMatchObject({ failed: 0, reasons: {}, pages: { 'www.RS1.com': result.ok } })
    expect(result.sent).toBe(result.ok)
    expect(connections()).toBe(result.sent)
  })

  it('that fail are counted by reason', async () => {
    const over = new AbortController()
    const broken: Handler = (request, response, count) => {
      if (count % 4 === 0) request.socket.resetAndDestroy()
      else if (count % 4 === 1) response.writeHead(503).end()
      else response.end(PAGE)
    }
    const { url } = await serve(after(20, over, broken))
    const result = await fresh(url, 500, over.signal)
    expect(Object.keys(result.reasons).sort()).toEqual(['ECONNRESET', 'HTTP 503'])
    expect(result.reasons.ECONNRESET! + result.reasons['HTTP 503']!).toBe(result.failed)
    expect(result.ok + result.failed).toBe(result.sent)
  })
})

describe('long connections', () => {
  const none = () => undefined

  it('are kept, and have begun when each has its answer', async () => {
    const over = new AbortController()
    const { url, connections } = await serve(after(12, over, page))
    let begun = 0
    const result = await keepAlive(url, 3, over.signal, () => (begun = connections()))
    expect(begun).toBe(3)
    expect(connections()).toBe(3)
    expect(result).toMatchObject({ alive: 3, closed: 0, dropped: 0, reset: 0, reasons: {} })
    expect(result.connections.map((one) => one.page)).toEqual(Array(3).fill('www.RS1.com'))
    expect(result.connections.reduce((sum, one) => sum + one.requests, 0)).toBe(result.requests)
  })

  it.each<[string, Handler, object]>([
    [
      'closed, as announced',
      (_, response) => response.setHeader('connection', 'close').end(PAGE),
      { closed: 1 },
    ],
    [
      'dropped between two requests',
      ({ socket }, response) => response.end(PAGE, () => socket.end()),
      { dropped: 1 },
    ],
    [
      'reset between two requests',
      ({ socket }, response) =>
        response.end(PAGE, () => setTimeout(() => socket.resetAndDestroy(), 20)),
      { reset: 1, reasons: { ECONNRESET: 1 } },
    ],
  ])('%s: counted, and another takes its place', async (_, once, wanted) => {
    const over = new AbortController()
    const handler: Handler = (...all) => (all[2] === 1 ? once : page)(...all)
    const { url, connections } = await serve(after(3, over, handler))
    const result = await keepAlive(url, 1, over.signal, none)
    const calm = { alive: 1, closed: 0, dropped: 0, reset: 0, reasons: {} }
    expect(result).toMatchObject({ ...calm, ...wanted })
    expect(connections()).toBe(2)
  })

  it('that are reset while they wait for an answer are seen', async () => {
    const over = new AbortController()
    const second: Handler = (request, response, count) =>
      count === 2 ? request.socket.destroy() : page(request, response, count)
    const { url } = await serve(after(4, over, second))
    const result = await keepAlive(url, 1, over.signal, none)
    expect(result).toMatchObject({ alive: 1, reset: 1, reasons: { ECONNRESET: 1 } })
    expect(result.connections[0]).toEqual({ page: 'www.RS1.com', requests: 1, end: 'ECONNRESET' })
  })

  it('that cannot be made are told by reason alone', async () => {
    const { url } = await serve(page)
    close()
    const over = new AbortController()
    const result = await keepAlive(url, 2, over.signal, () => over.abort())
    expect(result).toMatchObject({ alive: 0, reset: 0, connections: [] })
    expect(result.reasons).toEqual({ ECONNREFUSED: 2 })
  })
})

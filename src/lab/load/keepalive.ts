import { Agent } from 'node:http'
import { connect } from 'node:net'
import { ask, Failed } from './ask.js'
import { count, type LoadResult, type LongConnection } from './result.js'

/** From one request to the next on a connection, in milliseconds. */
const PAUSE = 200

const ENDS = ['alive', 'closed', 'dropped'] as const

export type KeepAlive = LoadResult['keepalive']

/**
 * So many long-lived connections until the signal aborts. One that ends is counted, and another
 * takes its place.
 *
 * @param begun is called once each has had an answer, or failed.
 */
export async function keepAlive(
  url: string,
  connections: number,
  signal: AbortSignal,
  begun: () => void,
): Promise<KeepAlive> {
  const result: KeepAlive = {
    ...{ alive: 0, closed: 0, dropped: 0, reset: 0, requests: 0 },
    ...{ reasons: {}, connections: [] },
  }
  let waiting = connections
  const line = async () => {
    let first = true
    const answered = () => {
      if (first && --waiting === 0) begun()
      first = false
    }
    while (!signal.aborted) {
      tally(result, await live(url, signal, answered))
      answered()
      await pause(signal)
    }
  }
  if (connections === 0) begun()
  await Promise.all(Array.from({ length: connections }, line))
  return result
}

function tally(result: KeepAlive, one: LongConnection): void {
  const kind = ENDS.find((each) => each === one.end)
  if (kind === undefined) count(result.reasons, one.end)
  if (one.requests === 0) return
  result[kind ?? 'reset']++
  result.requests += one.requests
  result.connections.push(one)
}

/** One connection from its start to its end, or to the end of the load. */
async function live(
  url: string,
  signal: AbortSignal,
  answered: () => void,
): Promise<LongConnection> {
  const { hostname, port } = new URL(url)
  const socket = connect({ host: hostname, port: Number(port || 80), noDelay: true })
  const one: LongConnection = { page: '', requests: 0, end: '' }
  socket.on('end', () => (one.end ||= 'dropped'))
  socket.on('error', (error) => (one.end ||= new Failed(error).message))
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  agent.createConnection = () => socket
  try {
    do {
      const { page, last } = await ask(url, agent)
      one.page ||= page
      one.requests++
      answered()
      if (last) one.end = 'closed'
      else await pause(signal)
    } while (one.end === '' && !signal.aborted)
    one.end ||= 'alive'
  } catch (error) {
    // The server may end a connection at any time, but not after it was asked.
    one.end = (error as Error).message
  }
  socket.destroy()
  return one
}

/** A load that is over waits no more. */
function pause(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, PAUSE)
    signal.addEventListener('abort', end)
    if (signal.aborted) end()
  })
}

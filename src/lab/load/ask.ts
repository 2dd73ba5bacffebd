import { type Agent, get, type IncomingMessage } from 'node:http'

/** A request without an answer within this time has failed. */
const SECONDS = 5

/** The answer to a request. */
export interface Answer {
  /** The page's heading, or its first line. */
  page: string
  /** The server ends the connection after it. */
  last: boolean
}

/** One request. @param agent false: on a connection of its own. @throws Failed */
export function ask(url: string, agent: Agent | false): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const fail = (error: unknown) => reject(new Failed(error))
    const request = get(url, { agent, headers: agent ? {} : { connection: 'close' } })
    const timer = setTimeout(() => {
      request.destroy(new Error(`no answer within ${SECONDS} s`))
    }, SECONDS * 1000)
    request.on('error', fail)
    request.on('close', () => clearTimeout(timer))
    request.on('response', (response) => {
      read(response).then(resolve, fail)
    })
  })
}

/** Why a request failed, in a word or two: ECONNRESET, HTTP 503. */
export class Failed extends Error {
  constructor(cause: unknown) {
    const { code, message } = cause as NodeJS.ErrnoException
    super(code ?? message)
  }
}

async function read(response: IncomingMessage): Promise<Answer> {
  let text = ''
  for await (const chunk of response.setEncoding('utf8')) text += chunk as string
  if (response.statusCode !== 200) throw new Error(`HTTP ${response.statusCode}`)
  return { page: headingOf(text), last: response.headers.connection === 'close' }
}

function headingOf(text: string): string {
  return (/<h1>(.*?)<\/h1>/.exec(text)?.[1] ?? text.trim().split('\n')[0]!).slice(0, 80)
}

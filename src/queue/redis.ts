import { Redis } from 'ioredis'
import { InputError } from '../core/errors.js'

/** What ioredis, and BullMQ with it, connect with. */
interface RedisOptions {
  host: string
  port: number
  username?: string
  password?: string
  db?: number
  tls?: object
  /** What is asked for is waited for, however long Redis is away. */
  maxRetriesPerRequest: null
  connectTimeout: number
}

/** Where the queue is, and how to speak of it: without its password. */
export interface Address {
  options: RedisOptions
  shown: string
}

const EXAMPLE = 'redis://queue.example:6379, or rediss:// over TLS'

/**
 * Reads the address of a Redis.
 *
 * @param password of the environment, for an address without one
 * @throws InputError
 */
export function addressOf(text: string, password?: string): Address {
  const fail = (what: string): never => {
    throw new InputError({ file: '--queue', line: 1, col: 1 }, what, `such as ${EXAMPLE}`)
  }
  const url = URL.canParse(text) ? new URL(text) : fail('this is no URL')
  if (!['redis:', 'rediss:'].includes(url.protocol)) fail(`a queue is no "${url.protocol}//"`)
  if (url.hostname === '') fail('the URL names no host')
  const db = url.pathname.replace(/^\//, '')
  if (!/^\d*$/.test(db)) fail(`the database in it must be a number, not "${db}"`)
  const secret = url.password === '' ? password : decodeURIComponent(url.password)
  const options: RedisOptions = {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? 6379 : Number(url.port),
    ...(url.username === '' ? {} : { username: decodeURIComponent(url.username) }),
    ...(secret === undefined ? {} : { password: secret }),
    ...(db === '' ? {} : { db: Number(db) }),
    ...(url.protocol === 'rediss:' ? { tls: {} } : {}),
    maxRetriesPerRequest: null,
    connectTimeout: 5000,
  }
  return { options, shown: `${url.protocol}//${url.host}${url.pathname}` }
}

/** Connects for the first time: what is wrong shows now. @throws InputError */
export async function connect({ options, shown }: Address): Promise<Redis> {
  const first = new Redis({ ...options, lazyConnect: true, retryStrategy: () => null })
  let why = ''
  first.on('error', (error) => (why ||= inWords(error)))
  try {
    await first.connect()
    await first.ping()
  } catch (error) {
    throw new InputError(undefined, `cannot use the queue ${shown}: ${why || inWords(error)}`, HINT)
  } finally {
    first.disconnect()
  }
  const redis = new Redis(options)
  redis.on('error', () => undefined)
  return redis
}

const HINT = 'is a redis-server there? A password is given in the URL, or in DR_PLAY_QUEUE_PASSWORD'

function inWords(error: unknown): string {
  const { message, code } = error as NodeJS.ErrnoException
  if (/WRONGPASS|invalid (username-)?password/i.test(message)) return 'it refuses the password'
  if (message.includes('NOAUTH')) return 'it wants a password'
  return message || code || String(error)
}

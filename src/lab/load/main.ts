/**
 * The client's part of a load: `node main.js LoadOptions`, as JSON. Prints "begun" when the long
 * connections are there, and the LoadResult as one line when the time is over or a signal ends it.
 */
import { setMaxListeners } from 'node:events'
import { fresh } from './fresh.js'
import { keepAlive } from './keepalive.js'
import type { LoadOptions, LoadResult } from './result.js'

const { url, rate, keepalive, seconds } = JSON.parse(process.argv[2]!) as LoadOptions
const over = new AbortController()
setMaxListeners(0, over.signal)
const end = () => over.abort()
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, end)
const timer = setTimeout(end, seconds * 1000)

const begun = () => process.stdout.write('begun\n')
const [short, long] = await Promise.all([
  fresh(url, rate, over.signal),
  keepAlive(url, keepalive, over.signal, begun),
])
clearTimeout(timer)
const result: LoadResult = { ...short, keepalive: long }
process.stdout.write(`${JSON.stringify(result)}\n`)

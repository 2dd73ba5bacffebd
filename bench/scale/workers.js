// A Redis in the namespace of the hosts, and workers there.
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'

/** @returns the flags that lead to it, and what ends it */
export async function startRedis(folder) {
  const args = ['--bind', '127.0.0.1', '--save', '', '--dir', folder]
  const redis = spawn('redis-server', args, { stdio: 'ignore' })
  const key = join(folder, 'queue.key')
  writeFileSync(key, randomBytes(32).toString('base64'))
  await setTimeout(500)
  const flags = ['--queue', 'redis://127.0.0.1:6379', '--queue-key-file', key]
  return { flags, stop: () => redis.kill() }
}

/**
 * Starts a worker; resolves when it is there.
 *
 * @param argv for Node, the flags that lead to the queue with them
 * @param seen where it writes down, at its end, what it took
 * @returns what ends it, and resolves with that
 */
export async function startWorker(argv, env, seen) {
  const options = { stdio: ['ignore', 'ignore', 'pipe'], env: { ...env, SEEN: seen } }
  const worker = spawn(process.execPath, argv, options)
  const ended = once(worker, 'close')
  await Promise.race([once(worker.stderr, 'data'), ended])
  return async () => {
    worker.kill('SIGINT')
    await ended
    return JSON.parse(readFileSync(seen, 'utf8'))
  }
}

import { readFileSync, statSync } from 'node:fs'
import { DrPlayError } from '../core/errors.js'
import { until } from './process.js'

const LOCKS = [
  '/var/lib/dpkg/lock-frontend',
  '/var/lib/apt/lists/lock',
  '/var/cache/apt/archives/lock',
]

/**
 * Waits until no other process installs packages, or fetches their lists: a machine does so by
 * itself after its boot. apt-get waits for the first of these locks alone.
 *
 * @throws DrPlayError after so many seconds, Interrupted when the signal aborts.
 */
export async function awaitApt(
  log: (line: string) => void,
  signal?: AbortSignal,
  seconds = 300,
): Promise<void> {
  const first = holder()
  if (first === undefined) return
  log(`waiting until process ${first} is done with apt-get or dpkg, ${seconds} s at most`)
  if (await until(() => holder() === undefined, seconds, signal)) return
  throw new DrPlayError(
    `process ${holder() ?? first} is still at work with apt-get or dpkg after ${seconds} s`,
    'try again when it has ended',
  )
}

/** The process that holds one of the locks. See proc_locks(5). */
function holder(): string | undefined {
  const inodes = LOCKS.flatMap((path) => statSync(path, { throwIfNoEntry: false })?.ino ?? [])
  const held = readFileSync('/proc/locks', 'utf8').matchAll(/POSIX .* WRITE (\d+) \w+:\w+:(\d+) /g)
  return [...held].find(([, , inode]) => inodes.includes(Number(inode)))?.[1]
}

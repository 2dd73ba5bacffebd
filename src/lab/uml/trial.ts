import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { capture } from '../process.js'
import { cacheFolder } from './cache.js'
import { panicIn } from './panic.js'
import { SLOW_INITCALLS, umlProgram } from './start.js'

/** Most seconds that a trial takes; a quiet machine needs one. */
const LIMIT = 30

/** A kernel whose first process ends panics, as any Linux does. By 0, the process has run. */
const RAN = 'Attempted to kill init! exitcode=0x00000000'

/**
 * Boots User Mode Linux as far as its first process, which does nothing and ends.
 *
 * @param library is preloaded; none when left out
 * @returns undefined when the process ran, else the kernel's last words
 */
export async function trial(library?: string, signal?: AbortSignal): Promise<string | undefined> {
  const folder = await mkdtemp(join(cacheFolder(), 'trial.'))
  try {
    const { status, stdout, stderr } = await capture(
      [
        ...['unshare', '--mount', '--net', '--pid', '--fork', '--kill-child', '--mount-proc'],
        // As PID 1 it would not get the SIGABRT that ends a panic.
        ...['timeout', '--signal=KILL', String(LIMIT)],
        ...umlProgram(library),
        ...[`uml_dir=${folder}`, 'umid=trial', 'mem=64M', 'con=null', 'con0=null,fd:1', 'quiet'],
        ...['root=/dev/root', 'rootfstype=hostfs', 'rootflags=/', 'ro'],
        ...[`initcall_blacklist=${SLOW_INITCALLS}`, 'init=/bin/true'],
      ],
      { signal, env: { ...process.env, TMPDIR: folder, HOME: folder } },
    )
    const said = stdout + stderr
    if (said.includes(RAN)) return undefined
    return panicIn(said)?.words ?? `it ended with status ${status} and no word of a panic`
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

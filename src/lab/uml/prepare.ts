import { createHash } from 'node:crypto'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { release } from 'node:os'
import { delimiter, join } from 'node:path'
import { DrPlayError } from '../../core/errors.js'
import { cacheFolder } from './cache.js'
import { preload } from './preload.js'
import { trial } from './trial.js'

/** When the library of ptrace.ts goes in front of User Mode Linux: by a trial, always, never. */
export const PRELOAD_MODES = ['auto', 'always', 'never'] as const
export type PreloadMode = (typeof PRELOAD_MODES)[number]

/**
 * Finds out whether User Mode Linux runs on this processor as it is, and builds what it needs.
 *
 * @returns the library that every director preloads; undefined when none is needed
 * @throws DrPlayError when it does not run either way, with the kernel's last words
 */
export async function prepareUml(
  mode: PreloadMode,
  log: (line: string) => void,
  signal?: AbortSignal,
): Promise<string | undefined> {
  if (mode === 'never') return undefined
  if (mode === 'always') return preload(log, signal)
  const known = lastVerdict()
  if (known === 'plain') return undefined
  if (known === undefined && (await trial(undefined, signal)) === undefined) {
    keepVerdict('plain')
    return undefined
  }
  const library = await preload(log, signal)
  if (known === 'preload') return library
  const words = await trial(library, signal)
  if (words !== undefined) {
    throw new DrPlayError(
      `User Mode Linux, the director's kernel, does not run on this processor: ${words}`,
      'use --kernel host where this machine has IPVS, or a machine with another processor',
    )
  }
  keepVerdict('preload')
  return library
}

/** Where the outcome of the last trial stands, behind the fingerprint of what was tried. */
const verdictFile = () => join(cacheFolder(), 'trial')

/** undefined when nothing was tried yet, or something else. */
function lastVerdict(): string | undefined {
  if (!existsSync(verdictFile())) return undefined
  const [tried, verdict] = readFileSync(verdictFile(), 'utf8').split(' ')
  return tried === fingerprint() ? verdict : undefined
}

function keepVerdict(verdict: 'plain' | 'preload'): void {
  writeFileSync(verdictFile(), `${fingerprint()} ${verdict}`)
}

/** The program, the kernel and the processor: the same three give the same outcome. */
function fingerprint(): string {
  const program = (process.env.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, 'linux.uml'))
    .find((path) => existsSync(path))
  const { ino, size, mtimeMs } = program === undefined ? statSync('/') : statSync(program)
  const processor = readFileSync('/proc/cpuinfo', 'utf8').match(/^flags.*$/m)?.[0]
  const all = [program, ino, size, mtimeMs, release(), processor].join('\n')
  return createHash('sha256').update(all).digest('hex').slice(0, 16)
}

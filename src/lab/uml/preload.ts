import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DrPlayError } from '../../core/errors.js'
import { installPackages } from '../packages.js'
import { capture } from '../process.js'
import { cacheFolder } from './cache.js'
import { PTRACE_LIBRARY } from './ptrace.js'

const COMPILERS = ['tcc', 'gcc', 'cc', 'clang']

/**
 * Path of the library of ptrace.ts, built where the cache does not have it. Installs a compiler
 * where the machine has none, and says so.
 *
 * @throws DrPlayError when it cannot be built
 */
export async function preload(log: (line: string) => void, signal?: AbortSignal): Promise<string> {
  const hash = createHash('sha256').update(PTRACE_LIBRARY).digest('hex').slice(0, 16)
  const library = join(cacheFolder(), `ptrace-${hash}.so`)
  if (existsSync(library)) return library
  const compiler = (await firstThere()) ?? (await install(log, signal))
  log(`building ${library} with ${compiler}: this processor needs it in front of User Mode Linux`)
  const source = `${library}.${process.pid}.c`
  const built = `${library}.${process.pid}`
  try {
    await writeFile(source, PTRACE_LIBRARY)
    const argv = [compiler, '-shared', '-fPIC', '-nostdlib', '-o', built, source]
    const { status, stderr } = await capture(argv, { signal })
    if (status !== 0) {
      throw new DrPlayError(
        `${compiler} could not build the library for User Mode Linux: ${stderr.trim()}`,
        'install gcc or tcc, or use --kernel host where this machine has IPVS',
      )
    }
    await rename(built, library)
  } finally {
    await rm(source, { force: true })
    await rm(built, { force: true })
  }
  return library
}

async function firstThere(): Promise<string | undefined> {
  for (const name of COMPILERS) {
    const { status } = await capture(['sh', '-c', 'command -v "$1"', 'sh', name])
    if (status === 0) return name
  }
  return undefined
}

async function install(log: (line: string) => void, signal?: AbortSignal): Promise<string> {
  await installPackages(['tcc'], log, signal)
  return 'tcc'
}

import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { type Facts, factNames } from '../core/facts.js'
import type { Target } from '../core/transport.js'
import type { FactCache } from '../run/foresight.js'

/**
 * A file for each host, under XDG_CACHE_HOME or ~/.cache. Nothing depends on it: facts are asked
 * for in every run, and a file that cannot be read or written costs a round trip.
 */
export function factCache({ XDG_CACHE_HOME }: NodeJS.ProcessEnv): FactCache {
  const folder = join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'dr-play', 'facts')
  return {
    get: (target) => attempt(() => readFacts(readFileSync(fileOf(folder, target), 'utf8'))),
    put(target, facts) {
      if (isDeepStrictEqual(this.get(target), facts)) return
      attempt(() => {
        mkdirSync(folder, { recursive: true, mode: 0o700 })
        const file = fileOf(folder, target)
        // Other runs may read it meanwhile.
        writeFileSync(`${file}.${process.pid}`, JSON.stringify(facts), { mode: 0o600 })
        renameSync(`${file}.${process.pid}`, file)
      })
    },
  }
}

/** Of what another version wrote, nothing is known. */
function readFacts(text: string): Facts | undefined {
  const facts = JSON.parse(text) as Facts
  return isDeepStrictEqual(Object.keys(facts).sort(), [...factNames].sort()) ? facts : undefined
}

function fileOf(folder: string, { user = '', address, port }: Target): string {
  return join(folder, `${encodeURIComponent(`${user}@${address}:${port}`)}.json`)
}

function attempt<T>(act: () => T): T | undefined {
  try {
    return act()
  } catch {
    return undefined
  }
}

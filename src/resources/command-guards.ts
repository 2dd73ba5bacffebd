import { posix } from 'node:path'
import type { Schema } from '../core/resource.js'
import { type Sh, sh } from '../core/sh.js'

/** When a command need not run, and where it runs. */
export interface Guards {
  chdir?: string
  creates?: string
  removes?: string
}

export const guardSchema: Record<keyof Guards, Schema> = {
  chdir: { type: 'string', minLength: 1, description: 'The folder to run in.' },
  creates: {
    type: 'string',
    minLength: 1,
    description: 'What the command makes: it does not run when this path exists.',
  },
  removes: {
    type: 'string',
    minLength: 1,
    description: 'What the command takes away: it does not run when this path is missing.',
  },
}

/** Paths are meant as seen from chdir. */
export function wantGuards({ chdir, creates, removes }: Guards): Guards {
  const seen = (path: string | undefined) =>
    path === undefined || path.startsWith('/') ? path : posix.join(chdir ?? '', path)
  return { chdir, creates: seen(creates), removes: seen(removes) }
}

export function probeGuards(wants: readonly Guards[]): Sh {
  const paths = wants.flatMap(({ creates, removes }) =>
    [creates, removes].filter((p) => p !== undefined),
  )
  if (paths.length === 0) return sh``
  return sh`for path in ${paths}; do [ ! -e "$path" ] || printf 'exists %s\n' "$path"; done`
}

/** For each want, why it need not run; undefined when it must. */
export function readGuards(stdout: string, wants: readonly Guards[]): (string | undefined)[] {
  const existing = new Set(Array.from(stdout.matchAll(/^exists (.*)$/gm), ([, path]) => path))
  return wants.map(({ creates, removes }) => {
    if (creates !== undefined && existing.has(creates)) return `${creates} exists`
    if (removes !== undefined && !existing.has(removes)) return `${removes} does not exist`
    return undefined
  })
}

export function enter(chdir: string | undefined): Sh {
  return chdir === undefined ? sh`` : sh`cd ${chdir} || exit 1`
}

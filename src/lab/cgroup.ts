import { existsSync, readdirSync, rmdirSync } from 'node:fs'
import { join } from 'node:path'
import { lines, sh } from '../core/sh.js'
import type { Sh } from '../core/sh.js'

/** Where systemd keeps track of its services: either way of mounting cgroups, or both. */
const HIERARCHIES = ['/sys/fs/cgroup', '/sys/fs/cgroup/unified', '/sys/fs/cgroup/systemd']

const OWN = 'dr-play-lab'

/** A host's systemd makes its cgroups below one that is its own. */
export function enterOwnCgroup(lab: string, host: string): Sh {
  return lines(
    hierarchies().map((root) => {
      const group = join(root, OWN, lab, host)
      return sh`mkdir -p ${group}; echo 0 > ${`${group}/cgroup.procs`}`
    }),
  )
}

/** @returns false when the kernel, or another lab, is still at it: try again. */
export function removeCgroups(lab: string): boolean {
  try {
    for (const root of hierarchies()) {
      removeTree(join(root, OWN, lab))
      const own = join(root, OWN)
      if (existsSync(own) && folders(own).length === 0) rmdirSync(own)
    }
    return true
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    if (['EBUSY', 'ENOENT', 'ENOTEMPTY'].includes(code)) return false
    throw error
  }
}

function hierarchies(): string[] {
  return HIERARCHIES.filter((root) => existsSync(join(root, 'cgroup.procs')))
}

function removeTree(path: string): void {
  if (!existsSync(path)) return
  for (const name of folders(path)) removeTree(join(path, name))
  rmdirSync(path)
}

function folders(path: string): string[] {
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
}

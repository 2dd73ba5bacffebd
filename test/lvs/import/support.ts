import { basename } from 'node:path'
import { importCluster, type ImportedCluster } from '../../../src/lvs/import/cluster.js'
import type { Wishes } from '../../../src/lvs/import/hosts.js'
import type { Disk, Note, Told } from '../../../src/lvs/import/told.js'
import { formatTable } from '../../../src/lvs/table.js'

const nobody: Wishes = {
  directors: [],
  names: new Map(),
  namesAt: { file: '--names', line: 1, col: 1 },
}

/** The cluster that some files tell of, without a wish of the command line's. */
export function clusterOf(told: readonly Told[], wishes: Partial<Wishes> = {}): ImportedCluster {
  return importCluster(told, { ...nobody, ...wishes })
}

/** Its table, as `ipvsadm -S -n` would print it. */
export function tableOf(...told: Told[]): string {
  return formatTable(clusterOf(told).services)
}

/** `12: what cannot be carried over`. */
export function notesOf({ notes }: { notes: readonly Note[] }): string[] {
  return notes.map(({ at, message }) => `${at.line}: ${message}`)
}

/** Files that include each other, by name; patterns mean the names that end like them. */
export function diskOf(files: Readonly<Record<string, string>> = {}): Disk {
  return {
    read: (path) => files[path] ?? '',
    match: (pattern) => {
      const end = basename(pattern).replace('*', '')
      return Object.keys(files).filter((name) => name.endsWith(end))
    },
  }
}

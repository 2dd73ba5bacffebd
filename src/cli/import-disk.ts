import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, dirname, isAbsolute, join } from 'node:path'
import { InputError } from '../core/errors.js'
import { globRegex } from '../core/glob.js'
import type { Disk } from '../lvs/import/told.js'
import { WHY_UNREAD } from '../site/disk.js'

/** The files that are given to import, and those that they include. */
export const importDisk: Disk = {
  read(path) {
    try {
      return readFileSync(path, 'utf8')
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException
      const why = WHY_UNREAD[code ?? ''] ?? message
      throw new InputError(undefined, `cannot read "${path}": ${why}`)
    }
  },
  match(pattern, from) {
    const path = isAbsolute(pattern) ? pattern : join(dirname(from), pattern)
    if (existsSync(path)) return statSync(path).isFile() ? [path] : []
    const folder = dirname(path)
    if (!existsSync(folder)) return []
    const wanted = globRegex(basename(path))
    const names = readdirSync(folder).filter((name) => wanted?.test(name))
    return names.sort().map((name) => join(folder, name))
  },
}

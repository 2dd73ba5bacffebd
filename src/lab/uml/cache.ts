import { lstatSync, mkdirSync } from 'node:fs'
import { DrPlayError } from '../../core/errors.js'

const FOLDER = '/var/cache/dr-play'

/**
 * The folder for what root runs later: root's own, and writable by root alone.
 *
 * @throws DrPlayError when it belongs to another user
 */
export function cacheFolder(): string {
  mkdirSync(FOLDER, { recursive: true, mode: 0o755 })
  const { uid, mode } = lstatSync(FOLDER)
  const isFolder = (mode & 0o170000) === 0o040000
  if (!isFolder || uid !== process.getuid?.() || (mode & 0o022) !== 0) {
    throw new DrPlayError(
      `${FOLDER} is not a folder that root alone can write`,
      `remove it: the lab makes it anew`,
    )
  }
  return FOLDER
}

import { dirname, join, resolve } from 'node:path'
import type { Files } from '../site/files.js'
import { MOST } from './bundle.js'
import { readsOthers } from './cut.js'
import type { Recording } from './recording.js'

/** Folders beside a playbook whose files a host's facts may name. */
const BESIDE = ['templates', 'files', 'vars', 'tasks', 'handlers']

/** Beside the playbook itself there may be anything. */
const SMALL = /\.(ya?ml|json|hbs)$/

const NEVER = ['.git', 'node_modules']

/**
 * Reads what a run may come to need though nobody has asked for it yet, because only a host's
 * facts will name it: all of the roles that it uses, and the files beside the playbook.
 */
export function readAhead(files: Files, recording: Recording): void {
  const roles = [...files.taken].filter(([name]) => name.startsWith('role '))
  const beside = files.roots.flatMap((root) => BESIDE.map((name) => join(root, name)))
  // What is beside the playbook may be named without any folder.
  const plain = recording.names(files.playbookDir).filter((name) => SMALL.test(name))
  const own = plain.map((name) => join(files.playbookDir, name))
  for (const path of [...roles.map(([, folder]) => folder), ...beside, ...own]) {
    readAll(path, recording)
  }
  for (const path of recording.asked) if (!recording.files.has(path)) recording.bytes(path)
}

function readAll(path: string, recording: Recording): void {
  const kind = recording.kind(path)
  if (kind === 'file') recording.bytes(path)
  // What is too large is told of when it is packed.
  if (kind !== 'folder' || recording.size > MOST) return
  for (const name of recording.names(path)) {
    if (!NEVER.includes(name)) readAll(join(path, name), recording)
  }
}

/**
 * Whether what was read beside the tasks themselves tells of other hosts' variables: templates,
 * variables, the inventory.
 */
export function othersAreRead(
  { playbookDir }: Pick<Files, 'playbookDir'>,
  { files, printed, cwd }: Recording,
  inventory: readonly string[],
): boolean {
  const sources = inventory.map((source) => resolve(cwd, source))
  const isTasks = (path: string) =>
    /\/(tasks|handlers)\/[^/]+\.ya?ml$/.test(path) ||
    (dirname(path) === playbookDir && /\.ya?ml$/.test(path) && !sources.includes(path))
  const texts = [...files].flatMap(([path, bytes]) =>
    isTasks(path) ? [] : bytes.toString('latin1'),
  )
  return [...texts, ...printed.values()].some(readsOthers)
}

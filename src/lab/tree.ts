import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/**
 * What a layer of a host's file system holds at one path: a text file (0644), a file with
 * another mode, a symbolic link, a folder.
 */
export type Entry = string | { text: string; mode: number } | { link: string } | { dir: number }

/** Entries by path, without the leading slash. */
export type Tree = Readonly<Record<string, Entry>>

/** An executable file. */
export function program(text: string): Entry {
  return { text, mode: 0o755 }
}

/** What systemd takes for a unit that must never start. */
export const masked: Entry = { link: '/dev/null' }

export async function write(root: string, tree: Tree): Promise<void> {
  for (const [path, entry] of Object.entries(tree)) await put(join(root, path), entry)
}

async function put(path: string, entry: Entry): Promise<void> {
  await folder(dirname(path))
  if (typeof entry === 'string') await file(path, entry, 0o644)
  else if ('text' in entry) await file(path, entry.text, entry.mode)
  else if ('link' in entry) await symlink(entry.link, path)
  else {
    await folder(path)
    await chmod(path, entry.dir)
  }
}

async function file(path: string, text: string, mode: number): Promise<void> {
  await writeFile(path, text)
  await chmod(path, mode)
}

/** The user's umask must not show in the hosts. */
async function folder(path: string): Promise<void> {
  const first = await mkdir(path, { recursive: true })
  if (first === undefined) return
  for (let each = path; each.length >= first.length; each = dirname(each)) await chmod(each, 0o755)
}

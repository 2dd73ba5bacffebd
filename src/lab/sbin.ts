import { delimiter } from 'node:path'

const SBIN = ['/usr/local/sbin', '/usr/sbin', '/sbin']

/** A PATH with the folders of root's programs, which one who became root by a plain `su` lacks. */
export function withSbin(path = ''): string {
  const folders = path.split(delimiter).filter(Boolean)
  return [...folders, ...SBIN.filter((folder) => !folders.includes(folder))].join(delimiter)
}

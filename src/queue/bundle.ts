import { dirname, resolve } from 'node:path'
import { InputError } from '../core/errors.js'
import type { Disk } from '../site/disk.js'
import { decode, encode } from './wire.js'
import { callOf, type Recording } from './recording.js'

const MEGABYTE = 1 << 20
/** In bytes, of all files together. */
export const MOST = 64 * MEGABYTE

interface Contents {
  cwd: string
  /** Paths and sizes of the files, whose bytes follow one after the other. */
  files: [path: string, bytes: number][]
  folders: [string, string[]][]
  executables: string[]
  printed: [string, string][]
  /** What else is needed. */
  given: unknown
}

/** What a run sends to its workers: the files it was made of, and what the command line gave. */
export function pack(recording: Recording, given: unknown): Buffer {
  const files = [...recording.files]
  if (recording.size > MOST) throw tooLarge(files, recording.size)
  const contents: Contents = {
    cwd: recording.cwd,
    files: files.map(([path, bytes]) => [path, bytes.length]),
    folders: [...recording.folders],
    executables: [...recording.executables],
    printed: [...recording.printed],
    given,
  }
  const head = Buffer.from(encode(contents))
  const length = Buffer.alloc(4)
  length.writeUInt32BE(head.length)
  return Buffer.concat([length, head, ...files.map(([, bytes]) => bytes)])
}

export function unpack(packed: Buffer): { disk: Disk; cwd: string; given: unknown } {
  const end = 4 + packed.readUInt32BE()
  const contents = decode(packed.toString('utf8', 4, end)) as Contents
  const files = new Map<string, Buffer>()
  let at = end
  for (const [path, size] of contents.files) {
    files.set(path, packed.subarray(at, at + size))
    at += size
  }
  return { disk: diskOf(contents, files), cwd: contents.cwd, given: contents.given }
}

/** The run's disk, as far as it was sent. */
function diskOf(contents: Contents, files: ReadonlyMap<string, Buffer>): Disk {
  const { cwd } = contents
  const folders = new Map(contents.folders)
  const executables = new Set(contents.executables)
  const printed = new Map(contents.printed)
  const above = new Set([...files.keys()].map((path) => dirname(path)))
  const known = <T>(value: T | undefined, path: string): T => {
    if (value !== undefined) return value
    throw new InputError(undefined, `"${path}" is not among what the run sent to its workers`)
  }
  return {
    kind(path) {
      const full = resolve(cwd, path)
      if (files.has(full)) return 'file'
      return folders.has(full) || above.has(full) ? 'folder' : undefined
    },
    names: (folder) => folders.get(resolve(cwd, folder)) ?? [],
    bytes: (file) => known(files.get(resolve(cwd, file)), file),
    isExecutable: (file) => executables.has(resolve(cwd, file)),
    run: (program, args) => known(printed.get(callOf(resolve(cwd, program), args)), program),
  }
}

function tooLarge(files: readonly (readonly [string, Buffer])[], size: number): InputError {
  const inMegabytes = (bytes: number) => `${Math.ceil(bytes / MEGABYTE)} MB`
  const largest = [...files].sort(([, a], [, b]) => b.length - a.length).slice(0, 3)
  const named = largest.map(([path, bytes]) => `${path} (${inMegabytes(bytes.length)})`)
  return new InputError(
    undefined,
    `the playbook's files are too large for the queue: ${inMegabytes(size)} of ${inMegabytes(MOST)}`,
    `the largest: ${named.join(', ')}; have the hosts fetch those, or run without --queue`,
  )
}

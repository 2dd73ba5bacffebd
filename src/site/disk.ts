import { spawnSync } from 'node:child_process'
import { accessSync, constants, readdirSync, readFileSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { InputError } from '../core/errors.js'

/** The little that is asked of a disk. */
export interface Disk {
  kind(path: string): 'file' | 'folder' | undefined
  /** The names in a folder, in any order; none when there is no such folder. */
  names(folder: string): string[]
  /** @throws InputError */
  bytes(file: string): Buffer
  isExecutable(file: string): boolean
  /** What a program prints. @throws InputError with what it says, when it fails */
  run(program: string, args: readonly string[]): string
}

/** In words, why a file cannot be read, by the error of the system. */
export const WHY_UNREAD: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder',
  EACCES: 'you may not read it',
}

/** This machine's own. */
export const machine: Disk = {
  kind(path) {
    const found = statSync(path, { throwIfNoEntry: false })
    return found?.isDirectory() ? 'folder' : found && 'file'
  },
  names(folder) {
    return machine.kind(folder) === 'folder' ? readdirSync(folder) : []
  },
  bytes(file) {
    try {
      return readFileSync(file)
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      const why = WHY_UNREAD[code ?? ''] ?? code ?? String(error)
      throw new InputError(undefined, `cannot read "${file}": ${why}`)
    }
  },
  isExecutable(file) {
    try {
      accessSync(file, constants.X_OK)
      return true
    } catch {
      return false
    }
  },
  run(program, args) {
    const { status, stdout, stderr, error } = spawnSync(resolve(program), args, {
      encoding: 'utf8',
      maxBuffer: 1 << 30,
    })
    if (status === 0) return stdout
    const why = error?.message ?? (stderr.trim() || `exit code ${status}`)
    const message = `the inventory script failed when called with ${args.join(' ')}: ${why}`
    const hint = `call it yourself: ${program.includes('/') ? '' : './'}${program} ${args.join(' ')}`
    throw new InputError({ file: program, line: 1, col: 1 }, message, hint)
  },
}

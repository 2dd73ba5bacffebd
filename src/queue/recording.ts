import { resolve } from 'node:path'
import type { Disk } from '../site/disk.js'

/** A disk that keeps what was asked of another one, so that it can be asked again elsewhere. */
export class Recording implements Disk {
  readonly files = new Map<string, Buffer>()
  readonly folders = new Map<string, string[]>()
  readonly executables = new Set<string>()
  readonly printed = new Map<string, string>()
  /** Files of which it was only asked whether they are there. */
  readonly asked = new Set<string>()
  /** In bytes, of the files. */
  size = 0

  constructor(
    private readonly disk: Disk,
    readonly cwd: string,
  ) {}

  kind(path: string): ReturnType<Disk['kind']> {
    const kind = this.disk.kind(path)
    if (kind === 'folder') this.names(path)
    if (kind === 'file') this.asked.add(resolve(this.cwd, path))
    return kind
  }

  names(folder: string): string[] {
    const names = this.disk.names(folder)
    this.folders.set(resolve(this.cwd, folder), names)
    return names
  }

  bytes(file: string): Buffer {
    const bytes = this.disk.bytes(file)
    const path = resolve(this.cwd, file)
    this.size += bytes.length - (this.files.get(path)?.length ?? 0)
    this.files.set(path, bytes)
    return bytes
  }

  isExecutable(file: string): boolean {
    const is = this.disk.isExecutable(file)
    if (is) this.executables.add(resolve(this.cwd, file))
    return is
  }

  run(program: string, args: readonly string[]): string {
    const printed = this.disk.run(program, args)
    this.printed.set(callOf(resolve(this.cwd, program), args), printed)
    return printed
  }
}

export function callOf(program: string, args: readonly string[]): string {
  return [program, ...args].join('\0')
}

import { extname, join } from 'node:path'
import { InputError } from '../core/errors.js'
import type { Disk } from './disk.js'
import type { VarsFile, VarsFolders } from './layers.js'
import type { Vars } from './vars.js'
import type { Vault } from './vault.js'
import { YamlFile } from './yaml.js'

const EXTENSIONS = ['', '.yml', '.yaml', '.json']

/** The group_vars and host_vars folders inside one folder; every file is read once. */
export class VarsFolder implements VarsFolders {
  readonly #known = new Map<string, readonly VarsFile[]>()
  readonly #names = new Map<string, ReadonlySet<string>>()

  constructor(
    readonly folder: string,
    readonly disk: Disk,
    readonly vault?: Vault,
  ) {}

  groupVars(group: string): readonly VarsFile[] {
    return this.#files('group_vars', group)
  }

  hostVars(host: string): readonly VarsFile[] {
    return this.#files('host_vars', host)
  }

  #files(kind: string, name: string): readonly VarsFile[] {
    const path = join(kind, name)
    const files = this.#known.get(path) ?? this.#find(kind, name).map((file) => this.#read(file))
    this.#known.set(path, files)
    return files
  }

  /** The first of NAME, NAME.yml, NAME.yaml, NAME.json; a folder stands for all it holds. */
  #find(kind: string, name: string): string[] {
    const folder = join(this.folder, kind)
    const names = this.#names.get(kind) ?? new Set(this.disk.names(folder))
    this.#names.set(kind, names)
    const found = EXTENSIONS.map((extension) => `${name}${extension}`).find((one) => names.has(one))
    if (found === undefined) return []
    const path = join(folder, found)
    if (this.disk.kind(path) === 'file') return [path]
    return found === name ? filesBelow(path, this.disk) : []
  }

  #read(file: string): VarsFile {
    return { file, vars: parseVars(this.disk.bytes(file).toString('utf8'), file, this.vault) }
  }
}

function filesBelow(folder: string, disk: Disk): string[] {
  return disk
    .names(folder)
    .filter((name) => !name.startsWith('.') && !name.endsWith('~'))
    .sort()
    .flatMap((name) => {
      const path = join(folder, name)
      if (disk.kind(path) === 'folder') return filesBelow(path, disk)
      return EXTENSIONS.includes(extname(name)) ? [path] : []
    })
}

/**
 * The variables of a YAML or JSON file, with their positions; an empty file has none.
 * @throws InputErrors, or InputError for a file that is no map of variables.
 */
function parseVars(text: string, file: string, vault: Vault | undefined): Vars {
  const start = { file, line: 1, col: 1 }
  const yaml = new YamlFile(file, text, vault)
  if (yaml.value === null || yaml.value === undefined) return new Map()
  if (typeof yaml.value !== 'object' || Array.isArray(yaml.value)) {
    throw new InputError(start, 'a file of variables must be a map', 'write "name: value" lines')
  }
  return new Map(
    Object.entries(yaml.value as Record<string, unknown>).map(([name, value]) => [
      name,
      { value, at: yaml.at([name]) },
    ]),
  )
}

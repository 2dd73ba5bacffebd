import { readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { InputError, InputErrors } from '../core/errors.js'
import { InventoryBuilder } from './inventory-builder.js'
import type { Inventory } from './inventory.js'
import { expandHosts } from './host-range.js'
import { parseIni } from './ini.js'
import { type Layer, layersOf } from './layers.js'
import { type Disk, VarsFolder } from './vars-folder.js'

export interface LoadedInventory {
  inventory: Inventory
  /**
   * The variables of a host, from the weakest layer to the strongest; reads the files it
   * needs, each once.
   * @throws InputErrors, InputError for what is wrong in them
   */
  layers(host: string): Layer[]
}

export interface LoadOptions {
  /** The folder of the playbook, whose group_vars and host_vars count too. */
  playbookDir?: string
}

/**
 * Reads the sources given with -i, in their order, into one inventory.
 * @throws InputErrors with everything that is wrong in them
 */
export function loadInventory(
  sources: readonly string[],
  options: LoadOptions = {},
): LoadedInventory {
  const builder = new InventoryBuilder()
  const folders = new Set<string>()
  for (const source of sources) {
    const folder = readSource(source, builder)
    if (folder === undefined) continue
    // Of two sources in one folder the later one counts: its variables come last.
    folders.delete(folder)
    folders.add(folder)
  }
  const inventory = builder.build()
  if (builder.errors.length > 0) throw new InputErrors(builder.errors)
  const beside = {
    inventory: [...folders].map((folder) => new VarsFolder(folder, disk)),
    playbook: options.playbookDir === undefined ? [] : [new VarsFolder(options.playbookDir, disk)],
  }
  return { inventory, layers: (host) => layersOf(inventory, host, beside) }
}

/** Adds one source; gives the folder beside which its group_vars and host_vars are. */
function readSource(source: string, builder: InventoryBuilder): string | undefined {
  const kind = disk.kind(source)
  if (kind === undefined && source.includes(',')) {
    readHostList(source, builder)
    return undefined
  }
  if (kind === 'folder') {
    throw new InputError(undefined, `inventory "${source}" is a folder: not supported yet`)
  }
  parseIni(disk.read(source), source, builder)
  return dirname(source)
}

/** `a,b,` names its hosts itself. */
function readHostList(source: string, builder: InventoryBuilder): void {
  const at = { file: `-i ${source}`, line: 1, col: 1 }
  for (const token of source.split(',').map((part) => part.trim())) {
    if (token === '') continue
    const { names, port } = expandHosts(token, at)
    for (const name of names) builder.host(name, 'ungrouped', at, port)
  }
}

const disk: Disk = {
  kind(path) {
    const found = statSync(path, { throwIfNoEntry: false })
    return found?.isDirectory() ? 'folder' : found && 'file'
  },
  names(folder) {
    return disk.kind(folder) === 'folder' ? readdirSync(folder) : []
  },
  read(file) {
    try {
      return readFileSync(file, 'utf8')
    } catch (error) {
      const why =
        (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'there is no such file' : String(error)
      throw new InputError(undefined, `cannot read "${file}": ${why}`)
    }
  },
}

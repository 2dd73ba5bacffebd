import { dirname, extname, join } from 'node:path'
import { InputError, InputErrors } from '../core/errors.js'
import { type Disk, machine } from './disk.js'
import { expandHosts } from './host-range.js'
import { parseIni } from './ini.js'
import { InventoryBuilder } from './inventory-builder.js'
import type { Inventory } from './inventory.js'
import { type Layer, layersOf, layersOfGroup } from './layers.js'
import { readScript } from './script-inventory.js'
import { Vault } from './vault.js'
import { isSealed } from './vault-cipher.js'
import { VarsFolder } from './vars-folder.js'
import { parseYamlInventory } from './yaml-inventory.js'

export interface LoadedInventory {
  inventory: Inventory
  /**
   * The variables of a host, from the weakest layer to the strongest; reads the files it
   * needs, each once.
   * @throws InputErrors, InputError for what is wrong in them
   */
  layers(host: string): Layer[]
  /** The same of what a group itself sets, beside the playbook too if told so. */
  groupLayers(group: string, playbookToo: boolean): Layer[]
}

export interface LoadOptions {
  /** The folder of the playbook, whose group_vars and host_vars count too. */
  playbookDir?: string
  /** What opens sealed files and values. */
  vault?: Vault | undefined
  disk?: Disk
}

// What a folder of inventories may hold besides: as Ansible has it, even `.ini`.
const IGNORED = /^\.|~$|\.(pyc|pyo|swp|bak|rpm|md|txt|rst|orig|ini|cfg|retry)$/
const NOT_INVENTORIES = ['group_vars', 'host_vars', 'vars_plugins']

/**
 * Reads the sources given with -i, in their order, into one inventory: INI and YAML files,
 * folders of them, executable scripts, and host lists (`a,b,`).
 * @throws InputErrors with everything that is wrong in them
 */
export function loadInventory(
  sources: readonly string[],
  { playbookDir, vault = new Vault(), disk = machine }: LoadOptions = {},
): LoadedInventory {
  const builder = new InventoryBuilder()
  const opener = { disk, vault }
  const folders = new Set<string>()
  for (const source of sources) {
    const folder = readSource(source, builder, opener)
    if (folder === undefined) continue
    // Of two sources in one folder the later one counts: its variables come last.
    folders.delete(folder)
    folders.add(folder)
  }
  const inventory = builder.build()
  if (builder.errors.length > 0) throw new InputErrors(builder.errors)
  const beside = {
    inventory: [...folders].map((folder) => new VarsFolder(folder, disk, vault)),
    playbook: playbookDir === undefined ? [] : [new VarsFolder(playbookDir, disk, vault)],
  }
  return {
    inventory,
    layers: (host) => layersOf(inventory, host, beside),
    groupLayers: (group, playbookToo) =>
      layersOfGroup(inventory, group, [
        ...beside.inventory,
        ...(playbookToo ? beside.playbook : []),
      ]),
  }
}

/** What files are read with. */
interface Opener {
  disk: Disk
  vault: Vault
}

/** Adds one source; gives the folder in which its group_vars and host_vars are. */
function readSource(source: string, builder: InventoryBuilder, opener: Opener): string | undefined {
  const kind = opener.disk.kind(source)
  if (kind === undefined && source.includes(',')) {
    noting(builder, () => readHostList(source, builder))
    return undefined
  }
  if (kind === 'folder') noting(builder, () => readWholeFolder(source, builder, opener))
  else noting(builder, () => readFile(source, builder, opener))
  return kind === 'folder' ? source : dirname(source)
}

/** @throws InputError when all that may be meant as an inventory is passed over */
function readWholeFolder(folder: string, builder: InventoryBuilder, opener: Opener): void {
  const passedOver: string[] = []
  const read = readFolder(folder, builder, opener, passedOver)
  const [first] = passedOver
  if (read > 0 || first === undefined) return
  const message = `no file in this folder is read as an inventory; passed over: ${passedOver.join(', ')}`
  const hint = `as in Ansible, the ending decides in a folder: give the file itself, -i ${first}, or call it ${first.replace(/\.\w+$/, '')}`
  throw new InputError({ file: folder, line: 1, col: 1 }, message, hint)
}

/** @returns how many files it read; adds to `passedOver` those that their ending keeps out */
function readFolder(
  folder: string,
  builder: InventoryBuilder,
  opener: Opener,
  passedOver: string[],
): number {
  let read = 0
  for (const name of opener.disk.names(folder).sort()) {
    const path = join(folder, name)
    if (NOT_INVENTORIES.includes(name)) continue
    if (IGNORED.test(name)) {
      if (/\.(ini|cfg|txt)$/.test(name)) passedOver.push(path)
      continue
    }
    if (opener.disk.kind(path) === 'folder') read += readFolder(path, builder, opener, passedOver)
    else {
      noting(builder, () => readFile(path, builder, opener))
      read++
    }
  }
  return read
}

function readFile(file: string, builder: InventoryBuilder, { disk, vault }: Opener): void {
  const written = disk.bytes(file).toString('utf8')
  const at = { file, line: 1, col: 1 }
  const text = isSealed(written) ? vault.open(written, at) : written
  if (text !== written) vault.hide(text.split(/[\s=]+/))
  if (isScript(file, text, disk)) readScript((...args) => disk.run(file, args), file, builder)
  else if (isYaml(file, text)) parseYamlInventory(text, file, builder, vault)
  else if (extname(file) === '.toml')
    throw new InputError(at, 'TOML inventories are not supported', 'write it as INI or as YAML')
  else parseIni(text, file, builder)
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

function noting(builder: InventoryBuilder, act: () => void): void {
  try {
    act()
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    builder.errors.push(error)
  }
}

function isScript(file: string, text: string, disk: Disk): boolean {
  if (!text.startsWith('#!') && !text.startsWith('\x7fELF')) return false
  if (disk.isExecutable(file)) return true
  const at = { file, line: 1, col: 1 }
  throw new InputError(at, 'this is a script, but not executable', `chmod +x ${file}`)
}

/** By its extension; a file without one by how it begins. */
function isYaml(file: string, text: string): boolean {
  if (['.yml', '.yaml', '.json'].includes(extname(file))) return true
  const first = text.split('\n').find((line) => /^\s*[^\s#;]/.test(line)) ?? ''
  return extname(file) === '' && /^---|^\{|^[^[\s=]+:\s*(#.*)?$/.test(first)
}

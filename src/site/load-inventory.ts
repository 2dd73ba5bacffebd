import { spawnSync } from 'node:child_process'
import { accessSync, constants, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, extname, join, resolve } from 'node:path'
import { InputError, InputErrors } from '../core/errors.js'
import { expandHosts } from './host-range.js'
import { parseIni } from './ini.js'
import { InventoryBuilder } from './inventory-builder.js'
import type { Inventory } from './inventory.js'
import { type Layer, layersOf, layersOfGroup } from './layers.js'
import { readScript } from './script-inventory.js'
import { Vault } from './vault.js'
import { isSealed } from './vault-cipher.js'
import { type Disk, VarsFolder } from './vars-folder.js'
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
  { playbookDir, vault = new Vault() }: LoadOptions = {},
): LoadedInventory {
  const builder = new InventoryBuilder()
  const folders = new Set<string>()
  for (const source of sources) {
    const folder = readSource(source, builder, vault)
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

/** Adds one source; gives the folder in which its group_vars and host_vars are. */
function readSource(source: string, builder: InventoryBuilder, vault: Vault): string | undefined {
  const kind = disk.kind(source)
  if (kind === undefined && source.includes(',')) {
    noting(builder, () => readHostList(source, builder))
    return undefined
  }
  if (kind === 'folder') readFolder(source, builder, vault)
  else noting(builder, () => readFile(source, builder, vault))
  return kind === 'folder' ? source : dirname(source)
}

function readFolder(folder: string, builder: InventoryBuilder, vault: Vault): void {
  for (const name of disk.names(folder).sort()) {
    if (IGNORED.test(name) || NOT_INVENTORIES.includes(name)) continue
    const path = join(folder, name)
    if (disk.kind(path) === 'folder') readFolder(path, builder, vault)
    else noting(builder, () => readFile(path, builder, vault))
  }
}

function readFile(file: string, builder: InventoryBuilder, vault: Vault): void {
  const written = disk.read(file)
  const at = { file, line: 1, col: 1 }
  const text = isSealed(written) ? vault.open(written, at) : written
  if (text !== written) vault.hide(text.split(/[\s=]+/))
  if (isScript(file, text)) readScript((...args) => run(file, args), file, builder)
  else if (isYaml(file, text)) parseYamlInventory(text, file, builder, vault)
  else if (extname(file) === '.toml') throw new InputError(at, 'TOML inventories are not supported')
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

function isScript(file: string, text: string): boolean {
  if (!text.startsWith('#!') && !text.startsWith('\x7fELF')) return false
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    throw new InputError(
      { file, line: 1, col: 1 },
      'this is a script, but not executable',
      `chmod +x ${file}`,
    )
  }
}

/** By its extension; a file without one by how it begins. */
function isYaml(file: string, text: string): boolean {
  if (['.yml', '.yaml', '.json'].includes(extname(file))) return true
  const first = text.split('\n').find((line) => /^\s*[^\s#;]/.test(line)) ?? ''
  return extname(file) === '' && /^---|^\{|^[^[\s=]+:\s*(#.*)?$/.test(first)
}

function run(file: string, args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(resolve(file), args, {
    encoding: 'utf8',
    maxBuffer: 1 << 30,
  })
  if (status === 0) return stdout
  const why = error?.message ?? (stderr.trim() || `exit code ${status}`)
  const message = `the inventory script failed when called with ${args.join(' ')}: ${why}`
  throw new InputError({ file, line: 1, col: 1 }, message)
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
      const { code, message } = error as NodeJS.ErrnoException
      const why = code === 'ENOENT' ? 'there is no such file' : message
      throw new InputError(undefined, `cannot read "${file}": ${why}`)
    }
  },
}

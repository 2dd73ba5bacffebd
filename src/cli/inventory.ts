import { defineScalarTag, dump } from 'js-yaml'
import { InputError } from '../core/errors.js'
import { didYouMean } from '../core/suggest.js'
import { graphLines, hostVars, listView, treeView } from '../site/inventory-view.js'
import { type LoadedInventory, loadInventory } from '../site/load-inventory.js'
import { matchPattern } from '../site/patterns.js'
import { isMap } from '../site/python-values.js'
import { Unsafe } from '../site/unsafe.js'
import { SealedText } from '../site/vault.js'
import { DUMPED } from '../site/yaml-schema.js'
import { hiding, openVault } from './vault.js'
import type { VaultFlags } from './vault-flags.js'

/** The flags of `dr-play inventory`, as commander hands them over. */
export interface InventoryFlags extends VaultFlags {
  inventory?: string[]
  list?: boolean
  graph?: boolean
  host?: string
  yaml?: boolean
  vars?: boolean
  playbookDir?: string
}

/** Prints an inventory. Values of `!vault` stay as they are, so they need no password. */
export async function inventory(group: string, flags: InventoryFlags): Promise<number> {
  if (!flags.inventory) {
    const hint = 'name it with -i: dr-play inventory -i hosts --list'
    throw new InputError(undefined, 'no inventory is given', hint)
  }
  if (!flags.list && !flags.graph && flags.host === undefined && !flags.yaml) {
    throw new InputError(
      undefined,
      'nothing is asked for',
      'give --list, --graph, --host or --yaml',
    )
  }
  const sources = flags.inventory
  const vault = await openVault(flags, false)
  const text = await hiding(vault, () => {
    const loaded = loadInventory(sources, { playbookDir: flags.playbookDir ?? '.', vault })
    return flags.graph ? graph(loaded, group, flags) : data(loaded, flags)
  })
  process.stdout.write(text)
  return 0
}

function graph(loaded: LoadedInventory, group: string, flags: InventoryFlags): string {
  const groups = [...loaded.inventory.groups.keys()]
  if (!groups.includes(group)) {
    const hint = didYouMean(group, groups, 'the inventory has no such group')
    throw new InputError(undefined, `--graph: "${group}" is not a group`, hint)
  }
  const options = { vars: flags.vars ?? false, playbookToo: flags.playbookDir !== undefined }
  return `${graphLines(loaded, group, options).join('\n')}\n`
}

function data(loaded: LoadedInventory, { host, yaml }: InventoryFlags): string {
  if (host !== undefined) {
    const vars = hostVars(loaded, only(loaded, host))
    return yaml ? asYaml(vars) : asJson(vars)
  }
  return yaml ? asYaml(treeView(loaded)) : asJson(listView(loaded))
}

function only({ inventory }: LoadedInventory, host: string): string {
  const [name, ...others] = matchPattern(host, inventory, { file: '--host', line: 1, col: 1 })
  if (name !== undefined && others.length === 0) return name
  const message = `--host: "${host}" means ${name === undefined ? 'no host' : `${others.length + 1} hosts`}`
  throw new InputError(undefined, message, 'name one host')
}

function asJson(value: unknown): string {
  return `${JSON.stringify(sorted(value), null, 4)}\n`
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (value instanceof SealedText || value instanceof Unsafe || !isMap(value)) return value
  const keys = Object.keys(value).sort()
  return Object.fromEntries(keys.map((key) => [key, sorted(value[key])]))
}

function asYaml(value: unknown): string {
  return dump(value, { schema: WITH_VAULT, sortKeys: true, noRefs: true })
}

const WITH_VAULT = DUMPED.withTags(
  defineScalarTag('!vault', {
    resolve: (text) => new SealedText(text),
    identify: (item) => item instanceof SealedText,
    represent: (item: SealedText) => item.text,
  }),
)

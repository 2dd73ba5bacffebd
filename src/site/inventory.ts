import type { Position } from '../core/errors.js'
import type { Vars } from './vars.js'

/** A host as the inventory files describe it. `groups` are those that name it directly. */
export interface Host {
  name: string
  /** From `name:port`; the variable ansible_port says the same. */
  port?: number
  vars: Vars
  groups: readonly string[]
  at: Position
}

/** `hosts` and `children` are the direct ones, in the order they were written. */
export interface Group {
  name: string
  hosts: readonly string[]
  children: readonly string[]
  vars: Vars
  /** ansible_group_priority: of two groups of one depth, the higher one wins. */
  priority: number
  at: Position
}

/** `groups` always holds `all` and `ungrouped`; both maps keep the order of the files. */
export interface Inventory {
  hosts: ReadonlyMap<string, Host>
  groups: ReadonlyMap<string, Group>
}

/** A group and everything below it, level by level, in the order written. */
function descendantsOf(inventory: Inventory, group: string): string[] {
  const seen = new Set([group])
  for (const name of seen) {
    for (const child of inventory.groups.get(name)?.children ?? []) seen.add(child)
  }
  return [...seen]
}

/** The hosts of a group and of all groups below it, each once. */
export function hostsOf(inventory: Inventory, group: string): string[] {
  const hosts = new Set<string>()
  for (const name of descendantsOf(inventory, group)) {
    for (const host of inventory.groups.get(name)?.hosts ?? []) hosts.add(host)
  }
  return [...hosts]
}

/**
 * The groups of a host from the weakest to the strongest: by depth, then by priority, then
 * by name. `all` is always the first, also for a host that no file names.
 */
export function groupsOf(inventory: Inventory, host: string): string[] {
  const { parents, rank } = treeOf(inventory)
  const seen = new Set(inventory.hosts.get(host)?.groups)
  for (const name of seen) {
    for (const parent of parents.get(name) ?? []) seen.add(parent)
  }
  seen.add('all')
  return [...seen].sort((a, b) => rank.get(a)! - rank.get(b)!)
}

interface Tree {
  parents: ReadonlyMap<string, readonly string[]>
  /** The place of each group among all of them, the weakest first. */
  rank: ReadonlyMap<string, number>
}

const trees = new WeakMap<Inventory, Tree>()

/** Worked out once: an inventory may have thousands of hosts that ask for it. */
function treeOf(inventory: Inventory): Tree {
  const tree = trees.get(inventory) ?? growTree(inventory)
  trees.set(inventory, tree)
  return tree
}

function growTree({ groups }: Inventory): Tree {
  const parents = new Map<string, string[]>()
  for (const { name, children } of groups.values()) {
    for (const child of children) parents.set(child, [...(parents.get(child) ?? []), name])
  }
  const depths = new Map<string, number>()
  const depthOf = (name: string): number => {
    const known = depths.get(name)
    if (known !== undefined) return known
    const depth = 1 + Math.max(-1, ...(parents.get(name) ?? []).map(depthOf))
    depths.set(name, depth)
    return depth
  }
  const sorted = [...groups.values()].sort(
    (a, b) =>
      depthOf(a.name) - depthOf(b.name) || a.priority - b.priority || (a.name < b.name ? -1 : 1),
  )
  return { parents, rank: new Map(sorted.map(({ name }, place) => [name, place])) }
}

/** The names that mean this machine even when no inventory knows them. */
const LOCAL = ['localhost', '127.0.0.1', '::1']

/**
 * The host of that name. A name of this machine means whichever of them the inventory has,
 * else the implicit localhost, which `all` never holds.
 */
export function findHost(inventory: Inventory, name: string): Host | undefined {
  const host = inventory.hosts.get(name)
  if (host !== undefined || !LOCAL.includes(name)) return host
  const known = [...inventory.hosts.values()].find((one) => LOCAL.includes(one.name))
  if (known !== undefined) return known
  const at = { file: '(implicit localhost)', line: 1, col: 1 }
  const vars = new Map([['ansible_connection', { value: 'local', at }]])
  return { name, vars, groups: [], at }
}

import type { LoadedInventory } from './load-inventory.js'
import type { Layer } from './layers.js'
import { type PlainMap, toText } from './python-values.js'
import { Unsafe } from './unsafe.js'
import { SealedText } from './vault.js'

/** How ansible-inventory shows an inventory: what is left out, in which order, and why not. */

// Names that Ansible sets itself; it leaves them out even when an inventory sets them.
const INTERNAL = new Set(
  `ansible_diff_mode ansible_config_file ansible_facts ansible_forks ansible_inventory_sources
  ansible_limit ansible_playbook_python ansible_run_tags ansible_skip_tags ansible_verbosity
  ansible_version inventory_dir inventory_file inventory_hostname inventory_hostname_short groups
  group_names omit playbook_dir`.split(/\s+/),
)

/** The variables of a host, as its layers end up. */
export function hostVars(loaded: LoadedInventory, host: string): PlainMap {
  return merged(loaded.layers(host))
}

function merged(layers: readonly Layer[]): PlainMap {
  const values: PlainMap = {}
  for (const { vars } of layers) {
    for (const [name, { value }] of vars) if (!INTERNAL.has(name)) values[name] = value
  }
  return values
}

/** As `--list` prints it: groups by name, and the variables of the hosts in `_meta`. */
export function listView(loaded: LoadedInventory): PlainMap {
  const { hosts, groups } = loaded.inventory
  const view: PlainMap = {}
  for (const { name, hosts: own, children } of groups.values()) {
    const group = {
      ...(name !== 'all' && own.length > 0 && { hosts: own }),
      ...(children.length > 0 && { children }),
    }
    if (Object.keys(group).length > 0) view[name] = group
  }
  const hostvars: PlainMap = {}
  for (const host of hosts.keys()) {
    const vars = hostVars(loaded, host)
    if (Object.keys(vars).length > 0) hostvars[host] = vars
  }
  return { ...view, _meta: { hostvars } }
}

/** As `--list --yaml` prints it: groups inside of groups; a host's variables at its first place. */
export function treeView(loaded: LoadedInventory): PlainMap {
  const seen = new Set<string>()
  const vars = (host: string) => {
    if (seen.has(host)) return {}
    seen.add(host)
    return hostVars(loaded, host)
  }
  const view = (name: string): PlainMap => {
    const { hosts = [], children = [] } = loaded.inventory.groups.get(name) ?? {}
    const below = Object.fromEntries(children.map((child) => [child, view(child)]))
    const own = name === 'all' ? [] : hosts.map((host) => [host, vars(host)] as const)
    return {
      ...(children.length > 0 && { children: below }),
      ...(own.length > 0 && { hosts: Object.fromEntries(own) }),
    }
  }
  return { all: view('all') }
}

export interface GraphOptions {
  vars: boolean
  /** Whether a group's variables beside the playbook are shown with the group. */
  playbookToo: boolean
}

/** As `--graph` prints it, from a group down. */
export function graphLines(
  loaded: LoadedInventory,
  group: string,
  { vars, playbookToo }: GraphOptions,
): string[] {
  const line = (text: string, depth: number) =>
    (depth === 0 ? '' : '  |'.repeat(depth) + '--') + text
  const varLines = (values: PlainMap, depth: number) =>
    Object.keys(values)
      .sort()
      .map((name) => line(`{${name} = ${shown(values[name])}}`, depth))
  const groupVars = (name: string): PlainMap => {
    const { priority = 1 } = loaded.inventory.groups.get(name) ?? {}
    const values = merged(loaded.groupLayers(name, playbookToo))
    return { ...values, ...(priority !== 1 && { ansible_group_priority: priority }) }
  }
  const below = (name: string, depth: number): string[] => {
    const { hosts = [], children = [] } = loaded.inventory.groups.get(name) ?? {}
    const own = name === 'all' ? [] : hosts
    return [
      line(`@${name}:`, depth),
      ...children.flatMap((child) => below(child, depth + 1)),
      ...own.flatMap((host) => [
        line(host, depth + 1),
        ...(vars ? varLines(hostVars(loaded, host), depth + 2) : []),
      ]),
      ...(vars ? varLines(groupVars(name), depth + 1) : []),
    ]
  }
  return below(group, 0)
}

/** Where Ansible shows what is sealed, we do not. */
function shown(value: unknown): string {
  return toText(plain(value))
}

function plain(value: unknown): unknown {
  if (value instanceof SealedText) return '[vault]'
  if (value instanceof Unsafe) return value.text
  if (Array.isArray(value)) return value.map(plain)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]))
}

import { findHost, groupsOf, type Inventory } from './inventory.js'
import type { Vars } from './vars.js'

/** The kinds of layers, from the weakest to the strongest. */
type LayerKind =
  | 'inventory-all'
  | 'inventory-group'
  | 'group_vars-all'
  | 'playbook-group_vars-all'
  | 'group_vars'
  | 'playbook-group_vars'
  | 'inventory-host'
  | 'host_vars'
  | 'playbook-host_vars'

/** Variables that one place sets; `source` is what to call that place in a message. */
export interface Layer {
  kind: LayerKind
  source: string
  vars: Vars
}

/** One file of a group_vars or host_vars folder. */
export interface VarsFile {
  file: string
  vars: Vars
}

/** What stands in the folders beside an inventory source, or beside the playbook. */
export interface VarsFolders {
  /** The files for one group or one host, from the weakest to the strongest. */
  groupVars(group: string): readonly VarsFile[]
  hostVars(host: string): readonly VarsFile[]
}

/**
 * The variables that the inventory and the vars folders give to a host, from the weakest
 * layer to the strongest; a value replaces one of the same name in a weaker layer whole.
 */
export function layersOf(
  inventory: Inventory,
  host: string,
  beside: { inventory: readonly VarsFolders[]; playbook: readonly VarsFolders[] },
): Layer[] {
  const groups = groupsOf(inventory, host).filter((group) => group !== 'all')
  const forGroups = (kind: LayerKind, names: readonly string[], folders: readonly VarsFolders[]) =>
    names.flatMap((group) => folders.flatMap((one) => asLayers(kind, one.groupVars(group))))
  const forHost = (kind: LayerKind, folders: readonly VarsFolders[]) =>
    folders.flatMap((one) => asLayers(kind, one.hostVars(host)))
  const written = (kind: LayerKind, source: string, vars: Vars | undefined): Layer[] =>
    vars === undefined || vars.size === 0 ? [] : [{ kind, source, vars }]
  const ofGroup = (kind: LayerKind, group: string) =>
    written(kind, `group "${group}" in the inventory`, inventory.groups.get(group)?.vars)
  return [
    ...ofGroup('inventory-all', 'all'),
    ...groups.flatMap((group) => ofGroup('inventory-group', group)),
    ...forGroups('group_vars-all', ['all'], beside.inventory),
    ...forGroups('playbook-group_vars-all', ['all'], beside.playbook),
    ...forGroups('group_vars', groups, beside.inventory),
    ...forGroups('playbook-group_vars', groups, beside.playbook),
    ...written(
      'inventory-host',
      `host "${host}" in the inventory`,
      findHost(inventory, host)?.vars,
    ),
    ...forHost('host_vars', beside.inventory),
    ...forHost('playbook-host_vars', beside.playbook),
  ]
}

/** What a group itself sets, its parents and children left out. */
export function layersOfGroup(
  inventory: Inventory,
  group: string,
  folders: readonly VarsFolders[],
): Layer[] {
  const vars = inventory.groups.get(group)?.vars ?? new Map()
  const source = `group "${group}" in the inventory`
  const files = folders.flatMap((folder) => asLayers('group_vars', folder.groupVars(group)))
  return [{ kind: 'inventory-group', source, vars }, ...files]
}

function asLayers(kind: LayerKind, files: readonly VarsFile[]): Layer[] {
  return files.map(({ file, vars }) => ({ kind, source: file, vars }))
}

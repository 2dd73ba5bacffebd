import { stringify } from 'yaml'
import { InputError } from '../core/errors.js'
import type { Connection } from '../lab/lab.js'
import type { LabHost } from '../lab/spec.js'
import { Variables } from '../run/variables.js'
import { hostsOf } from '../site/inventory.js'
import { type LoadedInventory, loadInventory } from '../site/load-inventory.js'

const GROUPS = ['director', 'realserver'] as const

/** The hosts that an inventory puts into a cluster, and the addresses that are its VIPs. */
export interface LabCluster {
  loaded: LoadedInventory
  hosts: LabHost[]
  vips: string[]
}

/** @throws InputErrors, InputError when the inventory makes no lab */
export function readCluster(sources: readonly string[]): LabCluster {
  const loaded = loadInventory(sources)
  const { inventory } = loaded
  const variables = new Variables(loaded, new Map(), new Map(), {}, process.cwd())
  const read = (host: string, name: string) => {
    const scope = variables.scope(host)
    return scope.has(name) ? String(scope.get(name)) : undefined
  }
  const hosts = GROUPS.flatMap((role) => {
    const members = inventory.groups.has(role) ? hostsOf(inventory, role) : []
    return members.map((name) => ({
      name,
      address: read(name, 'ansible_host') ?? name,
      prefix: Number(read(name, 'prefix') ?? 24),
      role,
    }))
  })
  if (hosts.length === 0) {
    const hint = 'the lab builds the hosts of the groups director and realserver'
    throw new InputError(undefined, `${sources.join(', ')} has no hosts for a lab`, hint)
  }
  const vips = hosts.flatMap(({ name }) => read(name, 'vip') ?? [])
  return { loaded, hosts, vips: [...new Set(vips)] }
}

/** The same inventory as one YAML file, with what it takes to reach the lab's hosts. */
export function labInventory({ loaded }: LabCluster, connection: Connection): string {
  const { inventory } = loaded
  const hosts = [...inventory.hosts.keys()].map((name) => {
    const vars = loaded.layers(name).flatMap((layer) => [...layer.vars])
    return [name, Object.fromEntries(vars.map(([key, { value }]) => [key, value]))]
  })
  const names = [...inventory.groups.keys()].filter(
    (group) => !['all', 'ungrouped'].includes(group),
  )
  const children = names.map((group) => [
    group,
    { hosts: Object.fromEntries(hostsOf(inventory, group).map((host) => [host, {}])) },
  ])
  const all = {
    hosts: Object.fromEntries(hosts) as object,
    vars: {
      ansible_user: connection.user,
      ansible_ssh_private_key_file: connection.privateKeyFile,
      ansible_ssh_common_args: `-o UserKnownHostsFile=${connection.knownHostsFile}`,
    },
    children: Object.fromEntries(children) as object,
  }
  return stringify({ all }, { version: '1.1' })
}

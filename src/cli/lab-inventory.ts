import { dump } from 'js-yaml'
import { InputError } from '../core/errors.js'
import type { Lab } from '../lab/lab.js'
import type { LabHost } from '../lab/spec.js'
import { Variables } from '../run/variables.js'
import { hostsOf } from '../site/inventory.js'
import { type LoadedInventory, loadInventory } from '../site/load-inventory.js'
import { DUMPED } from '../site/yaml-schema.js'
import { lvs } from './lvs-variable.js'

const GROUPS = ['director', 'realserver', 'client'] as const

/** The hosts of an inventory that a lab builds, and the addresses that are the cluster's VIPs. */
export interface LabCluster {
  loaded: LoadedInventory
  hosts: LabHost[]
  vips: string[]
}

/** @throws InputErrors, InputError when the inventory makes no lab */
export function readCluster(sources: readonly string[]): LabCluster {
  const loaded = loadInventory(sources)
  const { inventory } = loaded
  const variables = new Variables(loaded, new Map(), new Map(), { lvs }, process.cwd())
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
  if (hosts.every(({ role }) => role === 'client')) {
    const hint = 'the lab builds the hosts of the groups director, realserver and client'
    throw new InputError(undefined, `${sources.join(', ')} has no hosts for a lab`, hint)
  }
  const stray = inventory.hosts.get('client')
  if (stray && !hosts.some(({ name }) => name === 'client')) {
    const hint = 'put it into the group client: the lab adds a host of that name where none is'
    throw new InputError(stray.at, 'the host "client" is none of the cluster', hint)
  }
  const vips = hosts.flatMap(({ name }) => {
    const scope = variables.scope(name)
    const hasVips = scope.has('vip') || scope.has('virtual_services')
    return hasVips ? (scope.get('lvs') as { vips: string[] }).vips : []
  })
  return { loaded, hosts, vips: [...new Set(vips)] }
}

/** The same inventory as one YAML file, with the lab's client and what it takes to get there. */
export function labInventory({ loaded }: LabCluster, lab: Pick<Lab, 'plan' | 'connection'>) {
  const { inventory } = loaded
  const { client } = lab.plan
  const { user, privateKeyFile, knownHostsFile } = lab.connection
  const varsOf = (host: string) => {
    const vars = loaded.layers(host).flatMap((layer) => [...layer.vars])
    return Object.fromEntries(vars.map(([key, { value }]) => [key, value]))
  }
  const hosts = {
    ...Object.fromEntries([...inventory.hosts.keys()].map((name) => [name, varsOf(name)])),
    [client.name]: { ...varsOf(client.name), ansible_host: client.address },
  }
  const names = [...inventory.groups.keys()].filter(
    (group) => !['all', 'ungrouped', 'client'].includes(group),
  )
  const members = (group: string) => [
    group,
    { hosts: Object.fromEntries(hostsOf(inventory, group).map((host) => [host, {}])) },
  ]
  const clients = lab.plan.hosts.filter(({ role }) => role === 'client')
  const all = {
    hosts,
    vars: {
      ansible_user: user,
      ansible_ssh_private_key_file: privateKeyFile,
      ansible_ssh_common_args: `-o UserKnownHostsFile=${knownHostsFile}`,
    },
    children: {
      ...(Object.fromEntries(names.map(members)) as object),
      client: { hosts: Object.fromEntries(clients.map(({ name }) => [name, {}])) },
    },
  }
  return dump({ all }, { schema: DUMPED, noRefs: true })
}

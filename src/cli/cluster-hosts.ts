import { readFileSync } from 'node:fs'
import { InputError, InputErrors } from '../core/errors.js'
import { becomeOf, targetOf } from '../run/connection.js'
import { HostRun } from '../run/host.js'
import { Survey, type Subject } from '../run/survey.js'
import { Variables } from '../run/variables.js'
import { Files, findPlaybook } from '../site/files.js'
import { hostsOf, type Inventory } from '../site/inventory.js'
import { loadInventory } from '../site/load-inventory.js'
import { applyLimit } from '../site/patterns.js'
import { attempt } from '../site/problems.js'
import type { Vault } from '../site/vault.js'
import { type Access, accessOf, type ConnectionFlags, type InputFlags } from './connection-flags.js'
import { parseExtraVars } from './extra-vars.js'
import { lvs } from './lvs-variable.js'
import { packageDir } from './package-dir.js'
import { transportFor } from './transport.js'
import { hiding, openVault } from './vault.js'
import type { VaultFlags } from './vault-flags.js'

/** The flags of a command that asks the cluster's hosts and changes nothing. */
export interface ClusterFlags extends VaultFlags, InputFlags, ConnectionFlags {}

const GROUPS = ['director', 'realserver', 'client'] as const
export type ClusterGroup = (typeof GROUPS)[number]

/** Names of hosts: all that the group has, and those that --limit leaves to be asked. */
export type Members = { all: string[]; asked: string[] }

/** A cluster as an inventory has it, and how to ask its hosts. */
export interface ClusterHosts {
  groups: Record<ClusterGroup, Members>
  /** The variables of each host, without those that plays and roles set. */
  variables: Variables
  vault: Vault
  /** Asks the hosts that --limit leaves. */
  survey: (signal: AbortSignal) => Survey
}

/**
 * Reads the inventory of `dr-play COMMAND -i inventory`. Variables beside site.yml count, as
 * they do in a run of it.
 *
 * @throws InputError, InputErrors with everything that is wrong
 */
export async function clusterHosts(command: string, flags: ClusterFlags): Promise<ClusterHosts> {
  if (!flags.inventory) {
    const hint = `name it with -i: dr-play ${command} -i inventory`
    throw new InputError(undefined, 'no inventory is given', hint)
  }
  const sources = flags.inventory
  const access = await accessOf(flags)
  const vault = await openVault(flags)
  return hiding(vault, () => read(sources, flags, access, vault))
}

function read(
  sources: readonly string[],
  flags: ClusterFlags,
  access: Access,
  vault: Vault,
): ClusterHosts {
  const site = findPlaybook('site.yml', packageDir, process.cwd())
  const { playbookDir } = new Files(site, packageDir, process.cwd(), vault)
  const loaded = loadInventory(sources, { playbookDir, vault })
  const extra = parseExtraVars(flags.extraVars ?? [], vault)
  const hosts = new Map<string, HostRun>()
  const variables = new Variables(loaded, hosts, extra, { lvs }, playbookDir)
  const groups = groupsOf(loaded.inventory, flags.limit, sources)
  const names = new Set(GROUPS.flatMap((group) => groups[group].asked))
  const subjects = subjectsOf([...names], variables, access)
  for (const { host } of subjects) hosts.set(host.name, host)
  const survey = (signal: AbortSignal) =>
    new Survey(subjects, { transport: transportFor(flags), signal, forks: flags.forks })
  return { groups, variables, vault, survey }
}

/** @throws InputError when there is nobody, or --limit leaves nobody */
export function groupsOf(
  inventory: Inventory,
  limit: string | undefined,
  sources: readonly string[],
): ClusterHosts['groups'] {
  const members = (group: ClusterGroup): Members => {
    const all = inventory.groups.has(group) ? hostsOf(inventory, group) : []
    if (limit === undefined) return { all, asked: all }
    return { all, asked: applyLimit(all, limit, inventory, (path) => readFileSync(path, 'utf8')) }
  }
  const groups = {
    director: members('director'),
    realserver: members('realserver'),
    client: members('client'),
  }
  if (GROUPS.every((group) => groups[group].all.length === 0)) {
    const message = `${sources.join(', ')} has no host in the groups ${GROUPS.join(', ')}`
    throw new InputError(undefined, message, 'name the hosts in [director] and [realserver]')
  }
  if (GROUPS.every((group) => groups[group].asked.length === 0)) {
    const at = { file: '--limit', line: 1, col: 1 }
    throw new InputError(at, `"${limit}" leaves no host of the cluster`)
  }
  return groups
}

/** @throws InputErrors for hosts whose variables do not say how to reach them */
function subjectsOf(names: readonly string[], variables: Variables, access: Access): Subject[] {
  const { connection, become, becomePassword } = access
  const problems: InputError[] = []
  const subjects = names.flatMap((name) => {
    const subject = attempt(problems, (): Subject => {
      const scope = variables.scope(name)
      const host = new HostRun(name, targetOf(name, scope, connection), becomePassword, true)
      return { host, as: becomeOf(scope, become, becomePassword) }
    })
    return subject ?? []
  })
  if (problems.length > 0) throw new InputErrors(problems)
  return subjects
}

import { readFileSync } from 'node:fs'
import { InputError, InputErrors } from '../core/errors.js'
import type { Endpoint } from '../lvs/cluster.js'
import type { RealServer, VirtualService } from '../lvs/table.js'
import { resources } from '../resources/registry.js'
import { becomeOf, targetOf } from '../run/connection.js'
import { HostRun } from '../run/host.js'
import { type Subject, Survey } from '../run/survey.js'
import { findPlaybook } from '../site/files.js'
import { hostsOf, type Inventory } from '../site/inventory.js'
import { applyLimit } from '../site/patterns.js'
import { attempt } from '../site/problems.js'
import { NotYet, type Scope } from '../site/scope.js'
import type { Vault } from '../site/vault.js'
import { type Access, accessOf, type ConnectionFlags, type InputFlags } from './connection-flags.js'
import { parseExtraVars } from './extra-vars.js'
import { packageDir } from './package-dir.js'
import { loadSite, type Site } from './site.js'
import { transportFor } from './transport.js'
import { hiding, openVault } from './vault.js'
import type { VaultFlags } from './vault-flags.js'

/** The flags of a command that asks the cluster's hosts and changes nothing. */
export interface ClusterFlags extends VaultFlags, InputFlags, ConnectionFlags {}

const GROUPS = ['director', 'realserver', 'client'] as const
export type ClusterGroup = (typeof GROUPS)[number]

/** Names of hosts: all that the group has, and those that --limit leaves to be asked. */
export type Members = { all: string[]; asked: string[] }

/** A cluster by its playbook and inventory. */
export interface ClusterSite {
  site: Site
  groups: Record<ClusterGroup, Members>
  access: Access
  vault: Vault
}

/**
 * Reads what `dr-play COMMAND -i inventory` needs, as a run of the playbook would.
 *
 * @throws InputError, InputErrors with everything that is wrong
 */
export async function clusterSite(
  command: string,
  playbook: string,
  flags: ClusterFlags,
): Promise<ClusterSite> {
  if (!flags.inventory) {
    const hint = `name it with -i: dr-play ${command} -i inventory`
    throw new InputError(undefined, 'no inventory is given', hint)
  }
  const { inventory, limit } = flags
  const file = findPlaybook(playbook, packageDir, process.cwd())
  const access = await accessOf(flags)
  const vault = await openVault(flags)
  return hiding(vault, () => {
    const wanted = {
      ...access,
      inventory,
      extraVars: parseExtraVars(flags.extraVars ?? [], vault),
      vault,
      limit: undefined,
      check: true,
      checkHosts: undefined,
      tags: [],
      skipTags: [],
    }
    const site = loadSite(file, wanted, resources, packageDir)
    return { site, groups: groupsOf(site.inventory, limit, inventory), access, vault }
  })
}

/** Asks the hosts that --limit leaves. @throws InputErrors for those that it cannot reach so */
export function surveyOf(
  { site, groups, access }: ClusterSite,
  flags: ClusterFlags,
  signal: AbortSignal,
): Survey {
  const names = new Set(GROUPS.flatMap((group) => groups[group].asked))
  const problems: InputError[] = []
  const subjects = [...names].flatMap((name) => {
    return attempt(problems, () => subjectOf(name, site, access)) ?? []
  })
  if (problems.length > 0) throw new InputErrors(problems)
  return new Survey(subjects, { transport: transportFor(flags), signal, forks: flags.forks })
}

/** @throws InputError when there is nobody, or --limit leaves nobody */
export function groupsOf(
  inventory: Inventory,
  limit: string | undefined,
  sources: readonly string[],
): ClusterSite['groups'] {
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
    throw new InputError(at, `"${limit}" leaves no host of the cluster`, `of ${GROUPS.join(', ')}`)
  }
  return groups
}

/** What a host sees in the role that sets it up; without such a role, what it always sees. */
export function scopeOf({ plays, variables }: Site, host: string, role: string): Scope {
  for (const { play } of plays) {
    const use = play.roles.find((each) => each.role.name === role)
    if (use) return variables.scope(host, play, use.role).within(use.vars)
  }
  return variables.scope(host)
}

/** The table that the inventory asks for, its real servers with their names. */
export function tableOf(scope: Scope): VirtualService[] {
  return lvsOf(scope).wanted.map(({ real_servers: realServers, ...service }) => ({
    ...service,
    realServers,
  }))
}

export function lvsOf(scope: Scope): LvsView {
  return scope.get('lvs') as LvsView
}

/** The variable `lvs`, of which each part is worked out when it is asked for. */
interface LvsView {
  wanted: ServiceView[]
  vips: string[]
  endpoints: Endpoint[]
}

type ServiceView = Omit<VirtualService, 'realServers'> & { real_servers: RealServer[] }

/** A variable's text; undefined where there is none, or only the host can tell. */
export function known(scope: Scope, variable: string): string | undefined {
  try {
    return scope.has(variable) ? String(scope.get(variable)) : undefined
  } catch (error) {
    if (error instanceof NotYet) return undefined
    throw error
  }
}

/** Where a play says to become another user, that user looks. */
export function subjectOf(name: string, { plays, variables }: Site, access: Access): Subject {
  const { connection, become, becomePassword } = access
  const scope = variables.scope(name)
  const host = new HostRun(name, targetOf(name, scope, connection), becomePassword, true)
  const own = plays.find(({ hosts }) => hosts.some((each) => each.name === name))
  return { host, as: becomeOf(scope, become, becomePassword, own?.play.become) }
}

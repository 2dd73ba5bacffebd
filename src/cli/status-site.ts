import { InputError } from '../core/errors.js'
import type { VirtualService } from '../lvs/table.js'
import { dutiesOf, type ServerLook } from '../lvs/status-server.js'
import type { DirectorLook } from '../lvs/status-director.js'
import { resources } from '../resources/registry.js'
import type { Subject } from '../run/survey.js'
import type { Vault } from '../site/vault.js'
import { groupsOf, known, lvsOf, scopeOf, subjectOf, tableOf } from './cluster-hosts.js'
import type { Access, InputFlags } from './connection-flags.js'
import { parseExtraVars } from './extra-vars.js'
import { packageDir } from './package-dir.js'
import { loadSite, type Site } from './site.js'

/** A cluster by its playbook and inventory: what it should be, and whom to ask. */
export interface StatusSite {
  site: Site
  directors: (Pick<DirectorLook, 'host' | 'want' | 'vips'> & {
    /** The file for the next boot, where the inventory names it. */
    savedIn: string | undefined
  })[]
  realServers: Pick<ServerLook, 'host' | 'address' | 'vips' | 'duties'>[]
  /** The hosts that --limit leaves, as who they are asked. */
  subjects: Subject[]
}

/** @throws InputError, InputErrors with everything that is wrong */
export function statusSite(
  playbook: string,
  flags: InputFlags & { inventory: string[] },
  access: Access,
  vault: Vault,
): StatusSite {
  const wanted = {
    ...access,
    inventory: flags.inventory,
    extraVars: parseExtraVars(flags.extraVars ?? [], vault),
    vault,
    limit: flags.limit,
    check: true,
    checkHosts: undefined,
    tags: [],
    skipTags: [],
  }
  const site = loadSite(playbook, wanted, resources, packageDir)
  const groups = groupsOf(site.inventory, flags.limit, flags.inventory)
  const asked = [...groups.director.asked, ...groups.realserver.asked]
  if (asked.length === 0) {
    const hint = 'status looks at the groups director and realserver'
    throw new InputError(undefined, 'there is no director and no real server to look at', hint)
  }
  const directors = groups.director.all.map((host) => {
    const scope = scopeOf(site, host, 'director')
    return {
      ...{ host, want: tableOf(scope), vips: lvsOf(scope).vips },
      savedIn: known(scope, 'ipvsadm_save'),
    }
  })
  const tables = directors.map(({ want }) => want)
  const realServers = groups.realserver.asked.map((host) => {
    const address = addressOf(host, site, tables)
    const duties = dutiesOf(address, tables[0] ?? [])
    const { vips } = lvsOf(scopeOf(site, host, 'realserver'))
    return { host, address, vips: duties.length > 0 ? vips : [], duties }
  })
  const subjects = asked.map((name) => subjectOf(name, site, access))
  const looked = directors.filter(({ host }) => groups.director.asked.includes(host))
  return { site, directors: looked, realServers, subjects }
}

function addressOf(
  host: string,
  { variables }: Site,
  tables: readonly (readonly VirtualService[])[],
): string {
  const all = tables.flat().flatMap(({ realServers }) => realServers)
  const scope = variables.scope(host)
  const own = () => known(scope, 'rip') ?? known(scope, 'ansible_host') ?? host
  return all.find(({ name }) => name === host)?.address ?? own()
}

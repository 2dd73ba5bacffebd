import { InputError } from '../core/errors.js'
import { serviceName } from '../lvs/table.js'
import type { Member, Service, Wanted } from '../lvs/verify-model.js'
import { toBool } from '../site/python-values.js'
import type { Scope } from '../site/scope.js'
import { type ClusterSite, known, lvsOf, scopeOf, tableOf } from './cluster-hosts.js'

/**
 * The cluster that a playbook and an inventory ask for, as the checks look at it.
 *
 * @throws InputError when they ask for none
 */
export function wantedOf({ site, groups }: ClusterSite): Wanted {
  const [first] = groups.director.all
  if (first === undefined) {
    const hint = 'name it in [director], with its vip'
    throw new InputError(undefined, 'the inventory has no director', hint)
  }
  const director = scopeOf(site, first, 'director')
  const members = (group: keyof ClusterSite['groups'], own: string) =>
    groups[group].all.map((name): Member => {
      const scope = site.variables.scope(name)
      return { name, address: known(scope, own) ?? known(scope, 'ansible_host') ?? name }
    })
  return {
    services: servicesOf(director),
    directors: members('director', 'dip'),
    realServers: members('realserver', 'rip'),
    clients: members('client', 'ansible_host'),
    directorServes: toBool(known(director, 'director_is_realserver') ?? false) === true,
  }
}

function servicesOf(director: Scope): Service[] {
  const { endpoints } = lvsOf(director)
  return tableOf(director).map((service) => {
    const own = endpoints.filter((each) => each.service === serviceName(service))
    const [first] = own
    // A mark is no address.
    const vips = service.protocol === 'fwmark' ? own.map(({ vip }) => vip) : [service.address]
    return { ...service, vips, ...(service.port === 0 && { tryPort: first?.port ?? 0 }) }
  })
}

import { isYes } from './written.js'
import { foundAt, ipv4, listed, type Rule, textOf } from './lint-model.js'
import { type Service, servicesOf } from './lint-service.js'

/** Rules on several virtual services, and on who is in which. */
export const serviceRules: readonly Rule[] = [
  {
    id: 'lvs/service-twice',
    severity: 'error',
    what: 'Two entries of virtual_services have one protocol, VIP and port, or one firewall mark.',
    why: 'The kernel has such a service once: which of the two sets of settings it gets is chance.',
    fix: 'make one of the two, or give one of them another port',
    check: (cluster) =>
      cluster.directors.flatMap((director) => {
        const own = servicesOf({ ...cluster, directors: [director] })
        return own.flatMap((service, i) => {
          const name = endpointOf(service)
          const twin = own.slice(0, i).find((each) => endpointOf(each) === name)
          if (!service.entry || !twin?.entry || name === undefined) return []
          return [foundAt(service.entry, `${twin.entry.variable} is ${name}, too`)]
        })
      }),
  },
  {
    id: 'lvs/service-without-real-servers',
    severity: 'error',
    what: 'A virtual service names no real server.',
    why: 'The director takes every connection to it and has nobody to give it to.',
    fix: 'name its real_servers, or leave them out: then it has all of the group realserver',
    check: (cluster) =>
      servicesOf(cluster).flatMap(({ entry, named, servers }) => {
        if (!entry || !named || servers.length > 0) return []
        return [foundAt(named, `${entry.variable} has no real server`)]
      }),
  },
  {
    id: 'lvs/unknown-real-server',
    severity: 'error',
    what: 'A name in real_servers is no host of the inventory. A warning when it is one, but not of the group realserver.',
    why: 'There is no address to forward to; or nobody sets the VIP up on that host, and it drops what comes.',
    fix: 'name a host of the group realserver',
    check: (cluster) => {
      const hosts = new Set(cluster.groups.flatMap((group) => group.hosts))
      return servicesOf(cluster).flatMap(({ servers }) =>
        servers.flatMap(({ member, name }) => {
          const text = textOf(name)
          if (member || text === undefined) return []
          const isHost = hosts.has(text) || cluster.directors.some((each) => each.name === text)
          const what = isHost ? 'is not of the group realserver' : 'is no host of the inventory'
          return [{ ...foundAt(name, `${name.variable}: "${text}" ${what}`), guess: isHost }]
        }),
      )
    },
  },
  {
    id: 'lvs/real-server-in-no-service',
    severity: 'warning',
    what: 'A host of the group realserver is in none of the virtual_services.',
    why: 'It is set up, and never gets a connection.',
    fix: 'name it in real_servers of a service, or take it out of the group',
    check: (cluster) => {
      const services = servicesOf(cluster)
      if (services.length === 0 || !services.every(({ entry }) => entry)) return []
      const used = new Set(services.flatMap(({ servers }) => servers.map(({ member }) => member)))
      const idle = cluster.realServers.filter((member) => !used.has(member))
      if (idle.length === 0) return []
      const verb = idle.length === 1 ? 'is' : 'are'
      const message = `${listed(idle.map(({ name }) => name))} ${verb} in none of the virtual_services`
      return [{ at: idle[0]!.at, about: 'virtual_services', message }]
    },
  },
]

/** `tcp 192.168.139.6:80`; undefined when it cannot be told. */
function endpointOf({ protocol, vips, port, mark, inet6 }: Service): string | undefined {
  const kind = textOf(protocol) ?? 'tcp'
  if (kind === 'fwmark') {
    return mark && `fwmark ${textOf(mark)}${isYes(inet6?.value) ? ' (IPv6)' : ''}`
  }
  const vip = ipv4(vips[0])
  return vip === undefined ? undefined : `${kind} ${vip}:${textOf(port) ?? 80}`
}

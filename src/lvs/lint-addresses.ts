import { isIpv4 } from './ip.js'
import {
  type Cluster,
  dipOf,
  distinct,
  type Found,
  foundAt,
  groupBy,
  ipv4,
  listed,
  type Member,
  members,
  notUnicast,
  ripOf,
  type Rule,
  type Setting,
  settingsOf,
  textOf,
} from './lint-model.js'
import { entriesWithoutVip, isMark, lacksVip, vipsOf } from './lint-service.js'

/** Rules on the addresses themselves: RIP, DIP and VIP. */
export const addressRules: readonly Rule[] = [
  {
    id: 'lvs/vip-missing',
    severity: 'error',
    what: 'A director, a real server or an entry of virtual_services has no VIP.',
    why: 'Both ends need it: the director takes the packets in by it, the real server answers them.',
    fix: 'set vip for all hosts: [all:vars] vip=192.168.139.6',
    check: withoutVip,
  },
  {
    id: 'lvs/address-not-ipv4',
    severity: 'error',
    what: 'A VIP, RIP or DIP is no strict IPv4 address: `010.1.1.1`, `1`, a name.',
    why: 'C libraries read `010.1.1.1` as 8.1.1.1 and `1` as 0.0.0.1: one tool goes here, the next one there.',
    fix: 'write four decimal numbers without leading zeros: 192.168.139.6',
    check: notIpv4,
  },
  {
    id: 'lvs/address-not-unicast',
    severity: 'error',
    what: 'A VIP, RIP or DIP is a loopback, multicast, broadcast or reserved address.',
    why: 'No router and no client sends a connection there; 127.0.0.1 is each host itself.',
    fix: 'give an address of the network that the clients, or the director, reach',
    check: (cluster) =>
      distinct([
        ...members(cluster).flatMap(vipsOf),
        ...settingsOf(members(cluster), 'rip', 'dip'),
        ...cluster.realServers.map(ripOf),
      ]).flatMap((setting) => {
        const kind = notUnicast(ipv4(setting))
        return kind === undefined
          ? []
          : [foundAt(setting, `${setting.variable}: ${textOf(setting)} is ${kind}`)]
      }),
  },
  {
    id: 'lvs/vip-differs',
    severity: 'error',
    what: 'Hosts of one cluster have different VIPs.',
    why: 'A real server drops what is addressed to a VIP that it does not have: a black hole for its share of the clients.',
    fix: 'set vip once, for all hosts',
    check: differingVips,
  },
  {
    id: 'lvs/vip-is-a-rip',
    severity: 'error',
    what: "A real server's own address is the VIP.",
    why: 'It answers ARP for its own address, so clients go past the director.',
    fix: 'give the real server an address of its own (rip, or ansible_host)',
    check: (cluster) =>
      vipAs(cluster, cluster.realServers, ripOf, (name) => `${name}: its own address is`),
  },
  {
    id: 'lvs/vip-is-a-dip',
    severity: 'error',
    what: "A director's own address is the VIP.",
    why: 'The VIP comes and goes, with a failover or when the service is stopped, and the host would go with it.',
    fix: 'give the director an address of its own (dip, or ansible_host)',
    check: (cluster) =>
      vipAs(cluster, cluster.directors, dipOf, (name) => `${name}: its own address is`),
  },
  {
    id: 'lvs/dip-is-a-rip',
    severity: 'error',
    what: "A director has a real server's address.",
    why: 'Two hosts answer ARP for one address: who is configured, and who gets the packets, is chance.',
    fix: 'give each host an address of its own',
    check: ({ directors, realServers }) =>
      directors.flatMap((director) => {
        const dip = dipOf(director)
        const address = ipv4(dip)
        const twin = realServers.find(
          (each) => each.name !== director.name && ipv4(ripOf(each)) === address,
        )
        if (!dip || address === undefined || !twin) return []
        return [foundAt(dip, `${director.name} has the address of ${twin.name}, ${address}`)]
      }),
  },
  {
    id: 'lvs/rip-twice',
    severity: 'error',
    what: 'Two real servers have one RIP.',
    why: 'The table holds an address once: one of them gets the load of both, the other none.',
    fix: 'give each real server its own RIP',
    check: ({ realServers }) => twins(realServers, ripOf, 'the real servers'),
  },
  {
    id: 'lvs/dip-twice',
    severity: 'error',
    what: 'Two directors have one DIP.',
    why: 'They take each other for a doubled address, and the second run configures the first one again.',
    fix: 'give each director its own DIP',
    check: ({ directors }) => twins(directors, dipOf, 'the directors'),
  },
  {
    id: 'lvs/reached-by-vip',
    severity: 'error',
    what: 'A host is logged in to by the VIP.',
    why: 'Whoever has the VIP at that moment is who gets configured; before the first run that is nobody.',
    fix: 'set ansible_host to an address of this host alone',
    check: (cluster) =>
      vipAs(
        cluster,
        members(cluster).filter(({ settings }) => settings.has('rip') || settings.has('dip')),
        ({ settings }) => settings.get('ansible_host'),
        (name) => `ansible_host of ${name} is`,
      ),
  },
  {
    id: 'lvs/dip-unknown',
    severity: 'warning',
    what: "A director's own address is not told: its ansible_host is a name, or loopback.",
    why: 'What collides with the DIP, and whether the VIP is on its subnet, cannot be seen offline.',
    fix: "set dip to its address in the real servers' network",
    check: ({ directors }) =>
      directors.flatMap(({ name, at, settings }) => {
        if (settings.has('dip')) return []
        const host = settings.get('ansible_host')
        const address = ipv4(host)
        const isLoopback = address?.startsWith('127.') ?? false
        if (looksLikeAddress(textOf(host)) && !isLoopback) return []
        return [{ at: host?.at ?? at, about: 'dip', message: `the DIP of ${name} is not known` }]
      }),
  },
]

function withoutVip(cluster: Cluster): Found[] {
  const entries = distinct(members(cluster).flatMap(entriesWithoutVip)).map((entry) => {
    const own = isMark(entry) ? 'vips: [192.168.139.6]' : 'vip: 192.168.139.6'
    const hint = `write ${own} into it, or set vip for all hosts`
    return { ...foundAt(entry, `${entry.variable} has no VIP`), hint }
  })
  const hosts = members(cluster).filter(lacksVip)
  if (hosts.length === 0) return entries
  const message = `no VIP is set for ${listed(hosts.map(({ name }) => name))}`
  return [...entries, { at: hosts[0]!.at, about: 'vip', message }]
}

function notIpv4(cluster: Cluster): Found[] {
  const given = [...members(cluster).flatMap(vipsOf), ...settingsOf(members(cluster), 'rip', 'dip')]
  // A director may be reached by name; the table wants the real servers' numbers.
  const dips = cluster.directors.map(dipOf).filter((dip) => looksLikeAddress(textOf(dip)))
  return distinct([...given, ...cluster.realServers.map(ripOf), ...dips]).flatMap((setting) => {
    const text = textOf(setting)
    if (text === undefined || isIpv4(text)) return []
    const found = foundAt(setting, `${setting.variable}: "${text}" is no IPv4 address`)
    return setting.variable === 'ansible_host' && !looksLikeAddress(text)
      ? [{ ...found, hint: 'set rip: the table holds addresses, not names' }]
      : [found]
  })
}

/** Digits and dots alone: meant as an address, right or wrong. */
function looksLikeAddress(text: string | undefined): boolean {
  return text !== undefined && /^[\d.]+$/.test(text)
}

function differingVips(cluster: Cluster): Found[] {
  const byVip = groupBy(members(cluster), vipsAsText)
  const [first, ...others] = byVip
  if (!first) return []
  const [vip, [reference]] = first
  return others.map(([other, hosts]) => {
    const verb = hosts.length === 1 ? 'has' : 'have'
    const message = `${listed(hosts.map(({ name }) => name))} ${verb} the VIP ${other}, ${reference!.name} has ${vip}`
    return foundAt(vipsOf(hosts[0]!)[0]!, message)
  })
}

/** The VIPs of a host; undefined when none can be told. */
function vipsAsText(member: Member): string | undefined {
  const vips = vipsOf(member).map(ipv4)
  return vips.length === 0 || vips.includes(undefined) ? undefined : [...new Set(vips)].join(', ')
}

/** The hosts whose address is a VIP of the cluster. */
function vipAs(
  cluster: Cluster,
  hosts: readonly Member[],
  addressOf: (member: Member) => Setting | undefined,
  call: (name: string) => string,
): Found[] {
  const vips = new Set(members(cluster).flatMap(vipsOf).map(ipv4))
  return hosts.flatMap((member) => {
    const setting = addressOf(member)
    const address = ipv4(setting)
    if (!setting || address === undefined || !vips.has(address)) return []
    return [foundAt(setting, `${call(member.name)} the VIP ${address}`)]
  })
}

function twins(
  hosts: readonly Member[],
  addressOf: (member: Member) => Setting | undefined,
  call: string,
): Found[] {
  const byAddress = groupBy(hosts, (member) => ipv4(addressOf(member)))
  return [...byAddress].flatMap(([address, same]) => {
    const names = listed(same.map(({ name }) => name))
    const last = addressOf(same.at(-1)!)!
    return same.length < 2 ? [] : [foundAt(last, `${call} ${names} have one address, ${address}`)]
  })
}

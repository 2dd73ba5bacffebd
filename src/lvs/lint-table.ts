import { where } from '../core/errors.js'
import { didYouMean } from '../core/suggest.js'
import {
  type Cluster,
  distinct,
  type Found,
  foundAt,
  groupBy,
  listed,
  type Member,
  type Rule,
  type Setting,
  settingsOf,
  textOf,
} from './lint-model.js'
import { type Server, type Service, servicesOf } from './lint-service.js'
import { schedulers } from './schedulers.js'
import { forwardings } from './table.js'

/** What other tools call the forwarding methods. */
const ALIASES: Readonly<Record<string, (typeof forwardings)[number]>> = {
  '-g': 'dr',
  gatewaying: 'dr',
  gate: 'dr',
  direct: 'dr',
  route: 'dr',
  '-m': 'nat',
  masq: 'nat',
  masquerading: 'nat',
  '-i': 'tun',
  ipip: 'tun',
  tunnel: 'tun',
}
/** Of these, the kernel's code never looks at a weight, unless it is 0. */
const UNWEIGHTED = ['rr', 'lc', 'dh']

/** Rules on what goes into the IPVS table: scheduler, forwarding, ports, weights. */
export const tableRules: readonly Rule[] = [
  {
    id: 'lvs/unknown-scheduler',
    severity: 'error',
    what: 'The scheduler is none that the kernel has.',
    why: 'ipvsadm asks the kernel for a module of that name, and the service is not made.',
    fix: `one of ${schedulers.join(', ')}`,
    check: (cluster) =>
      distinct(servicesOf(cluster).map(({ scheduler }) => scheduler)).flatMap((setting) =>
        unknown(setting, schedulers, `one of ${schedulers.join(', ')}`),
      ),
  },
  {
    id: 'lvs/unknown-forwarding',
    severity: 'error',
    what: 'The forwarding is none of dr, nat and tun.',
    why: 'It has many names elsewhere (-g, gatewaying, DR; -m, masquerading); a guess would be a broken cluster.',
    fix: 'dr (ipvsadm -g), nat (-m) or tun (-i)',
    check: (cluster) =>
      distinct([
        ...settingsOf([...cluster.directors, ...cluster.realServers], 'forwarding'),
        ...forwardingsOf(servicesOf(cluster)),
      ]).flatMap((setting) => {
        const alias = ALIASES[textOf(setting)?.toLowerCase() ?? '']
        const otherwise = alias ? `forwarding=${alias}` : 'dr (ipvsadm -g), nat (-m) or tun (-i)'
        return unknown(setting, forwardings, otherwise)
      }),
  },
  {
    id: 'lvs/forwarding-not-dr',
    severity: 'error',
    what: 'Forwarding by nat or tun to real servers that carry the VIP on lo, which the role realserver sets up for direct routing.',
    why: 'Under nat the reply goes straight to the client, from an address that he never spoke to, and is dropped; under tun nobody unpacks the packets.',
    fix: 'forwarding=dr, or do not use the role realserver for these hosts',
    check: (cluster) => {
      if (!cluster.roles.has('realserver')) return []
      return forwardingsOf(servicesOf(cluster)).flatMap((setting) => {
        const method = textOf(setting)
        if (method !== 'nat' && method !== 'tun') return []
        const message = `forwarding ${method} to real servers that carry the VIP on lo, as only dr wants it`
        return [foundAt(setting, message)]
      })
    },
  },
  {
    id: 'lvs/forwarding-mixed',
    severity: 'warning',
    what: 'The real servers of one VIP are forwarded to in different ways.',
    why: 'Each way wants another set-up of the real server (VIP on lo, gateway, tunnel): most often one of them is a slip.',
    fix: 'set forwarding once, for the director',
    check: (cluster) =>
      servicesOf(cluster).flatMap((service) => {
        const settings = forwardingsOf([service]).filter((setting) =>
          forwardings.some((method) => method === textOf(setting)),
        )
        const methods = [...new Set(settings.map(textOf))]
        if (methods.length < 2) return []
        const ways = methods.join(', ')
        const message = `${call(service)}the real servers are forwarded to in different ways: ${ways}`
        return [foundAt(settings.at(-1)!, message)]
      }),
  },
  {
    id: 'lvs/service-port-differs',
    severity: 'error',
    what: 'service_port of a real server is not that of the director, under dr or tun.',
    why: 'Only nat rewrites ports: the packets arrive for the port of the virtual service, where nobody listens.',
    fix: 'set service_port once, for all hosts',
    check: differingPorts,
  },
  {
    id: 'lvs/real-server-port',
    severity: 'warning',
    what: 'A real server has a `port` of its own that is not the service_port, under dr or tun.',
    why: 'Only nat rewrites ports: ipvsadm takes another port without a word, and the kernel uses that of the service.',
    fix: 'let the real server listen on service_port, and take port away',
    check: (cluster) =>
      servicesOf(cluster).flatMap((service) =>
        rewritten(service).flatMap(({ member, port: own = member.settings.get('port') }) => {
          const { port, protocol } = service
          if (!own || !port || textOf(protocol) === 'fwmark') return []
          if (textOf(own) === textOf(port)) return []
          const message = `port ${textOf(own)} of ${member.name} does nothing: what arrives is for ${textOf(port)}`
          return [foundAt(own, message)]
        }),
      ),
  },
  {
    id: 'lvs/weight-missing',
    severity: 'warning',
    what: 'A real server has no weight; it is 1 then.',
    why: 'In a table where the others have 100, the new one with its 1 gets nothing, and it looks like a fault.',
    fix: 'write it: weight=1',
    check: (cluster) => {
      const servers = servicesOf(cluster).flatMap((service) => service.servers)
      const all = servers.flatMap(({ member, weight }) => (member && !weight ? [member] : []))
      const without = [...new Set(all)]
      if (without.length === 0) return []
      const message = `no weight is set for ${listed(without.map(({ name }) => name))}: it is 1 then`
      return [{ at: without[0]!.at, about: 'weight', message }]
    },
  },
  {
    id: 'lvs/weight-invalid',
    severity: 'error',
    what: 'A weight is no whole number from 0 to 65535.',
    why: 'ipvsadm refuses it, on the director, when all else is done.',
    fix: 'a whole number from 0 (no new connections) to 65535',
    check: (cluster) =>
      distinct([
        ...settingsOf(cluster.realServers, 'weight'),
        ...servicesOf(cluster).flatMap(({ servers }) => servers.map(({ weight }) => weight)),
      ]).flatMap((setting) => {
        const text = textOf(setting)
        if (text === undefined || weightOf(setting) !== undefined) return []
        const message = `${setting.variable} must be an integer from 0 to 65535, not "${text}"`
        return [foundAt(setting, message)]
      }),
  },
  {
    id: 'lvs/all-weights-zero',
    severity: 'warning',
    what: 'Every real server has weight 0: the whole cluster is drained.',
    why: 'Nobody gets a new connection: clients are told at once that the port is unreachable.',
    fix: 'give one of them a weight; to end the service, stop it',
    check: (cluster) =>
      servicesOf(cluster).flatMap((service) => {
        const weights = service.servers.map(({ weight }) => weight)
        const zero = weights.every((each) => each && weightOf(each) === 0)
        if (weights.length === 0 || !zero) return []
        return [foundAt(weights[0]!, `${call(service)}all real servers have weight 0`)]
      }),
  },
  {
    id: 'lvs/weights-ignored',
    severity: 'warning',
    what: 'The weights differ, and the scheduler (rr, lc or dh) looks at none.',
    why: 'The strong real server gets no more than the weak one.',
    fix: 'wrr instead of rr, wlc instead of lc',
    check: (cluster) =>
      servicesOf(cluster).flatMap((service) => {
        const { scheduler, servers } = service
        const given = servers.flatMap(({ weight }) => (weight ? (weightOf(weight) ?? []) : 1))
        const weights = new Set(given.filter((weight) => weight > 0))
        if (weights.size < 2 || !UNWEIGHTED.includes(textOf(scheduler) ?? '')) return []
        const message = `${call(service)}the scheduler ${textOf(scheduler)} ignores the weights ${[...weights].join(', ')}`
        return [foundAt(scheduler!, message)]
      }),
  },
]

function unknown(setting: Setting, words: readonly string[], otherwise: string): Found[] {
  const word = textOf(setting)
  if (word === undefined || words.includes(word)) return []
  const message = `unknown ${setting.variable} "${word}"`
  return [{ ...foundAt(setting, message), hint: didYouMean(word, words, otherwise) }]
}

/** How real servers are forwarded to. */
function forwardingsOf(services: readonly Service[]): Setting[] {
  return distinct(services.flatMap(({ servers }) => servers.map(({ forwarding }) => forwarding)))
}

/** The real servers that get packets for the service's own port. */
function rewritten({ servers }: Service): (Server & { member: Member })[] {
  return servers.flatMap(({ member, ...server }) =>
    member && textOf(server.forwarding) !== 'nat' ? [{ ...server, member }] : [],
  )
}

/** Of several services, which it is about. */
function call({ entry }: Service): string {
  return entry ? `${entry.variable}: ` : ''
}

function differingPorts(cluster: Cluster): Found[] {
  const pairs = servicesOf(cluster).flatMap((service) => {
    const { entry, director, port: theirs } = service
    const expected = textOf(theirs)
    if (entry || !theirs || expected === undefined) return []
    return rewritten(service).flatMap(({ member }) => {
      const own = member.settings.get('service_port')
      const actual = textOf(own)
      if (!own || actual === undefined || expected === actual) return []
      const setting = own.byDefault ? theirs : own
      const message = `and ${expected} on ${director.name}`
      return [{ name: member.name, setting, actual, message, at: where(setting.at) }]
    })
  })
  const same = groupBy(pairs, ({ at, actual, message }) => [at, actual, message].join(' '))
  return [...same.values()].map((group) => {
    const { setting, actual, message } = group[0]!
    const names = listed(group.map(({ name }) => name))
    return foundAt(setting, `service_port is ${actual} on ${names}, ${message}`)
  })
}

function weightOf(setting: Setting): number | undefined {
  const text = textOf(setting) ?? ''
  return /^\d+$/.test(text) && Number(text) <= 65535 ? Number(text) : undefined
}

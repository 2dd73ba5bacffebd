import { serviceName } from './table.js'
import { verify } from './verify.js'
import {
  type Finding,
  type Observed,
  type Verdict,
  verdicts,
  type Wanted,
  worst,
} from './verify-model.js'
import { listed } from './lint-model.js'
import { ok, unknown } from './verify-scene.js'

/** One step of the way from a client to a page. */
export interface Hop {
  /** Stable: `arp`. */
  id: string
  title: string
  verdict: Verdict
  /** The worst first. */
  findings: HopFinding[]
}

export interface HopFinding extends Finding {
  /** The check that found it; undefined for what is no check of verify's. */
  check?: string
}

/** The hops after the director was reached, and the checks that each stands for. */
const WAY: readonly { id: string; title: string; checks: readonly string[] }[] = [
  { id: 'vip', title: 'the VIP is on the director', checks: ['director-vip'] },
  {
    id: 'arp',
    title: 'ARP for the VIP is answered by the director alone',
    checks: ['arp-answer', 'arp-leak', 'neighbour'],
  },
  { id: 'service', title: 'the virtual service is in the table', checks: ['service', 'mark-rule'] },
  {
    id: 'real-servers',
    title: 'real servers are in it, with weight, by direct routing',
    checks: ['real-servers', 'forwarding', 'port', 'local-server'],
  },
  {
    id: 'segment',
    title: 'the RIPs are on the segment of the director',
    checks: ['same-segment', 'mtu', 'offload'],
  },
  {
    id: 'lo',
    title: 'the VIP is on lo of the real servers, and ARP silent',
    checks: ['vip-on-lo', 'vip-prefix', 'arp-ignore', 'arp-announce', 'rp-filter', 'return-route'],
  },
  { id: 'firewall', title: 'no firewall drops it', checks: ['firewall'] },
  { id: 'listener', title: 'somebody listens on the VIP', checks: ['listener'] },
  { id: 'answer', title: 'the page comes back', checks: ['vip-path', 'answer'] },
]

/** The part of a cluster that has to do with a VIP, and with one port of it when that is given. */
export function concerning(wanted: Wanted, vip: string, port: number | undefined): Wanted {
  const here = wanted.services.filter(({ vips }) => vips.includes(vip))
  const own = here.filter((service) => port === undefined || service.port === port)
  // Without one of its own, a port may be one of those that come by a mark, or by any port.
  const services = own.length > 0 ? own : here.filter((service) => service.port === 0)
  return {
    ...wanted,
    services: services.map((service) => ({
      ...{ ...service, vips: [vip] },
      ...(service.port === 0 && port !== undefined && { tryPort: port }),
    })),
  }
}

/** The first hop: whether the inventory has such a service at all. */
export function inventoryHop(wanted: Wanted, all: Wanted, asked: string): Hop {
  const describe = (service: Wanted['services'][number]) => {
    const names = service.realServers.map(({ name, address }) => name ?? address)
    return `${serviceName(service)} ${service.scheduler}: ${listed(names) || 'no real server'}`
  }
  const findings: Finding[] = wanted.services.map((each) => ok(asked, describe(each)))
  if (findings.length === 0) {
    const known = all.services.map(serviceName)
    findings.push({
      verdict: 'fail',
      subject: asked,
      message: `the inventory has no service on ${asked}`,
      evidence: [{ host: 'inventory', seen: known.join(', ') || 'no service' }],
      fix: 'ask for one of these, or add it to the inventory',
    })
  }
  return hop('inventory', 'the inventory has the service', findings)
}

/** Every hop, in order; what is further on may be broken by what is before. */
export function hopsOf(observed: Observed): Hop[] {
  const results = new Map(verify(observed).map((result) => [result.check.id, result]))
  return [
    directorHop(observed),
    ...WAY.map(({ id, title, checks }) => {
      const findings = checks.flatMap((name) => {
        const { check, findings: found } = results.get(`verify/${name}`)!
        return found.map((finding): HopFinding => ({ fix: check.fix, ...finding, check: check.id }))
      })
      return hop(id, title, findings)
    }),
  ]
}

function directorHop({ wanted, sights, unreachable }: Observed): Hop {
  const findings = wanted.directors.map(({ name }): Finding => {
    const why = unreachable.get(name)
    if (sights.has(name)) return ok(name, `${name} is reached`)
    if (why === undefined) return unknown(name, `${name} was not asked: --limit leaves it out`)
    return {
      verdict: 'fail',
      subject: name,
      message: `${name} is out of reach`,
      evidence: [{ host: name, seen: why }],
      fix: 'reach it by ssh first: docs/ssh.md',
    }
  })
  return hop('director', 'the director is reached', findings)
}

function hop(id: string, title: string, findings: HopFinding[]): Hop {
  const rank = ({ verdict }: Finding) => -verdicts.indexOf(verdict)
  const sorted = [...findings].sort((a, b) => rank(a) - rank(b))
  return { id, title, verdict: worst(findings.map(({ verdict }) => verdict)), findings: sorted }
}

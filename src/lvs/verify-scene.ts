import { isIpv4 } from './ip.js'
import { type RealServer, serviceName, type VirtualService } from './table.js'
import {
  type Evidence,
  type Finding,
  type Known,
  type Member,
  type Observed,
  type Service,
  type Sight,
  type Trial,
  vipsOf,
} from './verify-model.js'

/** A VIP that a real server carries, since it serves it by direct routing. */
export interface Duty {
  host: Member
  vip: string
  service: Service
  server: RealServer
}

/** One thing that breaks direct routing; the texts are those of docs/verify.md. */
export interface Check {
  /** Stable: `verify/arp-leak`. */
  id: string
  what: string
  /** What happens in the field. */
  why: string
  fix: string
  /** Nothing found: there is nobody whom it concerns. */
  check(scene: Scene): Finding[]
}

/** What was seen, as the checks ask for it. */
export class Scene {
  readonly vips: readonly string[]
  readonly #macs = new Map<string, string>()

  constructor(readonly seen: Observed) {
    this.vips = vipsOf(seen.wanted)
    for (const [host, { links }] of seen.sights) {
      for (const { mac, device } of links) this.#macs.set(mac, `${host} (${device})`)
    }
  }

  get services(): readonly Service[] {
    return this.seen.wanted.services
  }

  get directors(): readonly Member[] {
    return this.seen.wanted.directors
  }

  get clients(): readonly Member[] {
    return this.seen.wanted.clients
  }

  /** Where clients' packets come from, as far as the inventory says it in numbers. */
  get clientAddresses(): string[] {
    return this.clients.map(({ address }) => address).filter(isIpv4)
  }

  /** A client that is neither a director nor a real server: what it sees is what clients see. */
  get thirdHosts(): readonly Member[] {
    const own = [...this.directors, ...this.seen.wanted.realServers].map(({ name }) => name)
    return this.clients.filter(({ name }) => !own.includes(name))
  }

  /** What each real server carries by direct routing. */
  get duties(): Duty[] {
    return this.services.flatMap((service) =>
      service.realServers.flatMap((server) => {
        const host = this.seen.wanted.realServers.find(({ name }) => name === server.name)
        if (!host || server.forwarding !== 'dr') return []
        const vips = service.vips.filter((vip) => this.vips.includes(vip))
        return vips.map((vip) => ({ host, vip, service, server }))
      }),
    )
  }

  /** The same, one for each host and VIP. */
  get carried(): Duty[] {
    const key = ({ host, vip }: Duty) => `${host.name} ${vip}`
    return [...new Map(this.duties.map((duty) => [key(duty), duty])).values()]
  }

  sight(host: string): Sight | undefined {
    return this.seen.sights.get(host)
  }

  trial(host: string): Trial | undefined {
    return this.seen.trials.get(host)
  }

  /** Looks at a host; a finding of its own says so when it could not be asked. */
  at(host: string, look: (sight: Sight) => Finding[]): Finding[] {
    const sight = this.sight(host)
    return sight ? look(sight) : [unknown(host, this.whyNot(host))]
  }

  whyNot(host: string): string {
    return this.seen.unreachable.has(host)
      ? `${host} is out of reach`
      : `${host} was not asked: --limit leaves it out`
  }

  /** The directors that have a VIP now. Of a pair it is one. */
  holders(vip: string): Member[] {
    return this.directors.filter(({ name }) => {
      return this.sight(name)?.addresses.some(({ address, device }) => {
        return address === vip && device !== 'lo'
      })
    })
  }

  /** The directors that have to do the work of a service now; all, when none has its VIPs. */
  acting({ vips }: Service): Member[] {
    const acting = this.directors.filter((each) =>
      vips.some((vip) => this.holders(vip).includes(each)),
    )
    return acting.length > 0 ? acting : [...this.directors]
  }

  /** What a director's table has for a service. */
  live(director: string, service: Service): VirtualService | undefined {
    const table = this.sight(director)?.table
    if (!table || !('known' in table)) return undefined
    return table.known.find((each) => serviceName(each) === serviceName(service))
  }

  /** The name of a real server, by its address. */
  serverName(address: string): string {
    const all = this.services.flatMap(({ realServers }) => realServers)
    return all.find((server) => server.address === address)?.name ?? address
  }

  /** The MACs of a host: it answers on any of its interfaces for an address on another. */
  macsOf(host: string): string[] {
    return (this.sight(host)?.links ?? []).flatMap(({ mac, device }) =>
      device === 'lo' ? [] : mac,
    )
  }

  /** `rs1 (eth0)`, or that it is none of the inventory. */
  nameOf(mac: string): string {
    return this.#macs.get(mac) ?? `an unknown host (${mac})`
  }

  isKnown(mac: string): boolean {
    return this.#macs.has(mac)
  }

  /** A name for people: with its MAC. */
  shown(mac: string): string {
    const name = this.#macs.get(mac)
    return name === undefined ? this.nameOf(mac) : `${name} ${mac}`
  }

  /**
   * Whether a real server may be asked by a VIP. When it speaks ARP with it, its reply tells all
   * its neighbours that the VIP is there. One that cannot be looked at may be asked when it gets
   * traffic anyway.
   */
  mayTry(address: string): boolean {
    const host = this.seen.wanted.realServers.find((one) => one.address === address)
    const sight = host && this.sight(host.name)
    if (!sight) return this.#serves(address)
    const value = (device: string) => sight.sysctls.get(`conf/${device}/arp_announce`) ?? 0
    return sight.links.every(({ device, up, arp }) => {
      return !up || !arp || Math.max(value('all'), value(device)) === 2
    })
  }

  #serves(address: string): boolean {
    return [...this.seen.sights.values()].some(({ table }) => {
      const entries = 'known' in table ? table.known.flatMap(({ realServers }) => realServers) : []
      return entries.some((entry) => entry.address === address && entry.weight > 0)
    })
  }

  /** The interface by which a real server is reached: the one with its RIP. */
  deviceOf({ host, server }: Duty): string | undefined {
    return this.sight(host.name)?.addresses.find(({ address }) => address === server.address)
      ?.device
  }
}

export function ok(subject: string, message: string, ...evidence: Evidence[]): Finding {
  return { verdict: 'ok', subject, message, evidence }
}

export function unknown(subject: string, message: string, fix?: string): Finding {
  return { verdict: 'unknown', subject, message, evidence: [], ...(fix !== undefined && { fix }) }
}

/** A value, or a finding that says why there is none. */
export function given<T>(
  subject: string,
  known: Known<T> | undefined,
  look: (value: T) => Finding[],
): Finding[] {
  if (known && 'known' in known) return look(known.known)
  return [unknown(subject, `${subject}: ${known?.unknown ?? 'it was not asked'}`)]
}

/** Something found at one host. */
export function found(
  verdict: 'warn' | 'fail',
  host: string,
  message: string,
  seen: string,
  fix?: string,
): Finding {
  const evidence = [{ host, seen }]
  return { verdict, subject: host, message, evidence, ...(fix !== undefined && { fix }) }
}

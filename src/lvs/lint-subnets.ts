import { isIpv4 } from './ip.js'
import {
  dipOf,
  distinct,
  foundAt,
  ipv4,
  isOn,
  type Member,
  members,
  numberOf,
  ripOf,
  type Rule,
  type Setting,
  settingsOf,
  textOf,
  unicast,
} from './lint-model.js'
import { servicesOf, vipsOf } from './lint-service.js'

const MASKS = ['netmask', 'vip_netmask']
const PREFIXES = ['prefix', 'vip_prefix']
const ASSUMED = 24

/** Rules on masks, and on which address is in whose subnet. */
export const subnetRules: readonly Rule[] = [
  {
    id: 'lvs/mask-not-contiguous',
    severity: 'error',
    what: 'A netmask has gaps: `255.25.255.0`.',
    why: 'The kernel refuses it, or an old script quietly makes another subnet of it.',
    fix: 'ones and then zeros: 255.255.255.0 is /24',
    check: (cluster) =>
      settingsOf(members(cluster), ...MASKS, ...PREFIXES).flatMap((setting) => {
        const text = textOf(setting) ?? ''
        if (!isIpv4(text) || prefixOfMask(text) !== undefined) return []
        return [foundAt(setting, `${setting.variable}: the mask ${text} is not contiguous`)]
      }),
  },
  {
    id: 'lvs/mask-invalid',
    severity: 'error',
    what: 'A netmask or a prefix length is neither: `255.255.255`, `33`.',
    why: 'Nothing can be told of the subnet, neither here nor on the host.',
    fix: 'a netmask is 255.255.255.0, a prefix length a number from 0 to 32',
    check: (cluster) =>
      settingsOf(members(cluster), ...MASKS, ...PREFIXES).flatMap((setting) => {
        const text = textOf(setting)
        if (text === undefined || isIpv4(text) || lengthOf(text) !== undefined) return []
        const kind = MASKS.includes(setting.variable) ? 'netmask' : 'prefix length'
        return [foundAt(setting, `${setting.variable}: "${text}" is no ${kind}`)]
      }),
  },
  {
    id: 'lvs/mask-for-prefix',
    severity: 'error',
    what: 'A netmask stands where a prefix length is meant, or the other way round.',
    why: 'Some tools take both and others one: what works live fails at the next boot.',
    fix: 'prefix and vip_prefix take a length, netmask and vip_netmask a mask',
    check: (cluster) => [
      ...settingsOf(members(cluster), ...PREFIXES).flatMap((setting) => {
        const length = prefixOfMask(textOf(setting) ?? '')
        if (!isIpv4(textOf(setting) ?? '')) return []
        const message = `${setting.variable} is a length, not the netmask ${textOf(setting)}`
        const found = foundAt(setting, message)
        return [length === undefined ? found : { ...found, hint: `${setting.variable}=${length}` }]
      }),
      ...settingsOf(members(cluster), ...MASKS).flatMap((setting) => {
        const length = lengthOf(textOf(setting) ?? '')
        if (length === undefined) return []
        const message = `${setting.variable} is a mask, not the prefix length ${length}`
        return [{ ...foundAt(setting, message), hint: `${setting.variable}=${maskOf(length)}` }]
      }),
    ],
  },
  {
    id: 'lvs/masks-differ',
    severity: 'error',
    what: 'prefix and netmask of a host, or vip_prefix and vip_netmask, say different things.',
    why: 'One file is written from the one, the live address from the other: it changes with the next boot.',
    fix: 'keep one of the two',
    check: (cluster) =>
      members(cluster).flatMap(({ name, settings }) =>
        PREFIXES.flatMap((variable, i) => {
          const [length, mask] = [settings.get(variable), settings.get(MASKS[i]!)]
          if (!length || !mask || length.byDefault) return []
          const said = [lengthIn(length), lengthIn(mask)]
          if (said.includes(undefined) || said[0] === said[1]) return []
          const message = `${name}: ${variable} ${said[0]} and ${MASKS[i]} ${textOf(mask)}, which is /${said[1]}`
          return [foundAt(mask, message)]
        }),
      ),
  },
  {
    id: 'lvs/vip-off-subnet',
    severity: 'error',
    what: "The VIP is not on the director's subnet. A warning when no `prefix` or `netmask` is set: then /24 is assumed.",
    why: 'The router asks for the VIP by ARP on a network where the director is not, and gets no answer.',
    fix: 'take a VIP of the subnet, or set prefix right; vip_routed: true when a router sends the VIP to the director by a route',
    check: ({ directors }) =>
      directors.flatMap((director) => {
        const subnet = subnetOf(director)
        if (!subnet || isOn(director, 'vip_routed')) return []
        return distinct(vipsOf(director)).flatMap((vip) => {
          if (subnet.has(unicast(vip))) return []
          const message = `the VIP ${ipv4(vip)} is not on the subnet of ${director.name}, ${subnet.text}`
          return [{ ...foundAt(vip, message), guess: subnet.assumed }]
        })
      }),
  },
  {
    id: 'lvs/rip-off-subnet',
    severity: 'warning',
    what: "A RIP is not on the director's subnet, under dr.",
    why: 'Direct routing only changes the MAC address: behind a gateway no packet arrives.',
    fix: 'put both on one network; dip and prefix say which one the director has there',
    check: (cluster) =>
      cluster.directors.flatMap((director) => {
        const subnet = subnetOf(director)
        const routed = servicesOf({ ...cluster, directors: [director] })
          .flatMap(({ servers }) => servers)
          .flatMap(({ member, forwarding }) =>
            member && (textOf(forwarding) ?? 'dr') === 'dr' ? [member] : [],
          )
        return [...new Set(routed)].flatMap((server) => {
          const rip = ripOf(server)
          if (!rip || !subnet || subnet.has(unicast(rip))) return []
          const message = `${server.name}: ${ipv4(rip)} is not on the subnet of ${director.name}, ${subnet.text}`
          return [foundAt(rip, message)]
        })
      }),
  },
  {
    id: 'lvs/vip-is-no-host',
    severity: 'error',
    what: 'The VIP is the network or broadcast address of its subnet. A warning when /24 is assumed.',
    why: 'Hosts of that subnet send to such an address by broadcast, or not at all.',
    fix: 'take an address between the two',
    check: ({ directors }) =>
      directors.flatMap((director) =>
        distinct(vipsOf(director)).flatMap((vip) => {
          const subnets = [subnetOf(director), vipSubnetOf(director, vip)]
          const subnet = subnets.find((each) => each?.edge(unicast(vip)) !== undefined)
          if (!subnet) return []
          const message = `the VIP ${ipv4(vip)} is the ${subnet.edge(unicast(vip))} address of ${subnet.text}`
          return [{ ...foundAt(vip, message), guess: subnet.assumed }]
        }),
      ),
  },
  {
    id: 'lvs/vip-on-lo-not-32',
    severity: 'error',
    what: 'The VIP on lo of a real server is not a /32 (vip_prefix or vip_netmask of a real server).',
    why: 'With a /24 on lo the whole subnet is the host itself: it answers no client of that network any more.',
    fix: 'on lo it is always a /32: take the variable away, or set it for the director alone',
    check: ({ directors, realServers }) => {
      const ofDirectors = new Set(
        settingsOf(directors, 'vip_prefix', 'vip_netmask').map(({ at }) => JSON.stringify(at)),
      )
      return settingsOf(realServers, 'vip_prefix', 'vip_netmask')
        .filter(({ at, byDefault }) => !byDefault && !ofDirectors.has(JSON.stringify(at)))
        .flatMap((setting) => {
          const length = lengthIn(setting)
          if (length === undefined || length === 32) return []
          return [foundAt(setting, `${setting.variable}: the VIP on lo would be a /${length}`)]
        })
    },
  },
]

class Subnet {
  readonly #network: number
  readonly #size: number

  constructor(
    address: string,
    readonly prefix: number,
    readonly assumed: boolean,
  ) {
    this.#size = 2 ** (32 - prefix)
    this.#network = numberOf(address) - (numberOf(address) % this.#size)
  }

  get text(): string {
    const network = `${addressOf(this.#network)}/${this.prefix}`
    return this.assumed ? `${network} (/24 is assumed: set prefix)` : network
  }

  /** True also of what is no address: other rules say that. */
  has(address: string | undefined): boolean {
    if (address === undefined) return true
    const offset = numberOf(address) - this.#network
    return offset >= 0 && offset < this.#size
  }

  /** Whether an address of it is not for a host; a /31 or /32 has none such. */
  edge(address: string | undefined): 'network' | 'broadcast' | undefined {
    if (address === undefined || this.prefix > 30) return undefined
    const offset = numberOf(address) - this.#network
    if (offset === 0) return 'network'
    return offset === this.#size - 1 ? 'broadcast' : undefined
  }
}

/** The subnet of the DIP; undefined when it cannot be told, or is told wrongly. */
function subnetOf(director: Member): Subnet | undefined {
  const dip = unicast(dipOf(director))
  const { settings } = director
  const given = settings.get('prefix') ?? settings.get('netmask')
  const prefix = given ? lengthIn(given) : ASSUMED
  if (dip === undefined || prefix === undefined) return undefined
  return new Subnet(dip, prefix, given === undefined)
}

/** The subnet that a director's VIP is configured with. */
function vipSubnetOf({ settings }: Member, setting: Setting): Subnet | undefined {
  const vip = ipv4(setting)
  const given = settings.get('vip_prefix')
  const prefix = given && lengthIn(given)
  return vip === undefined || prefix === undefined ? undefined : new Subnet(vip, prefix, false)
}

/** The prefix length that a variable says, as a length or as a mask. */
function lengthIn(setting: Setting): number | undefined {
  const text = textOf(setting) ?? ''
  return lengthOf(text) ?? prefixOfMask(text)
}

function lengthOf(text: string): number | undefined {
  return /^\d{1,2}$/.test(text) && Number(text) <= 32 ? Number(text) : undefined
}

/** How many ones a mask begins with; undefined when others follow after a zero. */
function prefixOfMask(mask: string): number | undefined {
  if (!isIpv4(mask)) return undefined
  const zeros = 2 ** 32 - numberOf(mask)
  return Number.isInteger(Math.log2(zeros)) ? 32 - Math.log2(zeros) : undefined
}

function maskOf(prefix: number): string {
  return addressOf(2 ** 32 - 2 ** (32 - prefix))
}

function addressOf(number: number): string {
  return [24, 16, 8, 0].map((bits) => Math.floor(number / 2 ** bits) % 256).join('.')
}

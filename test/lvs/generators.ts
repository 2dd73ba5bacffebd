import fc from 'fast-check'
import { canonical } from '../../src/lvs/ip.js'
import { canonicalFlags, schedulers } from '../../src/lvs/schedulers.js'
import { endpoint, forwardings, serviceName } from '../../src/lvs/table.js'
import type { RealServer, VirtualService } from '../../src/lvs/table.js'

/**
 * Arbitrary tables as a kernel could hold them. The addresses are close together, so that two
 * tables have much in common and the order of ipvsadm is one.
 */
const ipv4 = fc.integer({ min: 1, max: 6 }).map((n) => `192.168.139.${n}`)
const ipv6 = fc.integer({ min: 1, max: 6 }).map((n) => canonical(`fd00::${n}`)!)
const port = fc.constantFrom(80, 443)
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined })

function defined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, v]) => v !== undefined)) as T
}

const where = fc.oneof(
  fc.record({
    protocol: fc.constantFrom('tcp', 'udp', 'sctp'),
    address: fc.oneof(ipv4, ipv6),
    port,
  }),
  fc.record({
    protocol: fc.constant('fwmark' as const),
    address: fc.constantFrom('1', '7', '4294967295'),
    port: fc.constant(0),
    inet6: maybe(fc.constant(true as const)),
  }),
)

const realServer = (family: fc.Arbitrary<string>, port: number): fc.Arbitrary<RealServer> =>
  fc
    .record({
      address: family,
      forwarding: fc.constantFrom(...forwardings),
      weight: fc.oneof(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 65535 })),
      natPort: fc.constantFrom(port, 8080),
      gue: fc.boolean(),
    })
    .map(({ natPort, gue, ...server }) =>
      defined({
        ...server,
        port: server.forwarding === 'nat' ? natPort : port,
        tunnel:
          server.forwarding === 'tun' && gue
            ? '--tun-type gue --tun-port 6080 --tun-nocsum'
            : undefined,
      }),
    )

const service: fc.Arbitrary<VirtualService> = where
  .chain((place) => {
    const v6 = place.address.includes(':') || ('inet6' in place && place.inet6 === true)
    return fc.record({
      place: fc.constant(place),
      // `twos` is too young for the lab's kernel, pe sip is for UDP alone.
      scheduler: fc.constantFrom(...schedulers.filter((name) => name !== 'twos')),
      persistence: maybe(fc.constantFrom(60, 300)),
      mask: fc.constantFrom(undefined, v6 ? '64' : '255.255.255.0'),
      ops: maybe(fc.constant(true as const)),
      flags: maybe(fc.constantFrom('flag-1', 'flag-1,flag-2')),
      realServers: fc.uniqueArray(realServer(v6 ? ipv6 : ipv4, place.port), { selector: endpoint }),
    })
  })
  .map(({ place, mask, ops, flags, ...rest }) =>
    defined({
      ...place,
      ...rest,
      netmask: rest.persistence === undefined ? undefined : mask,
      ops: place.protocol === 'udp' ? ops : undefined,
      flags: flags === undefined ? undefined : canonicalFlags(rest.scheduler, flags),
    }),
  )

export const table = fc.uniqueArray(service, { selector: serviceName, maxLength: 5 })

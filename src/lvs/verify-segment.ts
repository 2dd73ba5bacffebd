import { listed } from './lint-model.js'
import type { Finding, Member, Sight } from './verify-model.js'
import { type Check, found, ok, type Scene, unknown } from './verify-scene.js'

/** Checks on what lies between a director and its real servers. */
export const segmentChecks: readonly Check[] = [
  {
    id: 'verify/same-segment',
    what: 'The director reaches each RIP on its own segment: by ARP, without a gateway.',
    why: 'Direct routing sends to the MAC of the real server: behind a router nobody gets there.',
    fix: 'give the real server an address in a network that the director is in, too',
    check: perServer(sameSegment),
  },
  {
    id: 'verify/mtu',
    what: 'A packet as large as the director takes in fits all the way to each real server.',
    why: 'Else large requests hang, or clients get ICMP "fragmentation needed"; small ones work.',
    fix: 'set one MTU on all interfaces and switches of the segment: ip link set INTERFACE mtu 1500',
    check: perServer(mtu),
  },
  {
    id: 'verify/offload',
    what: "The director's interfaces do not merge packets in hardware (LRO).",
    why: 'Merged packets are larger than the MTU and cannot be sent on: FRAG_NEEDED, or slow uploads.',
    fix: 'ethtool -K INTERFACE lro off',
    check: (scene) =>
      scene.directors.flatMap((director) => scene.at(director.name, offload(scene, director))),
  },
  {
    id: 'verify/third-host',
    what: 'There is a host of the group client that is neither director nor real server.',
    why: 'A director or real server answers itself for the VIP: what clients see, only a third host sees.',
    fix: 'name one in the inventory, in the segment of the real servers: [client] and a host that SSH reaches',
    check: thirdHost,
  },
]

/** Looks at each RIP from each director. One that is the director's own is not on the way. */
function perServer(
  look: (scene: Scene, director: Member, sight: Sight, server: Member) => Finding,
): Check['check'] {
  return (scene) => {
    const { wanted } = scene.seen
    const servers = new Map(scene.duties.map(({ host, server }) => [server.address, host.name]))
    return wanted.directors.flatMap((director) =>
      scene.at(director.name, (sight) =>
        [...servers].flatMap(([address, name]) => {
          const own = sight.addresses.some((one) => one.address === address)
          return own ? [] : [look(scene, director, sight, { name, address })]
        }),
      ),
    )
  }
}

function sameSegment(scene: Scene, { name }: Member, sight: Sight, server: Member): Finding {
  const route = sight.routes.get(server.address)
  const shown = `ip route get ${server.address}`
  if (!route) {
    const message = `${name} has no route to ${server.name} (${server.address})`
    return found('fail', name, message, `${shown}: none`)
  }
  const { via, device } = route
  const fit = scene.trial(name)?.fits.get(server.address)
  if (via === undefined && fit && 'known' in fit && fit.known === 'gone') {
    const message = `nobody answers ${name} by ARP for ${server.address}, the RIP of ${server.name}`
    const fix = `see that ${server.name} is up, with ${server.address} on an interface of this segment`
    return found('fail', server.name, message, `ip neigh: ${server.address} FAILED`, fix)
  }
  if (via === undefined) return ok(server.name, `${server.name} is on ${device} of ${name}`)
  const message = `${name} reaches ${server.name} (${server.address}) by the gateway ${via}`
  return found('fail', name, message, `${shown}: via ${via} dev ${device}`)
}

function mtu(scene: Scene, { name }: Member, sight: Sight, server: Member): Finding {
  const route = sight.routes.get(server.address)
  const own = sight.links.find(({ device }) => device === route?.device)
  const theirs = scene.sight(server.name)
  const device = theirs?.addresses.find(({ address }) => address === server.address)?.device
  const other = theirs?.links.find((link) => link.device === device)
  if (own && other && other.mtu < own.mtu) {
    const message = `${server.name} takes packets up to ${other.mtu} bytes, ${name} up to ${own.mtu}`
    const evidence = [
      { host: name, seen: `${own.device} mtu ${own.mtu}` },
      { host: server.name, seen: `${other.device} mtu ${other.mtu}` },
    ]
    const fix = `ip link set ${other.device} mtu ${own.mtu}`
    return { verdict: 'fail', subject: server.name, message, evidence, fix }
  }
  const fit = scene.trial(name)?.fits.get(server.address)
  if (!own || !fit) return unknown(server.name, `${name} did not try to reach ${server.name}`)
  const ping = `ping -M do -s ${own.mtu - 28} ${server.address}`
  if ('unknown' in fit) return unknown(server.name, `${server.name}: ${fit.unknown}`)
  if (fit.known === 'gone') return unknown(server.name, `${server.name} is not there to be tried`)
  if (fit.known === 'yes') {
    return ok(server.name, `${own.mtu} bytes fit from ${name} to ${server.name}`)
  }
  const message = `a packet of ${own.mtu} bytes does not get from ${name} to ${server.name}, a small one does`
  return found('fail', server.name, message, `${ping}: no answer`)
}

function offload(scene: Scene, { name, address }: Member) {
  return ({ addresses, offloads }: Sight): Finding[] => {
    const devices = new Set(
      addresses.flatMap((one) => {
        return one.address === address || scene.vips.includes(one.address) ? one.device : []
      }),
    )
    devices.delete('lo')
    if (offloads.size === 0) {
      return [
        unknown(name, `${name} has no ethtool to see its offloads by`, 'install ethtool there'),
      ]
    }
    return [...devices].map((device) => {
      const lro = offloads.get(device)?.get('large-receive-offload')
      const seen = `ethtool -k ${device}: large-receive-offload: ${lro ? 'on' : 'off'}`
      if (lro === undefined) return unknown(name, `ethtool does not show what ${device} offloads`)
      if (!lro) return ok(name, `${name}: ${seen}`)
      const fix = `ethtool -K ${device} lro off`
      return found('fail', name, `${name} merges packets on ${device}`, seen, fix)
    })
  }
}

function thirdHost(scene: Scene): Finding[] {
  const third = scene.thirdHosts
  const reached = third.filter(({ name }) => scene.sight(name))
  if (reached.length > 0) {
    return [ok(reached[0]!.name, `seen from ${listed(reached.map(({ name }) => name))}`)]
  }
  if (third[0]) return third.map(({ name }) => unknown(name, scene.whyNot(name)))
  const message =
    scene.clients.length === 0
      ? 'the inventory names no client: what only a third host sees could not be looked at'
      : 'every host of the group client is a director or a real server: none sees what clients see'
  return [unknown('client', message)]
}

import { type Drop, dropOf, type Firewall, type Hook, type Packet } from './firewall.js'
import { serviceName } from './table.js'
import { type Finding, type Service, type Sight, triedBy } from './verify-model.js'
import { type Check, found, given, ok, type Scene, unknown } from './verify-scene.js'

const INWARD: readonly Hook[] = ['ingress', 'prerouting', 'input']
const OUTWARD: readonly Hook[] = ['output', 'postrouting']

/** The check on firewalls: of directors, which IPVS works behind, and of real servers. */
export const firewallChecks: readonly Check[] = [
  {
    id: 'verify/firewall',
    what: 'No firewall rule of a director or a real server drops packets of the service.',
    why: 'IPVS gets packets after the rules of INPUT, and sends them through those of OUTPUT; a real server sees the VIP, not its RIP.',
    fix: 'accept the service there: iptables -I INPUT -d VIP -p tcp --dport PORT -j ACCEPT; on a director in OUTPUT, too',
    check: (scene) => [...atDirectors(scene), ...atServers(scene)],
  },
]

/** Where a packet may be dropped, and on which way. */
interface Way {
  hooks: readonly Hook[]
  packet: Packet
}

function atDirectors(scene: Scene): Finding[] {
  return scene.services.flatMap((service) =>
    scene.acting(service).flatMap(({ name, address }) =>
      scene.at(name, (sight) => {
        const device = deviceOf(sight, [...service.vips, address])
        const packets = packetsOf(scene, service)
        const ways = packets.flatMap((packet) => [
          { hooks: INWARD, packet: { ...packet, in: device } },
          { hooks: OUTWARD, packet: { ...packet, out: device } },
        ])
        return given(name, sight.firewall, (firewall) => judge(name, service, firewall, ways))
      }),
    ),
  )
}

function atServers(scene: Scene): Finding[] {
  return scene.duties.flatMap(({ host, vip, service, server }) =>
    scene.at(host.name, (sight) => {
      const device = deviceOf(sight, [server.address])
      const packets = packetsOf(scene, { ...service, vips: [vip] })
      const ways = packets.flatMap((packet): Way[] => [
        { hooks: INWARD, packet: { ...packet, in: device } },
        { hooks: OUTWARD, packet: { ...replyTo(packet), out: device } },
      ])
      return given(host.name, sight.firewall, (firewall) => {
        return judge(host.name, service, firewall, ways)
      })
    }),
  )
}

/** What opens a connection: from each client that is known, else from anybody. */
function packetsOf({ clientAddresses }: Scene, service: Service): Packet[] {
  const { vips } = service
  const tried = triedBy(service)
  if ('not' in tried) return []
  const { protocol, port } = tried
  const from = clientAddresses.length > 0 ? clientAddresses : [undefined]
  return vips.flatMap((to) =>
    from.map((client) => ({
      protocol,
      from: client,
      to,
      sourcePort: undefined,
      port,
      in: undefined,
      out: undefined,
      state: 'new' as const,
    })),
  )
}

function replyTo(packet: Packet): Packet {
  const { from, to, port } = packet
  return { ...packet, from: to, to: from, sourcePort: port, port: undefined, state: 'established' }
}

/** The interface that has one of these addresses. */
export function deviceOf({ addresses }: Sight, wanted: readonly string[]): string | undefined {
  return addresses.find(({ address, device }) => device !== 'lo' && wanted.includes(address))
    ?.device
}

function judge(
  host: string,
  service: Service,
  firewall: Firewall,
  ways: readonly Way[],
): Finding[] {
  const tried = triedBy(service)
  if ('not' in tried) {
    const name = serviceName(service)
    return [unknown(name, `${name}: the rules of ${host} were not walked: ${tried.not}`)]
  }
  const drops = ways.flatMap(({ hooks, packet }) => dropOf(firewall, hooks, packet) ?? [])
  const drop = drops.find(({ certain }) => certain) ?? drops[0]
  const { protocol, port } = tried
  const { vips } = service
  const by = service.port === 0 ? ` (${protocol} port ${port})` : ''
  const name = `${serviceName(service)}${by}`
  if (!drop) return [ok(host, `${host} lets ${name} through`)]
  const seen = `${drop.chain}: ${drop.rule}${packetsIn(drop)}`
  const fix = `let it through on ${host}, before that rule: ${protocol} to port ${port} of ${vips.join(', ')}, and what comes back`
  if (drop.certain) {
    return [found('fail', host, `a firewall rule of ${host} drops ${name}`, seen, fix)]
  }
  const message = `a firewall rule of ${host} may drop ${name}: only its kernel can tell`
  return [found('warn', host, message, seen, fix)]
}

function packetsIn({ packets }: Drop): string {
  return packets === undefined ? '' : ` (${packets} packet${packets === 1 ? '' : 's'} so far)`
}

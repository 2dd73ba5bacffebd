import type { Observed, Sight, Trial } from '../../src/lvs/verify-model.js'
import { parseIptables } from '../../src/lvs/firewall-iptables.js'

export const VIP = '192.168.139.6'
export const CLIENT = '192.168.139.251'

const last: Readonly<Record<string, number>> = { director: 3, rs1: 2, rs2: 4, client: 251 }

export function macIn(host: string): string {
  return `02:00:c0:a8:8b:${(last[host] ?? 99).toString(16).padStart(2, '0')}`
}

export function addressIn(host: string): string {
  return `192.168.139.${last[host]}`
}

/** What changes of one host: its sight, its trial. */
export interface Changes {
  sight?: Partial<Sight>
  trial?: Partial<Trial>
}

/**
 * The reference cluster as verify sees it when all is well; with changes by host, or without a
 * host that is out of reach.
 */
export function observed(
  changes: Readonly<Record<string, Changes | 'unreachable'>> = {},
  more: Partial<Observed['wanted']> = {},
): Observed {
  const hosts = Object.keys(last)
  const reached = hosts.filter((host) => changes[host] !== 'unreachable')
  const of = (host: string) => changes[host] as Changes | undefined
  const member = (name: string) => ({ name, address: addressIn(name) })
  return {
    wanted: {
      services: [service()],
      directors: [member('director')],
      realServers: [member('rs1'), member('rs2')],
      clients: [member('client')],
      directorServes: false,
      ...more,
    },
    sights: new Map(reached.map((host) => [host, { ...sight(host), ...of(host)?.sight }])),
    trials: new Map(reached.map((host) => [host, { ...trial(host), ...of(host)?.trial }])),
    unreachable: new Map(
      hosts.flatMap((host) => (reached.includes(host) ? [] : [[host, `${host}: no route`]])),
    ),
    requests: 0,
  }
}

export function service() {
  const server = (name: string, weight: number) => ({
    name,
    address: addressIn(name),
    port: 80,
    forwarding: 'dr' as const,
    weight,
  })
  return {
    protocol: 'tcp' as const,
    address: VIP,
    port: 80,
    scheduler: 'wlc',
    realServers: [server('rs1', 1), server('rs2', 2)],
    vips: [VIP],
  }
}

function sight(host: string): Sight {
  const isServer = host.startsWith('rs')
  const isDirector = host === 'director'
  const all = [...Object.keys(last).map(addressIn), `${CLIENT} from ${VIP}`]
  const eth0 = { device: 'eth0', address: addressIn(host), prefix: 24 }
  return {
    links: [
      { device: 'lo', mac: '00:00:00:00:00:00', mtu: 65536, up: true, arp: false },
      { device: 'eth0', mac: macIn(host), mtu: 1500, up: true, arp: true },
    ],
    addresses: [
      { device: 'lo', address: '127.0.0.1', prefix: 8 },
      eth0,
      ...(isServer ? [{ device: 'lo', address: VIP, prefix: 32 }] : []),
      ...(isDirector ? [{ device: 'eth0', address: VIP, prefix: 32 }] : []),
    ],
    routes: new Map(all.map((to) => [to, { via: undefined, device: 'eth0', local: false }])),
    neighbours: new Map(),
    sysctls: new Map([
      ['ip_forward', isDirector ? 1 : 0],
      ['conf/all/arp_ignore', isServer ? 1 : 0],
      ['conf/all/arp_announce', isServer ? 2 : 0],
      ['conf/eth0/arp_ignore', 0],
      ['conf/eth0/arp_announce', 0],
      ['conf/all/rp_filter', 0],
      ['conf/eth0/rp_filter', 0],
      ['conf/all/send_redirects', 0],
      ['conf/eth0/send_redirects', 0],
    ]),
    boot: [
      { file: '/etc/sysctl.d/90-lvs-arp.conf', key: 'conf/all/arp_ignore', value: '1' },
      { file: '/etc/sysctl.d/90-lvs-arp.conf', key: 'conf/all/arp_announce', value: '2' },
    ],
    listeners: { known: isServer ? [{ protocol: 'tcp', address: '0.0.0.0', port: 80 }] : [] },
    firewall: { known: parseIptables('') },
    table: { known: isDirector ? [service()] : [] },
    traffic: { known: isDirector ? counts(100, 200) : new Map() },
    offloads: new Map([['eth0', new Map([['large-receive-offload', false]])]]),
  }
}

function trial(host: string): Trial {
  const isDirector = host === 'director'
  const isClient = host === 'client'
  const page = { known: { kind: 'answer' as const, status: 200, text: 'www.RS.com' } }
  return {
    heard: new Map([[VIP, { known: isDirector ? [] : [macIn('director')] }]]),
    paths: new Map(
      isClient ? ['rs1', 'rs2'].map((name) => [`${VIP}:80 ${addressIn(name)}`, page]) : [],
    ),
    replies: new Map(isClient ? [[`${VIP}:80`, page]] : []),
    failures: new Map(),
    neighbours: new Map(isClient ? [[VIP, macIn('director')]] : []),
    fits: new Map(
      isDirector ? ['rs1', 'rs2'].map((name) => [addressIn(name), { known: 'yes' as const }]) : [],
    ),
    traffic: { known: isDirector ? counts(110, 220) : new Map() },
  }
}

/** The counters of the service: new connections of each real server. */
export function counts(rs1: number, rs2: number) {
  const row = (connections: number) => ({
    connections,
    packetsIn: 0,
    packetsOut: 0,
    bytesIn: 0,
    bytesOut: 0,
  })
  const realServers = new Map([
    [`${addressIn('rs1')}:80`, row(rs1)],
    [`${addressIn('rs2')}:80`, row(rs2)],
  ])
  return new Map([[`tcp ${VIP}:80`, { service: row(rs1 + rs2), realServers }]])
}

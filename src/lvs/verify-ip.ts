import { type Address, parseAddresses } from './addresses.js'
import type { Link, Route } from './verify-model.js'

/** What one `ip -4 -o -batch` shows: links, addresses, routes and neighbours, in any order. */
export interface IpSight {
  links: Link[]
  addresses: Address[]
  /** By destination, `TO` or `TO from SOURCE`. */
  routes: Map<string, Route>
  neighbours: Map<string, string>
}

/**
 * Reads lines of the four kinds. A route that there is not has no line but an error; whoever asks
 * for it finds nothing under its name.
 */
export function parseIp(text: string): IpSight {
  const addresses = parseAddresses(text)
  const sight: IpSight = { links: [], addresses, routes: new Map(), neighbours: new Map() }
  for (const line of text.split('\n')) {
    if (/^\d+: \S+: </.test(line)) addLink(sight, line)
    else if (/ lladdr /.test(line)) addNeighbour(sight, line)
    else if (/ dev /.test(line) && !/ (FAILED|INCOMPLETE)/.test(line)) addRoute(sight, line)
  }
  return sight
}

/** `2: eth0@if5: <BROADCAST,UP> mtu 1500 ... link/ether 02:00:c0:a8:8b:02 brd ...` */
function addLink({ links }: IpSight, line: string): void {
  const [, device = '', flags = '', mtu] = /^\d+: ([^:@]+)\S*: <(\S*)> mtu (\d+)/.exec(line) ?? []
  const [, mac = ''] = / link\/\S+ (\S+)/.exec(line) ?? []
  const has = (flag: string) => flags.split(',').includes(flag)
  links.push({
    device,
    mac: mac.toLowerCase(),
    mtu: Number(mtu),
    up: has('UP'),
    arp: !has('NOARP') && !has('LOOPBACK'),
  })
}

/** `192.168.139.6 dev eth0 lladdr 02:00:c0:a8:8b:03 STALE` */
function addNeighbour({ neighbours }: IpSight, line: string): void {
  const [, address = '', mac = ''] = /^(\S+) .*lladdr (\S+)/.exec(line) ?? []
  neighbours.set(address, mac.toLowerCase())
}

/** `[local] 10.0.0.1 [from 10.0.0.6] [via 10.0.0.9] dev eth0 [src 10.0.0.2] ...` */
function addRoute({ routes }: IpSight, line: string): void {
  const kind = /^(?:(local|broadcast|multicast|unicast) )?(\S+)(?: from (\S+))?/.exec(line)
  const [, word, to = '', source] = kind ?? []
  const [, via] = / via (\S+)/.exec(line) ?? []
  const [, device = ''] = / dev (\S+)/.exec(line) ?? []
  const name = source === undefined ? to : `${to} from ${source}`
  routes.set(name, { via, device, local: word === 'local' })
}

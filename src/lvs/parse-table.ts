import { InputError, type Position } from '../core/errors.js'
import { canonical } from './ip.js'
import { canonicalFlags } from './schedulers.js'
import { serviceName, type Protocol, type RealServer, type VirtualService } from './table.js'

/** What the options of one line say, before anybody asks whether they fit together. */
interface Line {
  service: VirtualService
  server: Omit<RealServer, 'address' | 'port'> & { endpoint?: string }
  tunnel: string[]
  at: Position
}

const PRINTED = 'compare the line with what ipvsadm -S -n prints'

/** Told of each entry that is read, with its place. */
export type OnEntry = (entry: VirtualService | RealServer, at: Position) => void

/**
 * Reads what `ipvsadm -S -n` prints, or a save file: empty lines and `#` comments are passed
 * over. Numbers only, no host or port names. Defaults are left out, so that one and the same
 * service reads the same from any tool's output.
 *
 * @throws InputError with the line that it cannot read.
 */
export function parseTable(
  text: string,
  file = 'ipvsadm -S -n',
  onEntry: OnEntry = () => undefined,
): VirtualService[] {
  const table = new Map<string, VirtualService>()
  text.split('\n').forEach((raw, i) => {
    const words = raw.trim().split(/\s+/)
    // Timeouts, which a file may set as well, are not in the table.
    if (words[0] === '' || words[0]?.startsWith('#') || words[0] === '--set') return
    const at = { file, line: i + 1, col: 1 }
    onEntry(addTo(table, words, at), at)
  })
  return [...table.values()]
}

function addTo(
  table: Map<string, VirtualService>,
  words: readonly string[],
  at: Position,
): VirtualService | RealServer {
  const [command = '', ...options] = words
  const line = readOptions(options, at)
  const { service } = line
  const key = serviceName(service)
  const known = table.get(key)
  if (command === '-A') {
    if (known) throw new InputError(at, `${key} is added twice`, 'take one of the two lines out')
    table.set(key, service)
    return service
  }
  if (command === '-a') {
    if (!known)
      throw new InputError(
        at,
        `no line before this one adds ${key}`,
        'an -A line of that service comes first',
      )
    const server = realServer(line)
    known.realServers.push(server)
    return server
  }
  throw new InputError(at, `cannot read "${command}"`, 'a line starts with -A or -a')
}

/** One line's options by themselves. @throws InputError for what cannot be read */
export function readEntry(
  words: readonly string[],
  at: Position,
): { service: VirtualService; server?: RealServer } {
  const line = readOptions(words, at)
  const { service, server } = line
  return server.endpoint === undefined ? { service } : { service, server: realServer(line) }
}

type Reader = (line: Line, value: string) => void

/** A virtual service's address after its protocol's option. */
function at(protocol: Protocol): Reader {
  return (line, value) => Object.assign(line.service, { protocol, ...endpointOf(value, line.at) })
}

/** The tool does not print them, but takes them from a file; 0 is none. */
function threshold(key: 'upper_threshold' | 'lower_threshold'): Reader {
  return (line, value) => {
    const most = number(value, line.at)
    if (most > 0) line.server[key] = most
  }
}

const withValue = new Map<string, Reader>(
  Object.entries({
    '-t': at('tcp'),
    '-u': at('udp'),
    '--sctp-service': at('sctp'),
    // The tool prints a mark as a signed number.
    '-f': (line, value) => (line.service.address = String(number(value, line.at) >>> 0)),
    '-s': (line, value) => (line.service.scheduler = value),
    '-p': (line, value) => (line.service.persistence = number(value, line.at)),
    '-M': (line, value) => (line.service.netmask = value),
    '--pe': (line, value) => (line.service.pe = value),
    '-r': (line, value) => (line.server.endpoint = value),
    '-w': (line, value) => (line.server.weight = number(value, line.at)),
    '-x': threshold('upper_threshold'),
    '-y': threshold('lower_threshold'),
    '-b': ({ service }, value) =>
      (service.flags = canonicalFlags(service.scheduler, value) ?? value),
    '--tun-type': (line, value) => line.tunnel.push('--tun-type', value),
    '--tun-port': (line, value) => line.tunnel.push('--tun-port', value),
  }),
)

const withoutValue = new Map<string, (line: Line) => void>(
  Object.entries({
    '-6': (line) => (line.service.inet6 = true),
    '-o': (line) => (line.service.ops = true),
    '-g': (line) => (line.server.forwarding = 'dr'),
    '-m': (line) => (line.server.forwarding = 'nat'),
    '-i': (line) => (line.server.forwarding = 'tun'),
    '--tun-nocsum': (line) => line.tunnel.push('--tun-nocsum'),
    '--tun-csum': (line) => line.tunnel.push('--tun-csum'),
    '--tun-remcsum': (line) => line.tunnel.push('--tun-remcsum'),
  }),
)

function readOptions(words: readonly string[], at: Position): Line {
  const line: Line = {
    service: { protocol: 'fwmark', address: '', port: 0, scheduler: 'wlc', realServers: [] },
    server: { forwarding: 'dr', weight: 1 },
    tunnel: [],
    at,
  }
  const rest = [...words]
  for (let option = rest.shift(); option !== undefined; option = rest.shift()) {
    const bare = withoutValue.get(option)
    const valued = withValue.get(option)
    if (bare) bare(line)
    else if (!valued) throw new InputError(at, `cannot read the option "${option}"`, PRINTED)
    else if (rest[0] !== undefined) valued(line, rest.shift()!)
    // The tool prints -b and nothing after it for a flag that it has no name for.
    else if (option !== '-b') throw new InputError(at, `${option} has no value`, PRINTED)
  }
  if (line.service.address === '')
    throw new InputError(at, 'names no virtual service', '-t, -u or -f says which')
  return line
}

function realServer({ server, tunnel, at }: Line): RealServer {
  const { endpoint, ...rest } = server
  if (endpoint === undefined) throw new InputError(at, 'names no real server', '-r ADDRESS:PORT')
  const options = tunnel.join(' ')
  const plain = options === '' || options === '--tun-type ipip'
  return { ...endpointOf(endpoint, at), ...rest, ...(plain ? {} : { tunnel: options }) }
}

function endpointOf(text: string, at: Position): { address: string; port: number } {
  const [, v6, v4, port] = /^(?:\[(.+)\]|([^:]+)):(\d+)$/.exec(text) ?? []
  const address = canonical(v6 ?? v4 ?? '')
  if (address === undefined) {
    throw new InputError(at, `"${text}" is no address and port`, PRINTED)
  }
  return { address, port: Number(port) }
}

function number(text: string, at: Position): number {
  if (!/^-?\d+$/.test(text)) throw new InputError(at, `"${text}" is no number`, PRINTED)
  return Number(text)
}

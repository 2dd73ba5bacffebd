import { TaskFailed } from '../core/errors.js'
import type { Change, Resource } from '../core/resource.js'
import { lines, sh } from '../core/sh.js'
import { ipv4Prefix, isIpv4, words } from '../lvs/ip.js'

interface Args {
  destination: string
  device?: string
  via?: string
  src?: string
  scope?: 'global' | 'link' | 'host'
  table?: string | number
  state?: 'present' | 'absent'
}

/** Fields that are undefined are not asked for: any will do. */
interface Route {
  device: string | undefined
  via: string | undefined
  src: string | undefined
  scope: string | undefined
}

interface Want extends Route {
  /** As ip takes it: 10.0.0.0/8, default. */
  destination: string
  table: string
  state: 'present' | 'absent'
}

/**
 * An IPv4 route in the running system. Routes to the same destination that have a metric of
 * their own are others, and left alone; so are blackhole and the like.
 */
export const route: Resource<Args, Want, readonly Route[]> = {
  type: 'route',
  about: 'Keeps an IPv4 route in the running system.',
  schema: {
    type: 'object',
    properties: {
      destination: { type: 'string', description: 'A network, as 192.168.139.6/32, or default.' },
      device: { type: 'string', description: 'The interface it leaves by.' },
      via: { type: 'string', description: 'The gateway.' },
      src: { type: 'string', description: 'The source address that it prefers.' },
      scope: { enum: ['global', 'link', 'host'], description: 'How far the destination is.' },
      table: {
        anyOf: [{ type: 'integer' }, { type: 'string' }],
        default: 'main',
        description: 'Routing table, by number or name.',
      },
      state: {
        enum: ['present', 'absent'],
        default: 'present',
        description: 'absent removes the routes to the destination that have all that is given.',
      },
    },
    required: ['destination'],
    additionalProperties: false,
  },

  want({ destination, device, via, src, scope, table = 'main', state = 'present' }) {
    if (state === 'present' && device === undefined && via === undefined) {
      throw new TaskFailed(`route: ${destination} leads nowhere`, 'give it a device, or via')
    }
    const gateways = { via, src }
    for (const [name, value] of Object.entries(gateways)) {
      if (value !== undefined && !isIpv4(value)) {
        throw new TaskFailed(`route: ${name} "${value}" is no IPv4 address`)
      }
    }
    const canonical = network(destination)
    return { destination: canonical, table: String(table), device, via, src, scope, state }
  },

  key: ({ destination, table }) => `${destination} in ${table}`,

  probe: (wants) =>
    lines(
      wants.map(
        ({ destination, table }) =>
          sh`ip -o -4 route show table ${table} exact ${destination} 2>/dev/null; echo --`,
      ),
    ),

  read: (stdout, wants) => {
    const blocks = stdout.split('--\n')
    return wants.map((_, i) => (blocks[i] ?? '').split('\n').flatMap(parseRoute))
  },

  plan(want, have) {
    const fitting = have.filter((one) => fits(want, one))
    if (want.state === 'absent') {
      return fitting.map((one) => change(want, 'remove', sh`ip route del ${spec(want, one)}`))
    }
    if (fitting.length > 0) return []
    const what = have[0] ? `${shown(have[0])} -> ${shown(want)}` : `add ${shown(want)}`
    // replace: at no moment is the destination without a route.
    return [change(want, what, sh`ip route replace ${spec(want, want)}`)]
  },
}

function change({ destination, table }: Want, what: string, run: Change['run']): Change {
  const where = table === 'main' ? '' : ` in table ${table}`
  return { summary: `route ${destination}${where}: ${what}`, run }
}

function spec({ destination, table }: Want, to: Route): string[] {
  return [destination, ...fieldsOf(to), 'table', table]
}

function shown(to: Route): string {
  return fieldsOf(to).join(' ')
}

function fieldsOf({ via, device, src, scope }: Route): string[] {
  const fields = { via, dev: device, src, scope }
  return Object.entries(fields).flatMap(([name, value]) => (value ? [name, value] : []))
}

function fits(want: Route, have: Route): boolean {
  const keys = ['device', 'via', 'src', 'scope'] as const
  return keys.every((key) => want[key] === undefined || want[key] === have[key])
}

/** `10.0.0.0/8 via 192.168.139.1 dev eth0 src 192.168.139.2`; other types name theirs first. */
function parseRoute(line: string): Route[] {
  const [first = '', ...rest] = line.trim().split(/\s+/)
  const after = (word: string) => (rest.includes(word) ? rest[rest.indexOf(word) + 1] : undefined)
  if (!/^(default|\d.*)$/.test(first) || rest.includes('metric')) return []
  // Over several next hops it is none that could be asked for.
  const device = rest.includes('nexthop') ? undefined : after('dev')
  return [{ device, via: after('via'), src: after('src'), scope: after('scope') ?? 'global' }]
}

function network(destination: string): string {
  if (destination === 'default') return destination
  const parsed = ipv4Prefix(destination)
  if (!parsed) {
    throw new TaskFailed(
      `route: "${destination}" is no IPv4 network`,
      'write it as 192.168.139.6/32, or default',
    )
  }
  const { address, prefix } = parsed
  if (words(address)[0]! % 2 ** (32 - prefix) !== 0) {
    throw new TaskFailed(
      `route: ${address} is not the first address of a /${prefix}`,
      `a single host is ${address}/32`,
    )
  }
  return `${address}/${prefix}`
}

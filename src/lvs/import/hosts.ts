import { InputError, type Position } from '../../core/errors.js'
import { words } from '../ip.js'
import type { Told, ToldService } from './told.js'

/** A host of the inventory to be. */
export interface ImportedHost {
  name: string
  /** Undefined: no file tells a director's own address. */
  address?: string
  /** The prefix length of that address, where a file tells it. */
  prefix?: number | string
  at?: Position
}

/** What the command line tells of hosts, since no file does. */
export interface Wishes {
  /** --director NAME=ADDRESS */
  directors: readonly { name: string; address: string; at: Position }[]
  /** --names ADDRESS=NAME: names by address. */
  names: ReadonlyMap<string, string>
  /** Where those stand. */
  namesAt: Position
}

/**
 * Gives every host a name: a wished one, else director (director1, director2), rs1, rs2, in
 * the order of the addresses.
 *
 * @throws InputError for a name that is wished for an address that nobody has
 */
export function nameHosts(
  services: readonly ToldService[],
  told: Told['directors'],
  { directors: wished, names, namesAt }: Wishes,
) {
  const places = new Map<string, Position>()
  for (const { address, at } of services.flatMap(({ realServers }) => realServers)) {
    if (!places.has(address)) places.set(address, at)
  }
  const addresses = [...places.keys()].sort(byAddress)
  const distinct = [...new Map(told.map((each) => [each.address, each])).values()]
  const own: Omit<ImportedHost, 'name'>[] = distinct.length > 0 ? distinct : [{}]
  const directors: ImportedHost[] =
    wished.length > 0
      ? [...wished]
      : own.map((each, i) => ({
          ...each,
          name: names.get(each.address ?? '') ?? (own.length > 1 ? `director${i + 1}` : 'director'),
        }))
  const known = [...addresses, ...directors.flatMap(({ address }) => address ?? [])]
  const stray = [...names.keys()].find((address) => !known.includes(address))
  if (stray !== undefined) {
    const hint = `the hosts have ${known.join(', ')}`
    throw new InputError(namesAt, `no host has the address ${stray}`, hint)
  }
  const given = [...names.values()]
  const twice = given.find((name, i) => given.indexOf(name) !== i)
  if (twice !== undefined) {
    throw new InputError(namesAt, `two addresses are named ${twice}`, 'each host has one name')
  }
  const taken = new Set([...names.values(), ...directors.map(({ name }) => name)])
  const free = numbered('rs', taken)
  const realServers = addresses.map((address) => {
    const name = names.get(address) ?? free.next().value
    return { name, address, at: places.get(address)! }
  })
  return { directors, realServers }
}

/** `rs1`, `rs2` ... but for those that are taken. */
function* numbered(prefix: string, taken: ReadonlySet<string>): Generator<string, string> {
  for (let i = 1; ; i++) if (!taken.has(`${prefix}${i}`)) yield `${prefix}${i}`
}

/** Real servers in the order of their addresses, IPv4 first. */
function byAddress(a: string, b: string): number {
  const [one, other] = [words(a), words(b)]
  if (one.length !== other.length) return one.length - other.length
  const differs = one.findIndex((word, i) => word !== other[i])
  return differs < 0 ? 0 : one[differs]! - other[differs]!
}

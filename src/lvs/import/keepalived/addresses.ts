import { InputError, type Position } from '../../../core/errors.js'
import { canonical, isIpv4, words } from '../../ip.js'
import { portNumber } from '../ports.js'
import { addressRange, textOf } from '../range.js'
import type { Statement } from './blocks.js'

/** Where a virtual server is: an address and port, or a firewall mark. */
export type Endpoint =
  { address: string; port: number; at: Position } | { mark: string; inet6: boolean; at: Position }

/**
 * The endpoints that a line of a group, or the head of a virtual_server, means: one, or all of
 * a range `10.0.0.7-9`, `10.0.0.250-10.0.1.5`, `10.0.0.8/29`.
 *
 * @throws InputError for what is no address, port or mark
 */
export function endpointsOf(given: readonly string[], at: Position): Endpoint[] {
  const [first = '', second, family] = given
  if (first === 'fwmark') {
    if (!/^\d+$/.test(second ?? ''))
      throw new InputError(at, `"${second ?? ''}" is no firewall mark`, 'fwmark 1')
    return [{ mark: second!, inet6: family === 'inet6', at }]
  }
  const port = second === undefined ? 0 : portNumber(second)
  if (port === undefined) throw new InputError(at, `"${second}" is no port`, 'write its number')
  return rangeOf(first, at).map((address) => ({ address, port, at }))
}

/** The groups of a configuration by name. */
export function groupsOf(root: readonly Statement[]): Map<string, Endpoint[]> {
  const groups = root.filter(({ keyword }) => keyword === 'virtual_server_group')
  return new Map(
    groups.map(({ words: [name = ''], block = [] }) => [
      name,
      block.flatMap(({ keyword, words, at }) => endpointsOf([keyword, ...words], at)),
    ]),
  )
}

function rangeOf(text: string, at: Position): string[] {
  const single = canonical(text)
  if (single !== undefined) return [single]
  const [, from = '', sign, to = ''] = /^([^-/]+)([-/])(.+)$/.exec(text) ?? []
  if (canonical(from) === undefined) {
    throw new InputError(at, `"${text}" is no IP address`, 'write its number')
  }
  const addresses = isIpv4(from)
    ? addressRange(from, lastIpv4(from, sign, to))
    : rangeOfIpv6(from, sign, to)
  if (addresses) return addresses
  throw new InputError(
    at,
    `"${text}" is no range of addresses`,
    '10.0.0.7-9, 10.0.0.8/29, fd00::7-9',
  )
}

function lastIpv4(from: string, sign: string | undefined, to: string): string {
  if (sign === '/') return textOf(words(from)[0]! + 2 ** (32 - Number(to)) - 1)
  return isIpv4(to) ? to : `${from.slice(0, from.lastIndexOf('.'))}.${to}`
}

/** `fd00::7-9`: the last group alone counts on, in hexadecimal. */
function rangeOfIpv6(from: string, sign: string | undefined, to: string): string[] | undefined {
  const [, network, first] = /^(.*:)([0-9a-f]{1,4})$/i.exec(from) ?? []
  if (first === undefined || sign !== '-' || !/^[0-9a-f]{1,4}$/i.test(to)) return undefined
  const [low, high] = [parseInt(first, 16), parseInt(to, 16)]
  if (high < low || high - low >= 4096) return undefined
  return Array.from({ length: high - low + 1 }, (_, i) =>
    canonical(`${network}${(low + i).toString(16)}`)!,
  )
}

import { isIPv6 } from 'node:net'
import { InputError, type Position } from '../core/errors.js'

export interface HostToken {
  names: string[]
  port?: number
}

// A range as it may stand inside a name that has a port.
const RANGE = /\[(?:\d*:\d+|[a-zA-Z]:[a-zA-Z])(?::\d+)?\]/g
const LABEL = String.raw`[\p{L}\p{N}_](?:[\p{L}\p{N}_-]*[\p{L}\p{N}_])?`
const HOSTNAME = new RegExp(String.raw`^${LABEL}(?:\.${LABEL})*$`, 'u')
const MOST = 1_000_000

/**
 * The hosts that one token of an inventory names: `web[01:20].x.com`, `name:port`,
 * `[2001:db8::1]:port`. A token of no such form is a name as it stands.
 * @throws InputError for a range or a port that cannot be.
 */
export function expandHosts(token: string, at: Position): HostToken {
  const { name, port } = parseAddress(token) ?? { name: token }
  if (port !== undefined && port > 65535) {
    throw new InputError(at, `"${token}": ${port} is not a port`, 'ports end at 65535')
  }
  return { names: expandRanges(name, at), ...(port === undefined ? {} : { port }) }
}

/** A host name or an IPv6 address, maybe with a port and ranges; undefined for other text. */
export function parseAddress(token: string): { name: string; port?: number } | undefined {
  if (isIp6(token) || isHostname(token)) return { name: token }
  const [, inner = '', innerPort] = /^\[(.+)\]:(\d+)$/.exec(token) ?? []
  if (isIp6(inner) || isHostname(inner)) return { name: inner, port: Number(innerPort) }
  const [, name = '', port] = /^(.+):(\d+)$/.exec(token) ?? []
  return isHostname(name) ? { name, port: Number(port) } : undefined
}

function isIp6(name: string): boolean {
  return isIPv6(name.replaceAll(RANGE, '1'))
}

function isHostname(name: string): boolean {
  return HOSTNAME.test(name.replaceAll(RANGE, '1'))
}

function expandRanges(name: string, at: Position): string[] {
  const open = name.indexOf('[')
  if (open === -1) return [name]
  const close = name.indexOf(']', open)
  const refuse = (why: string): InputError =>
    new InputError(at, `"${name}": ${why}`, 'a range is written [1:3], [01:20:2] or [a:f]')
  if (close === -1) throw refuse('the bracket [ is never closed')
  const heads = span(name.slice(open + 1, close), refuse)
  const tails = expandRanges(name.slice(close + 1), at)
  if (heads.length * tails.length > MOST) throw refuse(`more than ${MOST} hosts`)
  return heads.flatMap((head) => tails.map((tail) => `${name.slice(0, open)}${head}${tail}`))
}

/** What a range says: begin (0 when left out), end, and the step from one to the next. */
function span(range: string, refuse: (why: string) => InputError): string[] {
  const [first = '', last, step = '1', ...more] = range.split(':').map((part) => part.trim())
  if (last === undefined || more.length > 0) throw refuse(`[${range}] is not a range`)
  if (last === '') throw refuse(`the range [${range}] has no end`)
  const by = /^\d+$/.test(step) ? Number(step) : 0
  if (by === 0) throw refuse(`the step of [${range}] must be 1 or more`)
  const [from, to] = [order(first || '0'), order(last)]
  if (from === undefined || to === undefined || from.letters !== to.letters) {
    throw refuse(`[${range}] must go from number to number or from letter to letter`)
  }
  if (from.place > to.place) throw refuse(`the range [${range}] is empty: it begins after its end`)
  const width = /^0./.test(first) ? first.length : 0
  if (width > 0 && width !== last.length) {
    throw refuse(`both ends of [${range}] need the same number of digits`)
  }
  const count = Math.floor((to.place - from.place) / by) + 1
  if (count > MOST) throw refuse(`more than ${MOST} hosts`)
  return Array.from({ length: count }, (_, index) => {
    const place = from.place + index * by
    return from.letters ? LETTERS.charAt(place) : String(place).padStart(width, '0')
  })
}

const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'

function order(end: string): { place: number; letters: boolean } | undefined {
  if (/^-?\d+$/.test(end)) return { place: Number(end), letters: false }
  return /^[a-zA-Z]$/.test(end) ? { place: LETTERS.indexOf(end), letters: true } : undefined
}

import { isIPv6 } from 'node:net'

/**
 * Strict reading of addresses: four decimal parts without leading zeros, or an IPv6 literal.
 * What C libraries also take (`1`, `010.1.1.1`) is refused, since people mean something else
 * by it.
 */

/** Whether the text is a dotted quad, as `192.168.139.6`. */
export function isIpv4(text: string): boolean {
  const parts = text.split('.')
  return parts.length === 4 && parts.every((part) => decimal(part, 255) !== undefined)
}

/** The address as the tools print it, or undefined when the text is none. */
export function canonical(text: string): string | undefined {
  if (isIpv4(text)) return text
  return isIPv6(text) && !text.includes('%') ? groupsToText(groupsOf(text)) : undefined
}

/** An IPv4 address and its prefix length (32 when the text gives none), or undefined. */
export function ipv4Prefix(text: string): { address: string; prefix: number } | undefined {
  const [address = '', length = '32', ...rest] = text.split('/')
  const prefix = decimal(length, 32)
  return isIpv4(address) && prefix !== undefined && rest.length === 0
    ? { address, prefix }
    : undefined
}

/** The address as 32-bit words, most significant first: one for IPv4, four for IPv6. */
export function words(address: string): number[] {
  if (!address.includes(':')) return [toNumber(address)]
  const groups = groupsOf(address)
  return [0, 2, 4, 6].map((i) => groups[i]! * 0x10000 + groups[i + 1]!)
}

/** The address as the kernel writes it in /proc/net/ip_vs_conn: `C0A88B06`, all groups of IPv6. */
export function procForm(address: string): string {
  const hex = words(address).map((word) => word.toString(16).padStart(8, '0'))
  if (!address.includes(':')) return hex.join('').toUpperCase()
  return hex.flatMap((word) => [word.slice(0, 4), word.slice(4)]).join(':')
}

function decimal(text: string, max: number): number | undefined {
  return /^(0|[1-9]\d{0,2})$/.test(text) && Number(text) <= max ? Number(text) : undefined
}

function toNumber(ipv4: string): number {
  return ipv4.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
}

/** The eight groups of an IPv6 literal. */
function groupsOf(ipv6: string): number[] {
  const [head = '', tail] = ipv6.split('::')
  const before = fields(head)
  const after = fields(tail ?? '')
  const gap = tail === undefined ? 0 : 8 - before.length - after.length
  return [...before, ...Array.from({ length: gap }, () => 0), ...after]
}

function fields(text: string): number[] {
  if (text === '') return []
  return text.split(':').flatMap((field) => {
    if (!field.includes('.')) return [parseInt(field, 16)]
    const number = toNumber(field)
    return [number >>> 16, number & 0xffff]
  })
}

/** Shortest form: the longest run of two or more zero groups, the first of equals, becomes `::`. */
function groupsToText(groups: readonly number[]): string {
  const text = groups.map((group) => group.toString(16)).join(':')
  const runs = text.match(/\b0(:0\b)+/g) ?? []
  const longest = runs.reduce((best, run) => (run.length > best.length ? run : best), '')
  if (longest === '') return text
  const at = text.search(new RegExp(`\\b${longest}\\b`))
  return `${text.slice(0, at).replace(/:$/, '')}::${text.slice(at + longest.length).replace(/^:/, '')}`
}
